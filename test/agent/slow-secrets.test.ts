/** Secrets whose source never answers: nobody waits for them but who asked for them. */
import { execFileSync } from "node:child_process";
import { constants, openSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { startHarness } from "./harness.ts";
import { deactivate } from "./people.ts";

test("a secret whose file never answers keeps nobody waiting, and is a sentence in the end", async () => {
  const h = await startHarness(["core"], {
    references: ["ref+env://SCIM_TEST_*", `ref+file://${tmpdir()}/*/pipe`],
  });
  const digest = await h.deploy(await h.release());
  const { id } = (await h.scim("POST", "/Users", { userName: "ada@example.com", active: true })).body;
  const pipe = join(h.folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  const release = await h.release((one) => {
    one.secrets["okta-token"].refs = [`ref+file://${pipe}`];
  });
  let isOver = false;
  const activated = h
    .admin("PUT", "/release", { body: { release, origin: {} }, headers: { "If-Match": `"${digest}"` } })
    .finally(() => {
      isOver = true;
    });
  await sleep(500);
  expect((await deactivate(h, id)).status).toBe(200);
  expect(isOver).toBe(false);
  const { status, body } = await activated;
  expect([status, body.error.code]).toEqual([422, "secretUnresolved"]);
  expect(body.error.problems).toEqual([
    `secrets.okta-token: ref+file://${pipe}: no answer within 5 s (expected a plain file) (on the agent's host)`,
  ]);
  // nobody waits for it any more, with no thread either: whoever writes would wait for a reader
  expect(() => openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK)).toThrow("ENXIO");
  await h.stop();
});
