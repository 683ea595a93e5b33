/** The agent looks by itself whether what the active release names still works, and tells what does not, once. */
import { randomBytes } from "node:crypto";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { alerting } from "../alerts/receiver.ts";
import { rowsOf } from "../alerts/store.ts";
import { until } from "../alerts/until.ts";
import { startHarness } from "../harness.ts";
import { Servers } from "./servers.ts";

test("a file that others may read is told, and told again when it is so again; a token that is gone is another matter", async () => {
  const servers = new Servers();
  let asked = 0;
  // each look asks whether somebody is there, so that looks can be counted
  const receiver = await servers.plain((_, response) => {
    asked++;
    response.writeHead(405).end();
  });
  const h = await startHarness([], { egress: servers.hosts }, { preflights: { every: 40, again: 10 } });
  try {
    const file = join(h.folder, "token");
    const token = randomBytes(24).toString("base64url");
    writeFileSync(file, token, { mode: 0o600 });
    h.config.references.push(`ref+file://${file}`);
    const release = await h.release((draft) => {
      draft.secrets["okta-token"].refs = [`ref+file://${file}`];
      alerting({ url: `${receiver}/hook` }, { on: ["held"] })(draft);
    });
    await h.deploy(release);
    const events = () =>
      rowsOf(h, "SELECT summary, owner FROM events WHERE kind = 'preflight'") as {
        summary: string;
        owner: string;
      }[];
    /** Some that have begun from now on, and are over. */
    const someLooks = async () => {
      const before = asked;
      await until(() => asked >= before + 4);
    };
    const told = () => h.logs.filter((line) => line.includes("SCIM_AUTH_TOKEN")).length;
    expect(events()).toEqual([]);

    chmodSync(file, 0o644);
    await until(() => events().length === 1);
    expect(events()[0]).toMatchObject({
      owner: "identity",
      summary: expect.stringMatching(
        /^SCIM_AUTH_TOKEN: file of ref\+file:.*everybody on the agent's host.*chmod o= /,
      ),
    });
    await someLooks();
    expect([events().length, told()]).toEqual([1, 1]);

    chmodSync(file, 0o600);
    await someLooks();
    chmodSync(file, 0o644);
    await until(() => events().length === 2);

    writeFileSync(file, "");
    await until(() => events().some(({ summary }) => summary.includes("the file is empty")));
    expect(JSON.stringify(events())).not.toContain(token);
  } finally {
    await h.stop();
    await servers.stop();
  }
});
