/** After an upgrade, a stored release may be one that this version does not run: access is taken away all the same. */
import { join } from "node:path";
import Database from "libsql";
import { afterEach, expect, test } from "vitest";
import { digestOfHistory } from "../../agent/store/history.ts";
import { canonicalJson } from "../../model/canonical.ts";
import { digestsOf } from "../../model/digest.ts";
import { type Harness, type ReleaseShape, startHarness } from "./harness.ts";
import { staff } from "./people.ts";

let h: Harness;
afterEach(() => h.stop());

const nested = "user.emails.all(a, user.emails.all(b, user.emails.all(c, true)))";

/** Leaves the store as an older version would have, that took this release. */
function asOlder(release: ReleaseShape): void {
  const database = new Database(join(h.config.data, "store.db"));
  const { release: digest, policy, bindings } = digestsOf(release);
  const text = canonicalJson(release);
  database.prepare("INSERT INTO releases VALUES (?, ?, ?, ?)").run(digest, policy, bindings, text);
  database.exec("DELETE FROM release_copy; DELETE FROM doors");
  database.prepare("INSERT INTO release_copy VALUES (?, ?)").run(digest, text);
  database.prepare("UPDATE activations SET digest = ?").run(digest);
  const rows = database.prepare("SELECT sequence, digest, at, by, measured FROM activations").all();
  database
    .prepare("UPDATE active SET digest = ?, history = ?")
    .run(digest, digestOfHistory(rows as Parameters<typeof digestOfHistory>[0]));
  database.close();
}

test.each<[string, (release: ReleaseShape) => void]>([
  ["macros in macros", ({ connectors }) => (connectors.okta.scope = `!has(user.emails) || ${nested}`)],
  [
    "a scope that does not ask for presence",
    ({ connectors }) => (connectors.okta.scope = 'user.title == "x"'),
  ],
  [
    "a mapping that is no expression",
    ({ connectors }) => (connectors.okta.mapping.account = "user..userName"),
  ],
  [
    "a constraint by another function",
    ({ constraints }) =>
      (constraints.small = { require: 'user.userName.matches("^[a-z]+$")', otherwise: "reject" }),
  ],
])("%s: the agent starts, says what to do, and takes leavers out", async (_, edit) => {
  h = await startHarness(["core/api"]);
  const release = await h.release();
  await h.deploy(release);
  const ids = await staff(h, { "core-team": ["ada", "bob"] });
  const older = structuredClone(release);
  edit(older);
  h.logs.length = 0;
  await h.restart(() => asOlder(older));
  const { accounts, memberships } = h.accessFile();
  expect([accounts, memberships]).toEqual([
    ["ada,1", "bob,1"],
    ["ada,okta/core-team", "bob,okta/core-team"],
  ]);
  const error = h.logs.map((line) => JSON.parse(line)).find(({ level }) => level === 50);
  expect(error.msg).toContain("is not one that this version runs, mend what it says and deploy it: ");

  const inactive = { Operations: [{ op: "replace", path: "active", value: false }] };
  expect((await h.scim("PATCH", `/Users/${ids.get("ada")}`, inactive)).status).toBe(200);
  expect((await h.scim("POST", "/Users", { userName: "eve@example.com" })).status).toBe(503);
  expect(h.accessFile().accounts).toEqual(["ada,0", "bob,1"]);
  expect((await h.admin("GET", `/policies/${digestsOf(older).policy}`)).body.active).toBe(false);

  const from = digestsOf(older).release;
  const body = { release, origin: {}, accept: { from, lose: 0 } };
  const mended = await h.admin("PUT", "/release", { body, headers: { "If-None-Match": "*" } });
  expect(mended.status).toBe(200);
  expect(h.accessFile().accounts).toEqual(["ada,0", "bob,1"]);
});
