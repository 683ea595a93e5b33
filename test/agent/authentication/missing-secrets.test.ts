/** A secret that is not there when the agent starts: whoever comes is asked to come again, and leavers leave meanwhile. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Harness, type ReleaseShape, startHarness } from "../harness.ts";
import { deactivate, staff } from "../people.ts";
import { change } from "../store/file.ts";

const variables = { one: "SCIM_TEST_MISSING_ONE", two: "SCIM_TEST_MISSING_TWO" };
const [one, two] = ["the-first-token-of-okta", "the-second-token-of-okta"];
let h: Harness;
beforeEach(async () => {
  process.env[variables.one] = one;
  process.env[variables.two] = two;
  h = await startHarness(["core/api"], {
    references: ["ref+env://SCIM_TEST_*", `ref+file://${tmpdir()}/*/token`],
  });
});
afterEach(async () => {
  for (const variable of Object.values(variables)) delete process.env[variable];
  await h.stop();
});

const refersTo =
  (...refs: string[]) =>
  (draft: ReleaseShape) => {
    draft.secrets["okta-token"].refs = refs;
  };
const [first, second] = [`ref+env://${variables.one}`, `ref+env://${variables.two}`];
const joining = (token: string, name = "eve") =>
  h.scim("POST", "/Users", { userName: `${name}@example.com`, active: true }, token);
const leaving = (id: string | undefined, token: string) =>
  h.scim("PATCH", `/Users/${id}`, { Operations: [{ op: "replace", path: "active", value: false }] }, token);
/** What the log says of secrets since the start. */
const told = () =>
  h.logs
    .map((line) => JSON.parse(line))
    .filter(({ msg }) => /^secrets\.|all tokens of the connector/.test(msg))
    .map(({ level, msg }) => `${level} ${msg.replace(/:.*/s, "")}`);
const restart = (meanwhile: () => void) => {
  h.logs.length = 0;
  return h.restart(meanwhile);
};
const staffBy = async (token: string) => {
  const asked = h.scim;
  Object.assign(h, {
    scim: (method: string, path: string, body?: unknown) => asked(method, path, body, token),
  });
  const ids = await staff(h, { engineering: ["ada", "bob", "cy"] });
  Object.assign(h, { scim: asked });
  return ids;
};
const whenThere = (token: string) =>
  vi.waitFor(async () => expect((await joining(token, `eve-${Math.random()}`)).status).toBe(201), {
    timeout: 20_000,
    interval: 200,
  });

test("a variable: the token of before takes away, any other is asked to come again, and it is looked for", async () => {
  await h.deploy(await h.release(refersTo(first)));
  const ids = await staffBy(one);
  await restart(() => delete process.env[variables.one]);
  for (const token of [one, "another-token-of-somebody"]) {
    const reply = await joining(token);
    expect([reply.status, reply.headers.get("retry-after")]).toEqual([503, "30"]);
  }
  expect((await joining(one)).body.detail).toContain("it only takes access away");
  expect((await h.scim("GET", "/Users", undefined, "another-token-of-somebody")).status).toBe(503);
  expect((await leaving(ids.get("ada"), one)).status).toBe(200);
  // again without it, and with a store whose release is altered
  await restart(() => {});
  expect((await leaving(ids.get("bob"), one)).status).toBe(200);
  const edit = "SET release = replace(release, '\"core-team\"', '\"engineering\"')";
  await restart(() =>
    change(join(h.config.data, "store.db"), `UPDATE releases ${edit}; UPDATE release_copy ${edit}`),
  );
  expect((await leaving(ids.get("cy"), one)).status).toBe(200);
  expect((await h.scim("GET", "/Users", undefined, "another-token-of-somebody")).status).toBe(503);
  expect(h.accessFile().accounts).toEqual(["ada,0", "bob,0", "cy,0"]);
});

test("it is told once when it is missing, and once when it is there; the token of before is that of then no more", async () => {
  await h.deploy(await h.release(refersTo(first)));
  const ids = await staffBy(one);
  await restart(() => delete process.env[variables.one]);
  await new Promise((done) => setTimeout(done, 1_500));
  process.env[variables.one] = two;
  await whenThere(two);
  expect(told()).toEqual(["50 secrets.okta-token", "30 all tokens of the connector are there now"]);
  expect((await leaving(ids.get("ada"), one)).status).toBe(401);
  expect((await leaving(ids.get("ada"), two)).status).toBe(200);
});

test("one of two tokens: the other one does all, and who has the missing one takes away", async () => {
  await h.deploy(await h.release(refersTo(first, second)));
  const ids = await staffBy(one);
  await restart(() => delete process.env[variables.two]);
  expect((await joining(one)).status).toBe(201);
  expect((await joining(two, "fay")).status).toBe(503);
  expect((await leaving(ids.get("ada"), two)).status).toBe(200);
  process.env[variables.two] = two;
  await whenThere(two);
});

test.each<[string, (file: string) => void]>([
  ["gone", (file) => rmSync(file)],
  ["empty", (file) => writeFileSync(file, "\n")],
  [
    "a folder",
    (file) => {
      rmSync(file);
      mkdirSync(file);
    },
  ],
])("a file that is %s, and is written in pieces then", async (_, spoil) => {
  const file = join(h.folder, "token");
  writeFileSync(file, one);
  await h.deploy(await h.release(refersTo(`ref+file://${file}`)));
  const ids = await staffBy(one);
  await restart(() => spoil(file));
  expect((await joining(one)).status).toBe(503);
  expect((await leaving(ids.get("ada"), one)).status).toBe(200);
  rmSync(file, { recursive: true, force: true });
  writeFileSync(file, one.slice(0, 5));
  await vi.waitFor(() => expect(told().length).toBe(2), { timeout: 20_000 });
  expect((await joining(one)).status).toBe(503);
  writeFileSync(file, one);
  await whenThere(one);
  expect(JSON.stringify(h.logs)).not.toContain(one);
});

test("a reference that agent.yaml does not allow any more", async () => {
  await h.deploy(await h.release(refersTo(first)));
  const ids = await staffBy(one);
  await restart(() => Object.assign(h.config, { references: ["ref+env://OTHER_*"] }));
  expect(h.logs.join("")).toContain("until the agent starts with a configuration that does");
  expect((await joining(one)).status).toBe(503);
  expect((await leaving(ids.get("ada"), one)).status).toBe(200);
});

test("a release that comes without its secret is refused, and one that has its secrets ends the search", async () => {
  const digest = await h.deploy(await h.release(refersTo(first)));
  await staffBy(one);
  await restart(() => delete process.env[variables.one]);
  const put = async (reference: string) =>
    h.admin("PUT", "/release", {
      body: { release: await h.release(refersTo(reference)), origin: {} },
      headers: { "If-Match": `"${digest}"` },
    });
  expect((await put(first)).body.error.code).toBe("secretUnresolved");
  expect((await put(second)).status).toBe(200);
  expect((await joining(two)).status).toBe(201);
  process.env[variables.one] = one;
  await new Promise((done) => setTimeout(done, 1_500));
  expect((await joining(one, "fay")).status).toBe(401);
  expect((await deactivate(h, "nobody")).status).toBe(401);
});
