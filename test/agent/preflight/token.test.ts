/** A token of the issuer, asked for before a release is active: each way in which a provider would not get in by its own is found, by its variable. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { PreflightCheck } from "../../../api/preflight.ts";
import { type Harness, type ReleaseShape, startHarness } from "../harness.ts";
import { Servers } from "./servers.ts";
import { TokenIssuer } from "./token-issuer.ts";
import { type Edit, expectTold, preflight, type Told } from "./world.ts";

const servers = new Servers();
let issuer: TokenIssuer;
let closed: string;
let h: Harness;
let before: readonly PreflightCheck[];

beforeAll(async () => {
  issuer = new TokenIssuer();
  await issuer.start(servers);
  closed = await servers.closed();
  h = await startHarness([], { egress: servers.hosts });
  process.env.SCIM_TEST_PROBE = issuer.secret;
  before = await preflight(h, probing());
});
beforeEach(() => {
  const { origin } = issuer;
  Object.assign(issuer, {
    ...{ origin, scopes: ["scim.users", "scim.groups"], audience: "api://hgscim", methods: undefined },
    ...{ metadata: {}, claims: {}, header: {}, lifetime: 600, instead: undefined },
  });
  process.env.SCIM_TEST_PROBE = issuer.secret;
  issuer.asked.length = 0;
});
afterAll(async () => {
  delete process.env.SCIM_TEST_PROBE;
  await h.stop();
  await servers.stop();
});

const scopes = { users: "scim.users", groups: "scim.groups" };

/** A connector that takes the issuer's tokens, and names a client that may ask for one. */
function probing(probe: object = {}, wanted: object | null = scopes): Edit {
  return (release: ReleaseShape) => {
    Object.assign(release.variables, {
      SCIM_ISSUER: { type: "url", value: issuer.origin, owner: "sso-team" },
      SCIM_AUDIENCE: { type: "string", value: "api://hgscim" },
      SCIM_KEYS: { type: "url", value: `${issuer.origin}/keys` },
      SCIM_CLIENT: { type: "client-id", value: "probe", owner: "identity" },
      SCIM_CLIENT_SECRET: { type: "secret", secret: "probe" },
    });
    release.connectors.okta.auth = {
      oauth: {
        ...{ issuer: { var: "SCIM_ISSUER" }, audience: { var: "SCIM_AUDIENCE" }, jwks: { var: "SCIM_KEYS" } },
        ...(wanted && { scopes: wanted }),
        probe: { client: { var: "SCIM_CLIENT" }, secret: { var: "SCIM_CLIENT_SECRET" }, ...probe },
      },
      allow: ["groups", "users"],
    };
    delete release.variables.SCIM_AUTH_TOKEN;
    release.secrets = { probe: { refs: ["ref+env://SCIM_TEST_PROBE"] } };
  };
}

const ofToken = (checks: readonly PreflightCheck[]) =>
  checks.filter(({ what }) => what === "token for connector okta");

const client = "SCIM_CLIENT";
const faults: readonly [what: string, wrong: () => void, told: Told, edit?: Edit][] = [
  [
    "a wrong secret",
    () => (process.env.SCIM_TEST_PROBE = "probe-secret-of-yesterday"),
    { name: "SCIM_CLIENT_SECRET", found: /401 \(invalid_client\)/, mend: /have a new secret made/ },
  ],
  [
    "a token for another audience",
    () => (issuer.audience = "api://other"),
    {
      name: "SCIM_AUDIENCE",
      found: /for api:\/\/other, and SCIM_AUDIENCE is api:\/\/hgscim/,
      mend: /correct SCIM_AUDIENCE/,
    },
  ],
  [
    "a scope that was revoked",
    () => (issuer.scopes = ["scim.users"]),
    { name: client, found: /400 \(invalid_scope\)/, mend: /grant the client probe the scopes/ },
  ],
  [
    "a scope that was revoked, where all that it has is asked for",
    () => (issuer.scopes = ["scim.users"]),
    {
      name: client,
      found: /no scope scim\.groups \(it has scim\.users\)/,
      mend: /grant the client probe the scope/,
    },
    (release) => probing({ scope: "api://hgscim/.default" })(release),
  ],
  [
    "more scopes than are needed",
    () => (issuer.scopes = ["scim.users", "scim.groups", "directory.write", "mail.send"]),
    {
      ...{ name: client, state: "warning" },
      found: /more scopes than are needed: directory\.write, mail\.send/,
      mend: /withdraw directory\.write, mail\.send/,
    },
  ],
  [
    "scopes where none is needed",
    () => undefined,
    {
      name: client,
      state: "warning",
      found: /more scopes than are needed: scim\.groups, scim\.users/,
      mend: /withdraw/,
    },
    (release) => probing({}, null)(release),
  ],
  [
    "a token endpoint that is away",
    () => (issuer.metadata = { token_endpoint: `${closed}/token` }),
    { name: "SCIM_ISSUER", found: /nothing listens there/, mend: /start the server/ },
  ],
  [
    "a token endpoint that fails",
    () => (issuer.instead = { status: 500, text: "<html>" }),
    { name: "SCIM_ISSUER", found: /the issuer answers 500/, mend: /issuer's log/ },
  ],
  [
    "an answer without a token",
    () => (issuer.instead = { status: 200, text: "{}" }),
    { name: "SCIM_ISSUER", found: /answers 200, without a token/, mend: /issuer's log/ },
  ],
  [
    "an opaque token",
    () => (issuer.instead = { status: 200, text: '{"access_token":"c0ffee00112233445566"}' }),
    { name: client, found: /the token is opaque/, mend: /JWT access tokens/ },
  ],
  [
    "a token that has expired",
    () => (issuer.lifetime = -120),
    { name: "SCIM_ISSUER", found: /it has expired/, mend: /by NTP/ },
  ],
  [
    "a token of another issuer",
    () => (issuer.claims = { iss: "https://sts.example.com/other" }),
    {
      name: "SCIM_ISSUER",
      found: /the token is of https:\/\/sts\.example\.com\/other/,
      mend: /give SCIM_ISSUER/,
    },
  ],
  [
    "a token that another key has signed",
    () => (issuer.header = { kid: "two" }),
    { name: "SCIM_KEYS", found: /no key of its issuer has signed it/, mend: /jwks_uri/ },
  ],
  [
    "a token that proves who somebody is",
    () => (issuer.header = { typ: "id+jwt" }),
    { name: "SCIM_KEYS", found: /it is no access token/, mend: /compare the token's claims/ },
  ],
  [
    "a client that may not ask by itself",
    () => (issuer.instead = { status: 400, text: '{"error":"unauthorized_client"}' }),
    { name: client, found: /may not ask for a token by itself/, mend: /allow the grant/ },
  ],
];

test.each(faults)("%s", async (_, wrong, told, edit = probing()) => {
  wrong();
  const checks = await preflight(h, edit);
  expectTold(checks, before, told);
  expect(ofToken(checks)).toHaveLength(1);
  for (const secret of [issuer.secret, "probe-secret-of-yesterday", "c0ffee00112233445566"])
    expect(JSON.stringify(checks)).not.toContain(secret);
});

test("a token that is as it must be is said to be so; the secret goes where the issuer wants it", async () => {
  expect(ofToken(before)).toMatchObject([
    {
      state: "ok",
      name: client,
      owner: "identity",
      found: expect.stringContaining("scim.groups, scim.users"),
    },
  ]);
  issuer.methods = ["client_secret_post", "private_key_jwt"];
  expect(ofToken(await preflight(h, probing()))).toMatchObject([{ state: "ok" }]);
  issuer.methods = ["private_key_jwt"];
  expect(ofToken(await preflight(h, probing()))).toMatchObject([
    { state: "unknown", found: expect.stringContaining("takes no secrets of clients") },
  ]);
  expect(issuer.asked).toEqual([
    {
      ...{ grant_type: "client_credentials", scope: "scim.groups scim.users", client_id: "probe" },
      by: "body",
    },
  ]);
  issuer.metadata = { token_endpoint: "https://login.example.net/token" };
  issuer.methods = undefined;
  expect(ofToken(await preflight(h, probing()))).toMatchObject([
    { state: "unknown", mend: expect.stringContaining("login.example.net added to egress") },
  ]);
});

test("a secret goes to nobody for whom the active release does not name it, unless a deployer asks", async () => {
  // whoever can open a pull request could have it sent to an address of another use, for another client or scope
  expect(ofToken(await preflight(h, probing(), h.tokens.reader))).toMatchObject([
    { state: "unknown", found: expect.stringContaining("deployer's token") },
  ]);
  const digest = await h.deploy(await h.release(probing()));
  issuer.asked.length = 0;
  expect(ofToken(await preflight(h, probing(), h.tokens.reader))).toMatchObject([{ state: "ok" }]);
  expect(issuer.asked).toHaveLength(1);
  const changed = probing({ scope: "admin" });
  expect(ofToken(await preflight(h, changed, h.tokens.reader))).toMatchObject([{ state: "unknown" }]);
  const only = { release: await h.release(probing()), only: "new" };
  expect(ofToken((await h.admin("POST", "/preflight", { body: only })).body.checks)).toEqual([]);
  expect(issuer.asked).toHaveLength(1);
  const news = { release: await h.release(changed), only: "new" };
  expect(ofToken((await h.admin("POST", "/preflight", { body: news })).body.checks)).toMatchObject([
    { state: "failed" },
  ]);
  expect(digest).toMatch(/^sha256:/);
});
