/** A token that is withdrawn while its requests wait: by its release's turn it gives nothing more, and takes away. */
import { randomBytes } from "node:crypto";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import type { Guarded, OAuth } from "../../../agent/authentication/credentials.ts";
import { isStillLetIn } from "../../../agent/authentication/still.ts";
import { hashToken } from "../../../agent/authentication/token.ts";
import { behindRelease } from "../behind-release.ts";
import { type Harness, type ReleaseShape, startHarness } from "../harness.ts";
import { staff } from "../people.ts";

let h: Harness;
afterEach(async () => {
  vi.restoreAllMocks();
  await h?.stop();
  h = undefined as unknown as Harness;
});

/** An agent where ada is in core-team, and eve and bob are not. */
async function start() {
  h = await startHarness(["core/api"]);
  const digest = await h.deploy(await h.release());
  const ids = await staff(h, { "core-team": ["ada", "eve"], engineering: ["bob"] });
  const group = (await h.scim("GET", '/Groups?filter=displayName eq "core-team"')).body.Resources[0].id;
  const id = (name: string) => ids.get(name) as string;
  return { digest, group, id };
}

/** Another token in the place of the one that the requests have. */
function anotherToken(): (release: ReleaseShape) => void {
  const variable = `SCIM_TEST_${randomBytes(6).toString("hex").toUpperCase()}`;
  process.env[variable] = randomBytes(24).toString("base64url");
  onTestFinished(() => {
    delete process.env[variable];
  });
  return (release) => {
    release.secrets["okta-token"].refs = [`ref+env://${variable}`];
  };
}

const members = () => h.accessFile().memberships?.filter((one) => String(one).includes("core-team"));

test.each([1, 300_000])("what gives is refused, and what takes away is done (%i bytes)", async (size) => {
  const { digest, group, id } = await start();
  const display = "x".repeat(size);
  const put = (...names: string[]) => ({
    displayName: "core-team",
    members: names.map((name) => ({ value: id(name), display })),
  });
  const leave = {
    Operations: [
      { op: "remove", path: `members[value eq "${id("eve")}"]`, value: [{ value: id("eve"), display }] },
    ],
  };
  const join = { Operations: [{ op: "add", path: "members", value: [{ value: id("bob"), display }] }] };
  const replies = await behindRelease(h, digest, anotherToken(), [
    () => h.scim("PATCH", `/Groups/${group}`, join),
    () => h.scim("PATCH", `/Groups/${group}`, leave),
    () => h.scim("POST", "/Groups", { ...put("bob"), displayName: "docs-team" }),
  ]);
  expect(replies.map(({ status }) => status)).toEqual([401, 204, 401]);
  expect(replies[0]?.headers.get("www-authenticate")).toBe('Bearer error="invalid_token"');
  expect(members()).toEqual(["ada,okta/core-team"]);
  const { rows } = (await h.admin("GET", "/audit?last=3")).body;
  // what was done in part says why it was not whole
  expect(rows.map((row: { code: string; outcome: string }) => `${row.outcome} ${row.code}`).sort()).toEqual([
    "done tokenWithdrawn",
    ...Array(2).fill("refused tokenWithdrawn"),
  ]);
  expect((await h.scim("GET", "/Users")).status).toBe(401);
});

test.each([1, 300_000])(
  "of a request that does both, what it takes away is done (%i bytes)",
  async (size) => {
    const { digest, group, id } = await start();
    const display = "x".repeat(size);
    const body = {
      displayName: "core-team",
      members: [
        { value: id("ada"), display },
        { value: id("bob"), display },
      ],
    };
    const [reply] = await behindRelease(h, digest, anotherToken(), [
      () => h.scim("PUT", `/Groups/${group}`, body),
    ]);
    expect(reply?.status).toBe(200);
    expect(members()).toEqual(["ada,okta/core-team"]);
  },
);

test("users: none is made or comes back, and leavers leave", async () => {
  const { digest, id } = await start();
  const active = (value: boolean) => ({ Operations: [{ op: "replace", path: "active", value }] });
  await h.scim("PATCH", `/Users/${id("bob")}`, active(false));
  const replies = await behindRelease(h, digest, anotherToken(), [
    () => h.scim("POST", "/Users", { userName: "mallory@example.com", active: true }),
    () => h.scim("PATCH", `/Users/${id("bob")}`, active(true)),
    () => h.scim("PATCH", `/Users/${id("eve")}`, active(false)),
    () => h.scim("DELETE", `/Users/${id("ada")}`),
  ]);
  expect(replies.map(({ status }) => status)).toEqual([401, 401, 200, 204]);
  expect(h.accessFile().accounts).toEqual(["ada,0", "bob,0", "eve,0"]);
});

test.each<[string, Partial<OAuth>, Partial<Guarded>, boolean]>([
  ["nothing else", {}, {}, true],
  ["another issuer", { issuer: "https://other.example" }, {}, false],
  ["another audience", { audience: "other" }, {}, false],
  ["other keys", { jwks: new URL("https://issuer.example/other") }, {}, false],
  ["another scope for groups", { scopes: { groups: "scim.all" } }, {}, false],
  ["no groups", {}, { allow: ["users"] }, false],
  ["fixed tokens", {}, { credentials: { kind: "bearer", tokens: [] } }, false],
])("a signed token, when the connector has by now %s", (_, oauth, guarded, isIn) => {
  const credentials: OAuth = {
    kind: "oauth",
    issuer: "https://issuer.example",
    audience: "hgscim",
    jwks: new URL("https://issuer.example/keys"),
    scopes: { groups: "scim.groups" },
  };
  const caller = { scopes: new Set(["scim.groups"]), takesAwayOnly: undefined, proof: credentials };
  const connector: Guarded = {
    name: "okta",
    credentials: { ...credentials, ...oauth },
    allow: ["users", "groups"],
    rateLimit: undefined,
    ...guarded,
  };
  expect(isStillLetIn(caller, connector, "groups", 1)).toBe(isIn);
  expect(isStillLetIn(caller, undefined, "groups", 1)).toBe(false);
});

test("a fixed token whose lifetime ends while a request waits", () => {
  const hash = hashToken("a token of some length");
  const caller = { scopes: undefined, takesAwayOnly: undefined, proof: { kind: "bearer", hash } } as const;
  const tokens = [{ hash, since: 0, expires: 10 }];
  const connector = { name: "okta", credentials: { kind: "bearer", tokens }, allow: ["users"] } as const;
  const at = (now: number) => isStillLetIn(caller, { ...connector, rateLimit: undefined }, "users", now);
  expect([at(9), at(10)]).toEqual([true, false]);
});

test("a token that both releases take goes on, also beside another one", async () => {
  const { digest, group, id } = await start();
  const join = { Operations: [{ op: "add", path: "members", value: [{ value: id("bob") }] }] };
  const edit = (release: ReleaseShape) => {
    const [old] = release.secrets["okta-token"].refs;
    anotherToken()(release);
    release.secrets["okta-token"].refs.push(old);
  };
  const [reply] = await behindRelease(h, digest, edit, [() => h.scim("PATCH", `/Groups/${group}`, join)]);
  expect(reply?.status).toBe(204);
  expect(members()).toHaveLength(3);
});
