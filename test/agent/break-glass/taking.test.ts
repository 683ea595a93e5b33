/** Who takes a right for themselves, where, for how long; and what is told of it. */
import Database from "libsql";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Clocks, day, hour, second } from "../clock/world.ts";
import { type Harness, startHarness } from "../harness.ts";
import { deactivate } from "../people.ts";
import { localAs, people, takeable } from "./people.ts";

const minute = 60 * second;
let clocks: Clocks;
let h: Harness;
beforeEach(async () => {
  clocks = new Clocks();
  h = await startHarness(["core/api", "core/web", "core/archive/old", "docs", "core/x*"], {}, clocks.given);
});
afterEach(() => h.stop());

const audit = async (last = 1) => (await h.admin("GET", `/audit?last=${last}`)).body.rows;
const access = async () =>
  (await h.admin("GET", "/access")).body.access
    .filter(({ repository }: { repository: string }) => repository === "core/api")
    .map(({ account, right }: { account: string; right: string }) => `${account} ${right}`);
function events(): Record<string, unknown>[] {
  const database = new Database(`${h.config.data}/store.db`, { readonly: true });
  const rows = database.prepare("SELECT * FROM events WHERE kind = 'break-glass' ORDER BY sequence").all();
  database.close();
  return rows as Record<string, unknown>[];
}

test("is in the access file at once, with its end, in the audit and an event; and in GET /access", async () => {
  const { take, inFile } = await people(h);
  expect(await access()).toEqual(["ann read", "bob read"]);
  const until = clocks.now + 30 * minute;
  const { status, body } = await take("ann");
  expect(status).toBe(201);
  expect(body).toEqual({
    id: expect.any(String),
    ...{ account: "ann", repository: "core/api", right: "write", permission: "core" },
    ...{ since: clocks.now, until, reason: "the build is broken", by: "admin:ann" },
  });
  expect(inFile()).toEqual([`ann,core/api,write,${until}`]);
  expect(await audit()).toMatchObject([
    {
      actor: "admin:ann",
      operation: "break-glass.take",
      target: "ann",
      outcome: "done",
      detail:
        "ann takes write on core/api until 2026-01-05T10:30:00Z, as permissions.core allows; the build is broken",
    },
  ]);
  expect(events()).toMatchObject([
    {
      ...{ kind: "break-glass", connector: null, rule: "permissions.core", owner: "core-team" },
      subject: body.id,
      destination: "ALERT_WEBHOOK",
      summary:
        "Somebody took write on core/api until 2026-01-05T10:30:00Z, as the permission set core allows.",
      detail: expect.stringContaining("ann took write on core/api"),
    },
  ]);
  expect((await h.admin("GET", "/break-glass")).body).toEqual({ rights: [body] });
  expect(await access()).toEqual(["ann write", "bob read"]);
  expect((await h.admin("GET", "/access")).body.breakGlass).toEqual([
    { account: "ann", repository: "core/api", right: "write", permission: "core", until },
  ]);
});

test("on the host it is the unix user's, and nobody else's", async () => {
  await people(h);
  const body = { repository: "core/api", for: "10m", reason: "no network" };
  const taken = await localAs(h, "ann").takeRight(body);
  expect(taken).toMatchObject({ ok: true, value: { account: "ann", by: "local:ann" } });
  expect(await localAs(h, "bob").takeRight(body)).toMatchObject({ ok: false, error: { status: 403 } });
  expect(await localAs(h, "root").takeRight(body)).toMatchObject({ ok: false, error: { status: 404 } });
  // whoever opens the socket may end everything
  if (!taken.ok) throw new Error("not taken");
  expect(await localAs(h, "root").endRight(taken.value.id)).toEqual({ ok: true, value: null });
  expect(await localAs(h, "root").taken()).toEqual({ ok: true, value: { rights: [] } });
});

test("a token without an account takes nothing, whatever its role", async () => {
  await people(h);
  const body = { repository: "core/api", for: "10m", reason: "x" };
  for (const token of [h.tokens.reader, h.tokens.approver])
    expect(await h.admin("POST", "/break-glass", { token, body })).toMatchObject({
      status: 403,
      body: {
        error: { message: expect.stringContaining("expected a token whose entry in agent.yaml names") },
      },
    });
});

describe("is refused, and changes nothing", () => {
  test.each<[string, string, object, number, string]>([
    ["to who is in no group of who", "bob", {}, 403, "breakGlassNotAllowed"],
    ["to who is in no group at all", "eve", {}, 403, "breakGlassNotAllowed"],
    ["to who has no account", "zoe", {}, 404, "accountUnknown"],
    ["where another set lets nobody", "ann", { repository: "docs" }, 403, "breakGlassNotAllowed"],
    ["where the set excludes it", "ann", { repository: "core/archive/old" }, 403, "breakGlassNotAllowed"],
    ["for longer than the set allows", "ann", { for: "2h" }, 422, "breakGlassTooLong"],
    ["of what is no repository", "ann", { repository: "core/apy" }, 404, "repositoryUnknown"],
    ["of a folder of repositories", "ann", { repository: "core" }, 404, "repositoryUnknown"],
    ["of what leads elsewhere", "ann", { repository: "core/../docs" }, 404, "repositoryUnknown"],
    ["of a pattern", "ann", { repository: "core/*" }, 404, "repositoryUnknown"],
    [
      "of a repository that is called as a pattern",
      "ann",
      { repository: "core/x*" },
      404,
      "repositoryUnknown",
    ],
    ["for no time", "ann", { for: "0s" }, 400, "invalidRequest"],
    ["for a time without a unit", "ann", { for: "60" }, 400, "invalidRequest"],
    ["without a reason", "ann", { reason: " " }, 400, "invalidRequest"],
    ["with more than that", "ann", { account: "bob" }, 400, "invalidRequest"],
  ])("%s", async (_, account, parts, status, code) => {
    const { take, inFile } = await people(h, (draft) => {
      draft.permissions.core.repositories = ["core/**", "!core/archive/**"];
    });
    expect(await take(account, parts)).toMatchObject({ status, body: { error: { code } } });
    expect(inFile()).toEqual([]);
    expect(events()).toEqual([]);
    if (code !== "invalidRequest")
      expect(await audit()).toMatchObject([{ operation: "break-glass.take", outcome: "refused", code }]);
  });

  test.each<[string, unknown]>([
    ["the person", { account: "ann" }],
    ["a group", "okta/engineering"],
  ])("where it is denied to %s, by whatever set", async (_, subject) => {
    const { take } = await people(h, (draft) => {
      const none = { read: [], write: [], branches: {}, bookmarks: {}, paths: {} };
      draft.permissions.other = { ...none, repositories: ["**"], deny: { read: [], write: [subject] } };
    });
    expect(await take("ann")).toMatchObject({ status: 403, body: { error: { code: "breakGlassDenied" } } });
  });

  test("to who has the right already", async () => {
    const { take } = await people(h, (draft) => {
      draft.permissions.core.write.push("okta/release-managers");
    });
    expect(await take("ann")).toMatchObject({
      status: 409,
      body: { error: { code: "breakGlassUnneeded", message: "ann has write on core/api without it" } },
    });
  });

  test("to who is deactivated, or from whom the account is withheld", async () => {
    const { take, ids } = await people(h);
    expect((await deactivate(h, ids.get("ann"))).status).toBe(200);
    expect((await take("ann")).body.error.code).toBe("accountUnknown");
    expect((await h.scim("DELETE", `/Users/${ids.get("ann")}`)).status).toBe(204);
    const next = await h.scim("POST", "/Users", { userName: "ann@example.com", externalId: "other" });
    const [{ id }] = (await h.scim("GET", '/Groups?filter=displayName eq "release-managers"')).body.Resources;
    const joins = { op: "add", path: "members", value: [{ value: next.body.id }] };
    expect((await h.scim("PATCH", `/Groups/${id}`, { Operations: [joins] })).status).toBe(204);
    expect((await take("ann")).body.error.code).toBe("accountUnknown");
  });

  test("while the clock is in doubt, and where no release is active", async () => {
    const { take } = await people(h);
    clocks.off = -3 * day;
    expect(await take("ann")).toMatchObject({ status: 409, body: { error: { code: "clockInDoubt" } } });
  });
});

test("taken again, it ends anew by as much as is allowed from then on; two at once are one", async () => {
  const { take, inFile } = await people(h);
  await take("ann", { for: "1h" });
  clocks.pass(40 * minute);
  const again = await take("ann", { for: "1h" });
  expect(again.status).toBe(201);
  expect(inFile()).toEqual([`ann,core/api,write,${clocks.now + hour}`]);
  expect((await audit())[0].detail).toContain("ann takes write on core/api again, until");
  // and for less
  await take("ann", { for: "5m" });
  expect(inFile()).toEqual([`ann,core/api,write,${clocks.now + 5 * minute}`]);
  const both = await Promise.all([take("ann", { for: "10m" }), take("ann", { for: "20m" })]);
  expect(both.map(({ status }) => status)).toEqual([201, 201]);
  expect(inFile()).toHaveLength(1);
  expect((await h.admin("GET", "/break-glass")).body.rights).toHaveLength(1);
  // each is told
  expect(events()).toHaveLength(5);
  await take("ann", { repository: "core/web" });
  expect(inFile()).toHaveLength(2);
});

test("of several sets the one with the strongest right counts, that allows so long", async () => {
  const { take } = await people(h, (draft) => {
    const who = ["okta/release-managers"];
    const alert = { var: "ALERT_WEBHOOK" };
    draft.permissions.core.read = [];
    draft.permissions.core.breakGlass = { who, right: "read", for: "2h", alert };
    draft.permissions.z = {
      ...draft.permissions.core,
      write: [],
      repositories: ["core/**"],
      breakGlass: { who, right: "write", for: "1h", alert },
    };
  });
  expect((await take("ann", { for: "1h" })).body).toMatchObject({ right: "write", permission: "z" });
  expect((await take("ann", { for: "2h" })).body).toMatchObject({ right: "read", permission: "core" });
  expect((await take("ann", { for: "3h" })).body.error.message).toContain("expected at most 2h");
});

test("what restricts places restricts a right that was taken: it is no member of another group", async () => {
  const { take } = await people(h, (draft) => {
    draft.permissions.core.branches = { stable: ["okta/engineering"], frozen: ["okta/core-team"] };
  });
  await take("ann");
  const rows = (await h.admin("GET", "/access")).body.access;
  const isTaken = (row: { account: string; repository: string }) =>
    row.account === "ann" && row.repository === "core/api";
  expect(rows.filter(isTaken)).toEqual([
    { account: "ann", repository: "core/api", right: "write" },
    { account: "ann", repository: "core/api", branch: "frozen", right: "read" },
  ]);
});

test("a plan counts nothing that was taken, neither as gained nor as lost", async () => {
  const { take } = await people(h);
  const release = await h.release(
    takeable((draft) => {
      delete draft.permissions.core.breakGlass;
    }),
  );
  await take("ann");
  const { lose, gain, changes } = (await h.admin("POST", "/impact", { body: { release } })).body;
  expect({ lose, gain, changes }).toEqual({ lose: 0, gain: 0, changes: [] });
});
