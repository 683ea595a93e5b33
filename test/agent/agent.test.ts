import { join } from "node:path";
import Database from "libsql";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Harness, startHarness } from "./harness.ts";

let h: Harness;

beforeEach(async () => {
  h = await startHarness(["core/api", "core/archive/old", "docs", "releases/2026"]);
});
afterEach(() => h.stop());

const ada = {
  schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
  userName: "Ada@example.com",
  externalId: "00u1",
  active: true,
};

async function hire(userName: string): Promise<string> {
  const reply = await h.scim("POST", "/Users", { ...ada, userName, externalId: `ext-${userName}` });
  expect(reply.status).toBe(201);
  return reply.body.id;
}

async function makeGroup(displayName: string, ...members: string[]): Promise<string> {
  const reply = await h.scim("POST", "/Groups", {
    displayName,
    members: members.map((value) => ({ value })),
  });
  expect(reply.status).toBe(201);
  return reply.body.id;
}

const patch = (...Operations: object[]) => ({
  schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
  Operations,
});

test("whose agent it is is told to every role, whatever is active, and to nobody else", async () => {
  for (const token of [h.tokens.reader, h.tokens.deployer, h.tokens.approver])
    expect(await h.admin("GET", "/agent", { token })).toMatchObject({
      status: 200,
      body: { environment: "local" },
    });
  expect((await h.admin("GET", "/agent", { token: h.tokens.scim })).status).toBe(401);
});

test("nothing is served before a release is active", async () => {
  const reply = await h.scim("GET", "/Users");
  expect(reply.status).toBe(503);
  expect(reply.body.detail).toBe("no release is active on this agent");
  expect(h.accessFile().meta).toEqual(["environment,local", "release,"]);
});

test("a user is created, mapped, stored and enforced, and reads back as sent", async () => {
  await h.deploy(await h.release());
  const created = await h.scim("POST", "/Users", ada);
  expect(created.status).toBe(201);
  expect(created.headers.get("content-type")).toContain("application/scim+json");
  expect(created.body).toMatchObject({
    userName: "Ada@example.com",
    externalId: "00u1",
    active: true,
    groups: [],
  });
  expect(created.headers.get("location")).toBe(
    `https://127.0.0.1:7480/scim/okta/v2/Users/${created.body.id}`,
  );
  expect(created.body.meta.location).toBe(created.headers.get("location"));
  expect(h.accessFile().accounts).toEqual(["ada,1"]);

  const read = await h.scim("GET", `/Users/${created.body.id}`);
  expect(read.body).toEqual(created.body);
  const found = await h.scim("GET", `/Users?filter=${encodeURIComponent('userName eq "ada@EXAMPLE.com"')}`);
  expect(found.body).toMatchObject({ totalResults: 1, startIndex: 1, itemsPerPage: 1 });
  expect(found.body.Resources[0].id).toBe(created.body.id);
});

test("lists page by startIndex and count, never more than the release's page size", async () => {
  await h.deploy(
    await h.release((release) => {
      release.variables.SCIM_PAGE_SIZE.value = 2;
      release.connectors.okta.idp = "scim";
    }),
  );
  for (const name of ["a", "b", "c"]) await hire(`${name}@example.com`);
  const page = await h.scim("GET", "/Users?startIndex=2&count=50");
  expect(page.body).toMatchObject({ totalResults: 3, startIndex: 2, itemsPerPage: 2 });
  expect(page.body.Resources.map((user: { userName: string }) => user.userName)).toEqual([
    "b@example.com",
    "c@example.com",
  ]);
  expect((await h.scim("GET", "/Users?count=0")).body).toMatchObject({ totalResults: 3, itemsPerPage: 0 });
});

test("group membership becomes access, and goes with it", async () => {
  await h.deploy(await h.release());
  const id = await hire("ada@example.com");
  const group = await makeGroup("Core-Team", id);
  expect(h.accessFile().memberships).toEqual(["ada,okta/core-team"]);
  const dump = (await h.admin("GET", "/access", { token: h.tokens.reader })).body;
  expect(dump.access).toEqual([
    { account: "ada", repository: "core/api", right: "write" },
    { account: "ada", repository: "core/api", branch: "stable", right: "read" },
    { account: "ada", repository: "releases/2026", right: "read" },
  ]);
  expect((await h.scim("GET", `/Users/${id}`)).body.groups).toMatchObject([
    { value: group, display: "Core-Team" },
  ]);

  const removed = await h.scim(
    "PATCH",
    `/Groups/${group}`,
    patch({ op: "remove", path: `members[value eq "${id}"]` }),
  );
  expect(removed.status).toBe(204);
  expect(h.accessFile().memberships).toEqual([]);
  await h.scim("PATCH", `/Groups/${group}`, patch({ op: "add", path: "members", value: [{ value: id }] }));
  expect(h.accessFile().memberships).toEqual(["ada,okta/core-team"]);

  // a group that the release does not select gives nothing, under whatever name it was before
  await h.scim("PATCH", `/Groups/${group}`, patch({ op: "replace", value: { displayName: "lunch" } }));
  expect(h.accessFile().memberships).toEqual([]);
  await h.scim("PATCH", `/Groups/${group}`, patch({ op: "replace", value: { displayName: "docs-team" } }));
  expect(h.accessFile().memberships).toEqual(["ada,okta/docs-team"]);
  expect((await h.scim("DELETE", `/Groups/${group}`)).status).toBe(204);
  expect(h.accessFile().memberships).toEqual([]);
});

test("a leaver is out before the answer, and back with the same groups", async () => {
  await h.deploy(await h.release());
  const id = await hire("ada@example.com");
  await makeGroup("engineering", id);
  const off = await h.scim("PATCH", `/Users/${id}`, patch({ op: "Replace", path: "active", value: "False" }));
  expect(off.body.active).toBe(false);
  expect(h.accessFile()).toMatchObject({ accounts: ["ada,0"], memberships: [] });
  await h.scim("PATCH", `/Users/${id}`, patch({ op: "replace", value: { active: true } }));
  expect(h.accessFile()).toMatchObject({ accounts: ["ada,1"], memberships: ["ada,okta/engineering"] });
  expect((await h.scim("DELETE", `/Users/${id}`)).status).toBe(204);
  expect(h.accessFile()).toMatchObject({ accounts: ["ada,0"], memberships: [] });
  expect((await h.scim("GET", `/Users/${id}`)).status).toBe(404);
});

test("a constraint refuses a write that would let somebody in, and never one that shuts somebody out", async () => {
  const first = await h.deploy(await h.release());
  const stranger = await h.scim("POST", "/Users", { ...ada, userName: "ada@evil.example" });
  expect(stranger).toMatchObject({ status: 400, body: { scimType: "invalidValue" } });
  expect(stranger.body.detail).toContain(
    "constraint corporate-email: Only people of our own mail domain get an account.",
  );
  expect((await h.scim("GET", "/Users")).body.totalResults).toBe(0);

  const id = await hire("ada@example.com");
  // from now on ada herself breaks the constraint, and even her mapping would fail
  const stricter = await h.release((release) => {
    release.variables.SCIM_MAIL_DOMAIN.value = "other.example";
  });
  await h.deploy(stricter, first);
  expect(h.accessFile().accounts).toEqual(["ada,1"]);
  expect(
    (await h.scim("PATCH", `/Users/${id}`, patch({ op: "add", path: "title", value: "Dr" }))).status,
  ).toBe(400);
  expect(
    (await h.scim("PATCH", `/Users/${id}`, patch({ op: "replace", path: "active", value: false }))).status,
  ).toBe(200);
  expect(h.accessFile().accounts).toEqual(["ada,0"]);
});

test("an account stays its first user's, until an approver releases it", async () => {
  await h.deploy(await h.release());
  const id = await hire("alice@example.com");
  // the mapping makes "alice" of this one, too
  const twin = await h.scim("POST", "/Users", { ...ada, userName: "alice@x.@example.com" });
  expect(twin).toMatchObject({ status: 409, body: { scimType: "uniqueness" } });
  const same = await h.scim("POST", "/Users", { ...ada, userName: "ALICE@example.com" });
  expect(same).toMatchObject({ status: 409, body: { scimType: "uniqueness" } });

  await h.scim("DELETE", `/Users/${id}`);
  const other = { ...ada, externalId: "another", userName: "alice@example.com" };
  expect((await h.scim("POST", "/Users", other)).status).toBe(201);
  expect(h.accessFile().accounts).toEqual(["alice,0"]);
  expect((await h.admin("DELETE", "/owners/alice")).status).toBe(403);
  expect((await h.admin("DELETE", "/owners/alice", { token: h.tokens.approver })).status).toBe(204);
  expect(h.accessFile().accounts).toEqual(["alice,1"]);
});

test("a name is bounded: a group of many dashes or of a megabyte stops nobody", async () => {
  await h.deploy(
    await h.release((release) => {
      release.connectors.okta.groups.push({ pattern: "hg-*-*-*-dev" });
    }),
  );
  const dashes = (count: number) => ({ displayName: `hg-${"-".repeat(count)}` });
  expect((await h.scim("POST", "/Groups", dashes(1_000))).status).toBe(201);
  expect((await h.scim("POST", "/Groups", { displayName: `hg-a${"-".repeat(900)}-dev` })).status).toBe(201);
  for (const [path, body] of [
    ["/Groups", dashes(1_025)],
    ["/Groups", { displayName: "x", externalId: "y".repeat(1_025) }],
    ["/Users", { userName: "x".repeat(1_025) }],
  ] as const)
    expect((await h.scim("POST", path, body)).body).toMatchObject({
      scimType: "invalidValue",
      detail: expect.stringContaining("is longer than 1024 characters"),
    });
  const long = "a".repeat(1_000);
  await h.scim("POST", "/Users", { userName: `${long}@example.com` });
  const released = await h.admin("DELETE", `/owners/${long}`, { token: h.tokens.approver });
  // somebody has it, or nobody may be called so: but the address is read
  expect(released.body.error.message).not.toContain("percent-encoded");
});

test("the audit of another userName names the account that goes, and the one that comes", async () => {
  await h.deploy(await h.release());
  const id = await hire("ada@example.com");
  await h.scim(
    "PATCH",
    `/Users/${id}`,
    patch({ op: "replace", path: "userName", value: "linus@example.com" }),
  );
  expect((await h.admin("GET", "/audit")).body.rows.at(-1).detail).toBe(
    "account linus is let in, account ada loses all access",
  );
});

test("A, B, A: the first digest and the same dump of access again", async () => {
  const bounds = { lose: "100%", above: 0, protected: [] };
  const a = await h.release((release) => {
    release.settings.bounds = bounds;
  });
  const b = await h.release((release) => {
    release.settings.bounds = bounds;
    release.connectors.okta.mapping.account = '"hg-" + user.userName.split("@")[0].lowerAscii()';
    release.permissions.core.write = ["okta/docs-team"];
    release.permissions.core.repositories.push("!core/api");
  });
  const first = await h.deploy(a);
  const users = [await hire("ada@example.com"), await hire("bob@example.com")];
  await makeGroup("core-team", ...users);
  const before = { dump: (await h.admin("GET", "/access")).body, file: h.accessFile() };
  const second = await h.deploy(b, first);
  expect(second).not.toBe(first);
  expect((await h.admin("GET", "/access")).body.access).not.toEqual(before.dump.access);
  expect(await h.deploy(a, second)).toBe(first);
  expect((await h.admin("GET", "/access")).body).toEqual(before.dump);
  // the names of the other mapping stay reserved, and closed
  expect(h.accessFile()).toEqual({ ...before.file, accounts: ["ada,1", "bob,1", "hg-ada,0", "hg-bob,0"] });
  const history = (await h.admin("GET", "/history")).body.entries;
  expect(history.map((entry: { digest: string }) => entry.digest)).toEqual([first, second, first]);
});

test("activation is conditional, and a refused one changes nothing", async () => {
  const a = await h.release();
  const first = await h.deploy(a);
  const file = h.accessFile();
  const b = await h.release((release) => {
    release.permissions.core.write = [];
  });
  for (const headers of [{ "If-None-Match": "*" }, { "If-Match": `"sha256:${"0".repeat(64)}"` }]) {
    const reply = await h.admin("PUT", "/release", { body: { release: b, origin: {} }, headers });
    expect(reply.status).toBe(412);
    expect(reply.body.error.message).toContain(`the active release is ${first}`);
  }
  expect((await h.admin("PUT", "/release", { body: { release: b, origin: {} } })).status).toBe(428);
  const match = { "If-Match": `"${first}"` };
  const wrong = [
    [400, { ...b, unknown: 1 }],
    [422, { ...b, environment: "staging" }],
    [422, await h.release((release) => (release.connectors.okta.scope = "user.nonsense"))],
    [422, await h.release((release) => (release.secrets["okta-token"].refs = ["ref+env://HOME"]))],
    [
      422,
      await h.release((release) => (release.secrets["okta-token"].refs = ["ref+env://SCIM_TEST_NOT_SET"])),
    ],
  ] as const;
  for (const [status, release] of wrong) {
    const reply = await h.admin("PUT", "/release", { body: { release, origin: {} }, headers: match });
    expect([reply.status, reply.body.error.message]).toEqual([status, expect.any(String)]);
  }
  expect(h.accessFile()).toEqual(file);
  expect((await h.admin("GET", "/release")).body.digest).toBe(first);
});

test("a release whose mapping fails for somebody who is here is refused, and its impact says so", async () => {
  const first = await h.deploy(await h.release());
  await hire("ada@example.com");
  await hire("bob@example.com");
  for (const account of ["user.title", '"everybody"']) {
    const release = await h.release((draft) => {
      draft.connectors.okta.mapping.account = account;
    });
    const impact = (await h.admin("POST", "/impact", { body: { release }, token: h.tokens.reader })).body;
    expect(impact.failures.length).toBeGreaterThan(0);
    const reply = await h.admin("PUT", "/release", {
      body: { release, origin: {} },
      headers: { "If-Match": `"${first}"` },
    });
    expect(reply.status).toBe(422);
    expect(reply.body.error.problems).toEqual(impact.failures);
  }
  expect(h.accessFile().accounts).toEqual(["ada,1", "bob,1"]);
});

test("impact names who gains and who loses, where, and changes nothing", async () => {
  await h.deploy(await h.release());
  const [adaId, bobId] = [await hire("ada@example.com"), await hire("bob@example.com")];
  await makeGroup("core-team", adaId);
  await makeGroup("docs-team", bobId);
  const release = await h.release((draft) => {
    draft.permissions.core.write = ["okta/docs-team"];
    draft.permissions.core.read = ["okta/core-team"];
  });
  const file = h.accessFile();
  const impact = (await h.admin("POST", "/impact", { body: { release }, token: h.tokens.reader })).body;
  expect(impact).toMatchObject({
    accounts: 2,
    failures: [],
    changes: [
      { account: "ada", repository: "core/api", before: "write", after: "read" },
      { account: "bob", repository: "core/api", before: null, after: "write" },
    ],
  });
  const none = (await h.admin("POST", "/impact", { body: { release: null } })).body;
  expect(none.changes).toHaveLength(3);
  expect(h.accessFile()).toEqual(file);
});

test("without a release nobody has access, and a restart keeps it so", async () => {
  const release = await h.release();
  const digest = await h.deploy(release);
  const id = await hire("ada@example.com");
  await makeGroup("engineering", id);
  const whole = h.accessFile();
  await h.restart();
  expect(h.accessFile()).toEqual(whole);
  expect((await h.scim("GET", `/Users/${id}`)).status).toBe(200);

  expect((await h.admin("DELETE", "/release", { headers: { "If-Match": `"${digest}"` } })).status).toBe(204);
  expect(h.accessFile()).toMatchObject({ accounts: ["ada,0"], memberships: [], grants: [], patterns: [] });
  await h.restart();
  expect((await h.scim("POST", "/Users", { userName: "eve@example.com" })).status).toBe(503);
  await h.deploy(release);
  expect(h.accessFile()).toEqual(whole);
});

test("roles and tokens", async () => {
  await h.deploy(await h.release());
  expect((await h.admin("GET", "/release", { token: "wrong" })).status).toBe(401);
  expect((await h.admin("DELETE", "/release", { token: h.tokens.reader })).status).toBe(403);
  expect((await h.scim("GET", "/Users", undefined, "wrong")).status).toBe(401);
  expect((await h.scim("GET", "/Users", undefined, h.tokens.deployer)).status).toBe(401);
  expect((await h.scim("GET", "/Nothing")).status).toBe(404);
  expect((await h.scim("DELETE", "/Users")).status).toBe(405);
});

test("every write leaves one audit row, refused ones too; no secret is in it or in the log", async () => {
  const digest = await h.deploy(await h.release());
  const id = await hire("ada@example.com");
  await h.scim("POST", "/Users", { ...ada, userName: "x@evil.example", password: "hunter2-very-secret" });
  await h.scim("PUT", `/Users/${id}`, {
    ...ada,
    userName: "ada@example.com",
    password: "hunter2-very-secret",
    favouriteColour: "red",
  });
  const { rows } = (await h.admin("GET", "/audit", { token: h.tokens.reader })).body;
  expect(
    rows.map(({ actor, operation, outcome, code, rule }: Record<string, unknown>) => [
      actor,
      operation,
      outcome,
      code,
      rule,
    ]),
  ).toEqual([
    ["admin:deployer", "release.activate", "done", null, null],
    ["scim:okta", "user.create", "done", null, null],
    ["scim:okta", "user.create", "refused", "constraintOnValue", "corporate-email"],
    ["scim:okta", "user.update", "done", null, null],
  ]);
  expect(rows[0].target).toBe(digest);
  expect(rows[3].detail).toContain("ignored favouriteColour");
  const store = new Database(join(h.config.data, "store.db"), { readonly: true });
  const differences = store.prepare('SELECT "before", "after" FROM audit ORDER BY sequence').all();
  store.close();
  expect(differences[0]).toEqual({ before: '{"release":null}', after: `{"release":"${digest}"}` });
  expect(differences[1]).toMatchObject({ before: null, after: expect.stringContaining('"account":"ada"') });
  expect(differences[2]).toEqual({ before: null, after: null });
  const everything = JSON.stringify([rows, differences]) + h.logs.join("");
  for (const secret of [...Object.values(h.tokens), "hunter2"]) expect(everything).not.toContain(secret);
});

test("a second agent cannot open the same store", async () => {
  const { startAgent } = await import("../../agent/agent.ts");
  const { pino } = await import("pino");
  await expect(startAgent(h.config, pino({ level: "silent" }))).rejects.toThrow("is open in another agent");
});
