/** Who leaves while no release has their connector is out when one has it again; and nobody gets anything meanwhile. */
import { join } from "node:path";
import Database from "libsql";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Issuer, trusting } from "./authentication/issuer.ts";
import { twinWith } from "./authentication/twin.ts";
import { behindRelease } from "./behind-release.ts";
import { type Harness, type ReleaseShape, startHarness } from "./harness.ts";
import { deactivate, staff } from "./people.ts";
import { send } from "./request.ts";

const variables = { one: "SCIM_TEST_LEFT_ONE", two: "SCIM_TEST_LEFT_TWO" };
const first = "the-first-token-of-twin";
const second = "the-second-token-of-twin";
let h: Harness;
beforeEach(async () => {
  process.env[variables.one] = first;
  process.env[variables.two] = second;
  h = await startHarness(["core/api", "docs"]);
});
afterEach(async () => {
  vi.restoreAllMocks();
  for (const variable of Object.values(variables)) delete process.env[variable];
  await h.stop();
});

const inactive = { Operations: [{ op: "replace", path: "active", value: false }] };
const without = (id: string | undefined, size = 1) => ({
  Operations: [
    { op: "remove", path: `members[value eq "${id}"]`, value: [{ value: id, display: "x".repeat(size) }] },
  ],
});
const end = (digest: string) => h.admin("DELETE", "/release", { headers: { "If-Match": `"${digest}"` } });
const groupOf = async (name: string) =>
  (await h.scim("GET", `/Groups?filter=displayName eq "${name}"&attributes=id`)).body.Resources[0].id;
const lastRows = async (count: number) =>
  (await h.admin("GET", `/audit?last=${count}`)).body.rows.map(
    ({ actor, operation, outcome, code }: Record<string, string>) => [actor, operation, outcome, code],
  );

/** Beside okta a connector twin, whose docs-team may write docs. */
const withTwin = (draft: ReleaseShape, reference = variables.one) => {
  twinWith(draft, [`ref+env://${reference}`]);
  draft.connectors.twin.groups = ["docs-team"];
  draft.permissions.docs.write = ["twin/docs-team"];
};
/** Somebody who calls at the twin's address. */
async function twin(method: string, path: string, body?: object, token = first, at = "twin") {
  const { text, ...reply } = await send(`${h.agent.scim}/scim/${at}/v2${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/scim+json" },
    body: body && JSON.stringify(body),
    ca: h.ca,
  });
  return { ...reply, body: text === "" ? null : JSON.parse(text) };
}
/** Tia and tom of the twin, both in docs-team; and ada of okta. */
async function twins(): Promise<{ tia: string; tom: string; group: string }> {
  const ids: string[] = [];
  for (const name of ["tia", "tom"])
    ids.push((await twin("POST", "/Users", { userName: `${name}@example.com`, active: true })).body.id);
  const [tia = "", tom = ""] = ids;
  const members = [{ value: tia }, { value: tom }];
  const group = (await twin("POST", "/Groups", { displayName: "docs-team", members })).body.id;
  await staff(h, { engineering: ["ada"] });
  return { tia, tom, group };
}

test.each([1, 300_000])(
  "a release ended (%i bytes): leavers leave, joiners wait, and it comes back without who left",
  async (size) => {
    const release = await h.release();
    const digest = await h.deploy(release);
    const ids = await staff(h, { "core-team": ["ada", "bob", "cy", "dan"], engineering: ["dan"] });
    const team = await groupOf("core-team");
    expect((await end(digest)).status).toBe(204);

    expect((await deactivate(h, ids.get("ada"))).status).toBe(200);
    expect((await h.scim("PATCH", `/Groups/${team}`, without(ids.get("bob"), size))).status).toBe(204);
    await h.restart();
    expect((await h.scim("DELETE", `/Users/${ids.get("cy")}`)).status).toBe(204);
    const joining = await h.scim("POST", "/Users", { userName: "eve@example.com", active: true });
    expect([joining.status, joining.headers.get("retry-after")]).toEqual([503, "30"]);
    expect(joining.body.detail).toBe(
      "no release is active, and until one is, only what takes access away is done",
    );
    expect(await lastRows(4)).toEqual([
      ["scim:okta", "user.update", "done", "onlyRemovals"],
      ["scim:okta", "group.update", "done", "onlyRemovals"],
      ["scim:okta", "user.delete", "done", null],
      ["scim:okta", "user.create", "refused", "onlyRemovals"],
    ]);
    // whoever guesses is told what everybody is
    expect((await h.scim("GET", "/Users", undefined, "guessed-and-wrong")).status).toBe(503);
    expect(h.accessFile().memberships).toEqual([]);

    await h.deploy(release);
    const { accounts, memberships } = h.accessFile();
    expect(accounts).toEqual(["ada,0", "bob,1", "cy,0", "dan,1"]);
    expect(memberships).toEqual(["dan,okta/core-team", "dan,okta/engineering"]);
  },
);

test("a connector removed: its newest token takes away, and no other one", async () => {
  const old = await h.deploy(await h.release(withTwin));
  const { tia, tom, group } = await twins();
  const rotated = await h.release((draft) => withTwin(draft, variables.two));
  const digest = await h.deploy(rotated, old);
  const alone = await h.deploy(await h.release(), digest);

  const { tokens } = (await h.admin("GET", "/tokens")).body;
  expect(tokens).toMatchObject([{ connector: "okta" }, { connector: "twin", takesAwayOnly: true }]);
  expect(tokens[0]).not.toHaveProperty("takesAwayOnly");
  expect((await twin("PATCH", `/Users/${tia}`, inactive)).status).toBe(404);
  expect((await twin("GET", `/Users/${tia}`, undefined, second)).status).toBe(200);
  expect((await twin("PATCH", `/Users/${tia}`, inactive, second)).status).toBe(200);
  expect((await twin("PATCH", `/Groups/${group}`, without(tom), second)).status).toBe(204);
  const joining = await twin("POST", "/Users", { userName: "eve@example.com" }, second);
  expect(joining.status).toBe(503);
  expect(joining.body.detail).toBe(
    "the active release has no connector twin, and until one is, only what takes access away is done",
  );
  // of a connector that the release has, everything is as ever
  expect((await h.scim("POST", "/Users", { userName: "eve@example.com" })).status).toBe(201);
  expect((await h.scim("PATCH", `/Users/${tom}`, inactive)).status).toBe(404);

  await h.deploy(rotated, alone);
  expect(h.accessFile().accounts).toEqual(["ada,1", "eve,1", "tia,0", "tom,1"]);
  expect(h.accessFile().memberships).toEqual(["ada,okta/engineering"]);
});

test.each([
  ["twin", true],
  ["third", true],
  ["twin", false],
])("a connector by another name, at /scim/%s, with the same token: %s", async (at, sameToken) => {
  const before = await h.deploy(await h.release(withTwin));
  const { tia, tom, group } = await twins();
  const renamed = await h.release((draft) => {
    withTwin(draft, sameToken ? variables.one : variables.two);
    draft.connectors.third = draft.connectors.twin;
    delete draft.connectors.twin;
    draft.permissions.docs.write = ["third/docs-team"];
    draft.variables.SCIM_TWIN_URL.value = `https://127.0.0.1:7480/scim/${at}/v2`;
  });
  const digest = await h.deploy(renamed, before);
  const call = (method: string, path: string, body?: object) =>
    twin(method, path, body, sameToken ? first : second, at);
  expect((await call("PATCH", `/Users/${tia}`, inactive)).status).toBe(200);
  expect((await call("PATCH", `/Groups/${group}`, without(tom))).status).toBe(204);
  expect((await lastRows(1))[0]).toEqual(["scim:third", "group.update", "done", "onlyRemovals"]);
  const back = { Operations: [{ op: "replace", path: "active", value: true }] };
  expect((await call("PATCH", `/Users/${tia}`, back)).status).toBe(503);
  expect((await call("POST", "/Users", { userName: "tim@example.com", active: true })).status).toBe(201);

  await h.deploy(await h.release(withTwin), digest);
  expect(h.accessFile().accounts).toEqual(["ada,1", "tia,0", "tim,0", "tom,1"]);
  expect(h.accessFile().memberships).toEqual(["ada,okta/engineering"]);
});

test.each<[string, object]>([
  ["known by their names", {}],
  ["known by their externalIds", { externalId: "another-name" }],
])("whom a provider sends again to a connector by another name leaves by either: %s", async (_, changed) => {
  const before = await h.deploy(await h.release(withTwin));
  const person = (name: string, by = {}) => {
    const externalId = "externalId" in changed ? `00u-${name}` : undefined;
    return { userName: `${name}@example.com`, externalId, active: true, ...by };
  };
  const bring = async (names: readonly string[], by?: (name: string) => object) => {
    const all: string[] = [];
    for (const name of names) all.push((await twin("POST", "/Users", person(name, by?.(name)))).body.id);
    const members = all.map((value) => ({ value }));
    return [...all, (await twin("POST", "/Groups", { displayName: "docs-team", members })).body.id];
  };
  const names = ["tia", "tom", "tim", "tex", "ted"];
  const accounts = () => h.accessFile().accounts?.filter((row) => !String(row).includes(".2"));
  await bring(names);
  await staff(h, { engineering: ["ada"] });
  const third = await h.release((draft) => {
    withTwin(draft);
    draft.connectors.third = draft.connectors.twin;
    delete draft.connectors.twin;
    draft.permissions.docs.write = ["third/docs-team"];
  });
  const renamed = await h.deploy(third, before);
  // their accounts are withheld from them, and they have other names where those prove nothing
  const by = (name: string) => ("externalId" in changed ? { userName: `${name}.2@example.com` } : {});
  const [tia, tom, tim, tex, ted, team] = await bring(names, by);
  expect((await twin("PATCH", `/Users/${tia}`, inactive)).status).toBe(200);
  expect((await twin("DELETE", `/Users/${ted}`)).status).toBe(204);
  expect((await twin("PATCH", `/Groups/${team}`, without(tex))).status).toBe(204);
  await h.deploy(await h.release(withTwin), renamed);
  expect(accounts()).toEqual(["ada,1", "ted,0", "tex,1", "tia,0", "tim,1", "tom,1"]);
  expect(h.accessFile().memberships).toEqual([
    "ada,okta/engineering",
    "tim,twin/docs-team",
    "tom,twin/docs-team",
  ]);
  expect((await twin("PATCH", `/Users/${tom}`, inactive)).status).toBe(200);
  expect((await lastRows(2)).map(([, ...row]: string[]) => row)).toEqual([
    ["user.update", "done", "onlyRemovals"],
    ["user.update", "done", null],
  ]);
  expect((await twin("PATCH", `/Groups/${team}`, without(tim))).status).toBe(204);
  expect(accounts()).toEqual(["ada,1", "ted,0", "tex,1", "tia,0", "tim,1", "tom,0"]);
  expect(h.accessFile().memberships).toEqual(["ada,okta/engineering"]);
});

test.each([1, 300_000])(
  "the one in its place gives its people nothing when it is back before their turn (%i bytes)",
  async (size) => {
    const before = await h.deploy(await h.release(withTwin));
    const { tia, tom, group } = await twins();
    const third = (draft: ReleaseShape) => {
      withTwin(draft, variables.two);
      draft.connectors.third = draft.connectors.twin;
      delete draft.connectors.twin;
      draft.permissions.docs.write = ["third/docs-team"];
    };
    const digest = await h.deploy(await h.release(third), before);
    expect((await twin("PATCH", `/Users/${tia}`, inactive, second)).status).toBe(200);
    expect((await twin("PATCH", `/Groups/${group}`, without(tia), second)).status).toBe(204);
    const back = (draft: ReleaseShape) => {
      withTwin(draft);
      const { variables: all, connectors, secrets } = draft;
      connectors.third = structuredClone(connectors.twin);
      connectors.third.endpoint.var = "SCIM_THIRD_URL";
      connectors.third.auth.bearer.var = "SCIM_THIRD_TOKEN";
      all.SCIM_THIRD_URL = { ...all.SCIM_TWIN_URL };
      all.SCIM_THIRD_TOKEN = { type: "secret", secret: "third-token" };
      secrets["third-token"] = { ...secrets["twin-token"], refs: [`ref+env://${variables.two}`] };
      all.SCIM_TWIN_URL.value = "https://127.0.0.1:7480/scim/back/v2";
    };
    const add = { op: "add", path: "members", value: [{ value: tia, display: "x".repeat(size) }] };
    const activate = { Operations: [{ op: "replace", path: "active", value: true }] };
    const replies = await behindRelease(h, digest, back, [
      () => twin("PATCH", `/Users/${tia}`, activate, second),
      () => twin("PATCH", `/Groups/${group}`, { Operations: [add] }, second),
      () => twin("PATCH", `/Users/${tom}`, inactive, second),
    ]);
    expect(replies.map(({ status }) => status)).toEqual([401, 401, 200]);
    expect(h.accessFile().accounts).toEqual(["ada,1", "tia,0", "tom,0"]);
  },
);

test("a connector at another address: at those of before it takes away, and gives nothing", async () => {
  const at = (path: string) => (draft: ReleaseShape) => {
    withTwin(draft);
    draft.variables.SCIM_TWIN_URL.value = `https://127.0.0.1:7480/scim/${path}/v2`;
  };
  const before = await h.deploy(await h.release(withTwin));
  const { tia, tom, group } = await twins();
  const next = await h.deploy(await h.release(at("next")), before);
  expect((await twin("PATCH", `/Users/${tia}`, inactive)).status).toBe(200);
  const last = await h.deploy(await h.release(at("last")), next);
  await h.restart();
  expect((await twin("PATCH", `/Groups/${group}`, without(tom))).status).toBe(204);
  expect((await twin("GET", "/Users", undefined, "guessed-and-wrong")).status).toBe(404);
  const joining = { userName: "tim@example.com", active: true };
  for (const path of ["twin", "next"]) {
    const reply = await twin("POST", "/Users", joining, first, path);
    expect([reply.status, reply.body.detail]).toEqual([
      503,
      expect.stringContaining("the connector has another address by now"),
    ]);
  }
  expect((await twin("POST", "/Users", joining, first, "last")).status).toBe(201);
  expect(h.accessFile().accounts).toEqual(["ada,1", "tia,0", "tim,1", "tom,1"]);
  expect(h.accessFile().memberships).toEqual(["ada,okta/engineering"]);
  // another one comes to such an address: whose token it is is meant there
  const other = await h.release((draft) => {
    at("last")(draft);
    draft.variables.SCIM_API_BASE_URL.value = "https://127.0.0.1:7480/scim/next/v2";
  });
  await h.deploy(other, last);
  const answers = await Promise.all([
    twin("GET", "/Users", undefined, "guessed-and-wrong", "next"),
    twin("GET", `/Users/${tom}`, undefined, h.tokens.scim, "next"),
    twin("GET", `/Users/${tom}`, undefined, first, "next"),
    twin("POST", "/Users", { userName: "eve@example.com" }, first, "next"),
    twin("PATCH", `/Users/${tom}`, inactive, first, "next"),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([401, 404, 200, 503, 200]);
  expect(h.accessFile().accounts).toContain("tom,0");
});

test("one that has left takes away at its address, which is another one's by now", async () => {
  const before = await h.deploy(await h.release(withTwin));
  const { tia, tom, group } = await twins();
  const moved = await h.release((draft) => {
    draft.variables.SCIM_API_BASE_URL.value = "https://127.0.0.1:7480/scim/twin/v2";
  });
  const digest = await h.deploy(moved, before);
  // more than are guesses: nobody is locked out by what is known here
  for (let i = 0; i < 12; i++) expect((await twin("GET", `/Users/${tia}`)).status).toBe(200);
  expect((await twin("PATCH", `/Users/${tia}`, inactive)).status).toBe(200);
  expect((await twin("PATCH", `/Groups/${group}`, without(tom))).status).toBe(204);
  expect((await twin("POST", "/Users", { userName: "tim@example.com" })).status).toBe(503);
  // whoever has the token of the one takes away nothing of the other
  const eve = { userName: "eve@example.com", active: true };
  expect((await twin("POST", "/Users", eve, h.tokens.scim)).status).toBe(201);
  const tim = (await twin("POST", "/Users", { ...eve, userName: "tom@example.com" }, h.tokens.scim)).body;
  expect((await twin("PATCH", `/Users/${tom}`, inactive)).status).toBe(200);
  expect((await twin("GET", `/Users/${tim.id}`, undefined, h.tokens.scim)).body.active).toBe(true);
  expect((await twin("GET", "/Users", undefined, "guessed-and-wrong")).status).toBe(401);
  expect(h.logs.join()).not.toContain("locked out");
  await h.deploy(await h.release(withTwin), digest);
  expect(h.accessFile().accounts).toEqual(["ada,1", "eve,1", "tia,0", "tom,0"]);
  expect(h.accessFile().memberships).toEqual(["ada,okta/engineering"]);
});

test("a token that another connector has by now opens no door of the one that had it", async () => {
  const before = await h.deploy(await h.release(withTwin));
  const { tia } = await twins();
  const given = await h.release((draft) => {
    draft.secrets["okta-token"].refs = [`ref+env://${variables.one}`];
  });
  const digest = await h.deploy(given, before);
  const listed = async () => (await twin("GET", "/Users")).status;
  expect(await listed()).toBe(404);
  // also when that one has another token again
  await h.deploy(await h.release(), digest);
  await h.restart();
  expect(await listed()).toBe(404);
  expect((await twin("PATCH", `/Users/${tia}`, inactive)).status).toBe(404);
});

test("a connector of an issuer takes its tokens for leavers", async () => {
  const issuer = new Issuer(Date.now);
  await issuer.addKey("RS256", "RS256");
  await issuer.start();
  await h.stop();
  h = await startHarness(["core/api"], { egress: [new URL(issuer.keys).host] });
  const release = await h.release(trusting(issuer));
  const digest = await h.deploy(release);
  const token = await issuer.sign();
  const body = { userName: "ada@example.com", active: true };
  const { id } = (await h.scim("POST", "/Users", body, token)).body;
  await end(digest);
  await h.restart();
  expect((await h.scim("PATCH", `/Users/${id}`, inactive, await issuer.sign())).status).toBe(200);
  const other = await issuer.sign({ claims: { aud: "another" } });
  expect((await h.scim("PATCH", `/Users/${id}`, inactive, other)).status).toBe(503);
  const back = await h.deploy(release);
  expect(h.accessFile().accounts).toEqual(["ada,0"]);

  // by another name, at another address: the issuer's tokens are that one's
  const renamed = await h.release((draft) => {
    trusting(issuer)(draft);
    draft.connectors.third = { ...draft.connectors.okta, groups: [] };
    delete draft.connectors.okta;
    draft.permissions = {};
    draft.variables.SCIM_API_BASE_URL.value = "https://127.0.0.1:7480/scim/third/v2";
  });
  await h.deploy(renamed, back);
  expect((await h.scim("GET", `/Users/${id}`, undefined, token)).status).toBe(404);
  expect((await twin("GET", `/Users/${id}`, undefined, token, "third")).status).toBe(200);
  expect((await twin("DELETE", `/Users/${id}`, undefined, token, "third")).status).toBe(204);
  await issuer.stop();
});

test("a connector of the same issuer, by another scope, is not in the place of one that has left", async () => {
  const issuer = new Issuer(Date.now);
  await issuer.addKey("RS256", "RS256");
  await issuer.start();
  await h.stop();
  h = await startHarness(["core/api"], { egress: [new URL(issuer.keys).host] });
  const of = (who: string) => ({ users: `${who}.users`, groups: `${who}.groups` });
  const beside = (draft: ReleaseShape) => {
    trusting(issuer, { scopes: of("okta") })(draft);
    draft.variables.SCIM_THIRD_URL = { type: "url", value: "https://127.0.0.1:7480/scim/third/v2" };
    const { auth, ...third } = structuredClone(draft.connectors.okta);
    auth.oauth.scopes = of("third");
    draft.connectors.third = { ...third, auth, endpoint: { var: "SCIM_THIRD_URL" }, groups: [] };
    delete draft.settings.bounds;
  };
  const both = await h.release(beside);
  const before = await h.deploy(both);
  const sign = (who: string) => issuer.sign({ claims: { scope: Object.values(of(who)).join(" ") } });
  const body = { userName: "ada@example.com", externalId: "1", active: true };
  const { id } = (await h.scim("POST", "/Users", body, await sign("okta"))).body;
  const alone = await h.deploy(
    await h.release((draft) => {
      beside(draft);
      delete draft.connectors.okta;
      delete draft.variables.SCIM_API_BASE_URL;
      draft.permissions = {};
    }),
    before,
  );
  const token = await sign("third");
  const third = (method: string, path: string, sent?: object) => twin(method, path, sent, token, "third");
  for (const method of ["GET", "DELETE"]) expect((await third(method, `/Users/${id}`)).status).toBe(404);
  const same = await third("POST", "/Users", { ...body, userName: "eve@example.com" });
  expect([same.status, (await third("DELETE", `/Users/${same.body.id}`)).status]).toEqual([201, 204]);
  await h.deploy(both, alone);
  expect(h.accessFile().accounts).toEqual(["ada,1", "eve,0"]);
  await issuer.stop();
});

test("who leaves a group to which something was denied would have it, and stays in", async () => {
  const release = await h.release((draft) => {
    draft.permissions.core.deny = { read: [], write: ["okta/docs-team"] };
  });
  const digest = await h.deploy(release);
  const ids = await staff(h, { "docs-team": ["ada"], "core-team": ["ada"] });
  const [docs, team] = [await groupOf("docs-team"), await groupOf("core-team")];
  await end(digest);
  const leave = (group: string) => h.scim("PATCH", `/Groups/${group}`, without(ids.get("ada")));
  expect([(await leave(docs)).status, (await leave(team)).status]).toEqual([503, 204]);
  expect((await h.scim("DELETE", `/Groups/${docs}`)).status).toBe(503);
  await h.deploy(release);
  expect(h.accessFile().memberships).toEqual(["ada,okta/docs-team"]);
});

test("how a connector was let in is kept for as long as it has users", async () => {
  const doors = () => {
    const store = new Database(join(h.config.data, "store.db"), { readonly: true });
    const rows = store.prepare("SELECT connector FROM doors ORDER BY 1").all() as { connector: string }[];
    store.close();
    return rows.map(({ connector }) => connector);
  };
  const before = await h.deploy(await h.release(withTwin));
  const { tia, tom } = await twins();
  await h.deploy(await h.release(), before);
  expect(doors()).toEqual(["okta", "twin"]);
  for (const id of [tia, tom]) expect((await twin("DELETE", `/Users/${id}`)).status).toBe(204);
  await h.restart();
  expect(doors()).toEqual(["okta"]);
  expect((await twin("GET", "/Users")).status).toBe(404);
});
