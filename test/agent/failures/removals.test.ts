/** While only removals are done, whoever asks for nothing else leaves nothing undone: in no list of failures, and in no metric. */
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Clocks, day, restartAfter } from "../clock/world.ts";
import { type Harness, type ReleaseShape, startHarness } from "../harness.ts";
import { staff } from "../people.ts";
import { send } from "../request.ts";
import { change } from "../store/file.ts";

const variable = "SCIM_TEST_REMOVALS_TOKEN";
const token = "the-token-of-removals";
let clocks: Clocks;
let h: Harness;
let people: Map<string, string>;
let digest: string;
const own = (draft: ReleaseShape) => {
  draft.secrets["okta-token"].refs = [`ref+env://${variable}`];
};
beforeEach(async () => {
  clocks = new Clocks();
  process.env[variable] = token;
  h = await startHarness(["core/api"], {}, clocks.given);
  const asked = h.scim;
  h.scim = (method, path, body) => asked(method, path, body, token);
  digest = await h.deploy(await h.release(own));
  people = await staff(h, {
    "core-team": ["ada", "bob", "cy"],
    engineering: ["ada", "bob", "cy", "dee", "eve"],
  });
});
afterEach(async () => {
  delete process.env[variable];
  await h.stop();
});

const edited = ["release_copy", "releases"]
  .map((table) => `UPDATE ${table} SET release = replace(release, '"core-team"', '"engineering"')`)
  .join("; ");
const altered = () => restartAfter(h, () => change(join(h.config.data, "store.db"), edited));
const ended = async () => {
  await h.admin("DELETE", "/release", { headers: { "If-Match": `"${digest}"` } });
};
const moved = async () => {
  const elsewhere = await h.release((draft) => {
    own(draft);
    draft.variables.SCIM_API_BASE_URL.value = "https://127.0.0.1:7480/scim/next/v2";
  });
  await h.deploy(elsewhere, digest);
};
const unread = () => restartAfter(h, () => void delete process.env[variable]);
const longOff = async () => {
  clocks.pass(10 * day);
  await restartAfter(h, () => clocks.sleep(100 * day));
};

const failures = async (): Promise<unknown[]> =>
  (await h.admin("GET", "/failures", { token: h.tokens.reader })).body.failures.map(
    ({ what, code, standing }: Record<string, unknown>) => [what, code, standing],
  );
const group = async (name: string) => {
  const { Resources } = (await h.scim("GET", "/Groups")).body;
  return `/Groups/${Resources.find((one: { displayName: string }) => one.displayName === name).id}`;
};
const patch = async (path: string, ...Operations: object[]) =>
  (await h.scim("PATCH", path, { Operations })).status;
const user = (name: string) => `/Users/${people.get(name)}`;
const inactive = { op: "replace", path: "active", value: false };
const metrics = () =>
  send(`${h.agent.admin}/metrics`, {
    ...{ method: "GET", body: undefined, ca: h.ca },
    headers: { Authorization: `Bearer ${h.tokens.reader}` },
  });
const codes = async () =>
  (await h.admin("GET", "/audit?last=5")).body.rows.map((row: { code: unknown }) => row.code);

test.each<[string, string, () => Promise<void>]>([
  ["the stored release was altered", "onlyRemovals", altered],
  ["the release was ended", "onlyRemovals", ended],
  ["the secret is missing", "secretMissing", unread],
  ["the connector has another address", "addressMoved", moved],
  ["the clock is in doubt", "tokenInDoubt", longOff],
])(
  "%s: each way of taking access away leaves no failure, and what stands beside one does",
  async (_, code, happens) => {
    const [core, engineering] = [await group("core-team"), await group("engineering")];
    const { body: bob } = await h.scim("GET", user("bob"));
    await happens();
    expect(await patch(user("ada"), inactive)).toBe(200);
    expect((await h.scim("PUT", user("bob"), { ...bob, active: false })).status).toBe(200);
    expect(await patch(core, { op: "remove", path: `members[value eq "${people.get("cy")}"]` })).toBe(204);
    const members = ["ada", "bob", "cy", "dee"].map((name) => ({ value: people.get(name) }));
    expect((await h.scim("PUT", engineering, { displayName: "engineering", members })).status).toBe(200);
    expect((await h.scim("DELETE", user("eve"))).status).toBe(204);
    // why no more than that was let through
    expect(await codes()).toEqual([code, code, code, code, null]);
    expect(await failures()).toEqual([]);
    const { status, text } = await metrics();
    expect(status).toBe(200);
    expect(text).not.toMatch(/outcome="undone"/);

    expect(await patch(user("dee"), inactive, { op: "replace", path: "title", value: "Lead" })).toBe(200);
    const put = {
      displayName: "engineering",
      members: [{ value: people.get("ada") }],
      externalId: "another",
    };
    expect((await h.scim("PUT", engineering, put)).status).toBe(200);
    expect((await failures()).toSorted()).toEqual([
      ["undone", code, 1],
      ["undone", code, 1],
    ]);
  },
);
