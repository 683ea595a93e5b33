/** The store fails as the turn of a request comes: it is answered, and the next one is performed. */
import { afterEach, expect, test, vi } from "vitest";
import { Groups } from "../../agent/directory/groups.ts";
import { Memberships } from "../../agent/directory/memberships.ts";
import { type Harness, startHarness } from "./harness.ts";
import { staff } from "./people.ts";

let h: Harness;
afterEach(() => {
  vi.restoreAllMocks();
  return h.stop();
});

const broken = () => Promise.reject(Object.assign(new Error("disk I/O error"), { code: "SQLITE_IOERR" }));

test.each<[string, () => unknown]>([
  ["members", () => vi.spyOn(Memberships.prototype, "hasMoreThan").mockImplementationOnce(broken)],
  ["groups", () => vi.spyOn(Groups.prototype, "find").mockImplementationOnce(broken)],
])("reading %s fails once", async (_, breakOnce) => {
  h = await startHarness(["core/api"]);
  await h.deploy(await h.release());
  const ids = await staff(h, { "core-team": ["ada", "bob"] });
  const group = (await h.scim("GET", '/Groups?filter=displayName eq "core-team"')).body.Resources[0].id;
  const leave = (name: string) =>
    h.scim("PATCH", `/Groups/${group}`, {
      Operations: [{ op: "remove", path: `members[value eq "${ids.get(name)}"]` }],
    });
  const active = (value: boolean) => ({ Operations: [{ op: "replace", path: "active", value }] });
  breakOnce();
  // what waits beside it is performed
  const replies = await Promise.all([
    leave("ada"),
    h.scim("PATCH", `/Users/${ids.get("bob")}`, active(false)),
  ]);
  expect(replies.map(({ status }) => status)).toEqual([503, 200]);
  expect(replies[0]?.headers.get("retry-after")).not.toBeNull();
  for (const name of ["ada", "bob"]) expect((await leave(name)).status).toBe(204);
  expect(h.accessFile().memberships).toEqual([]);
});

test("a group of thousands that is deleted then is still there, and goes with the next request", async () => {
  h = await startHarness(["core/api"]);
  await h.deploy(await h.release());
  await staff(h, { "core-team": ["ada"] });
  const group = (await h.scim("GET", '/Groups?filter=displayName eq "core-team"')).body.Resources[0].id;
  vi.spyOn(Memberships.prototype, "hasMoreThan").mockImplementationOnce(broken);
  expect((await h.scim("DELETE", `/Groups/${group}`)).status).toBe(503);
  expect(h.accessFile().memberships).toEqual(["ada,okta/core-team"]);
  expect((await h.scim("DELETE", `/Groups/${group}`)).status).toBe(204);
  expect(h.accessFile().memberships).toEqual([]);
});
