/** Which signed access tokens (RFC 9068) let in, and to what: over HTTP, against an issuer with real keys. */
import { CompactSign, generateKeyPair, UnsecuredJWT } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Harness, startHarness } from "../harness.ts";
import { audience, Issuer, issuerName, type Signing, trusting } from "./issuer.ts";

const now = Date.now();
const inSeconds = (seconds: number) => Math.floor(now / 1_000) + seconds;

let issuer: Issuer;
let h: Harness;
beforeAll(async () => {
  issuer = new Issuer(() => now);
  for (const alg of ["RS256", "PS512", "ES256", "ES384", "EdDSA"]) await issuer.addKey(alg, alg);
  await issuer.start();
  h = await startHarness([], { egress: [new URL(issuer.keys).host] }, { clock: () => now });
  const scopes = { users: "scim.users", groups: "scim.groups" };
  await h.deploy(await h.release(trusting(issuer, { scopes })));
});
afterAll(async () => {
  await h.stop();
  await issuer.stop();
});

const users = (token: string) => h.scim("GET", "/Users", undefined, token);

test("a token of the issuer lets in, however it names its type", async () => {
  for (const typ of ["at+jwt", "application/at+jwt", "JWT", undefined])
    expect((await users(await issuer.sign({ header: { typ } }))).status).toBe(200);
  expect((await users(await issuer.sign({ claims: { aud: ["other", audience] } }))).status).toBe(200);
  expect(issuer.fetched).toBe(1);
});

test.each(["PS512", "ES256", "ES384", "EdDSA"])("%s signs as well", async (alg) => {
  expect((await users(await issuer.sign({ header: { alg, kid: alg } }))).status).toBe(200);
});

const claims = (part: () => NonNullable<Signing["claims"]>) => () => issuer.sign({ claims: part() });
test.each<[what: string, token: () => Promise<string> | string, reason: RegExp]>([
  ["another issuer", claims(() => ({ iss: `${issuerName}/` })), /claim iss/],
  ["no issuer", claims(() => ({ iss: undefined })), /claim iss/],
  ["another audience", claims(() => ({ aud: "api://other" })), /claim aud/],
  ["no audience", claims(() => ({ aud: undefined })), /claim aud/],
  ["expired", claims(() => ({ exp: inSeconds(-31) })), /has expired/],
  ["without an end", claims(() => ({ exp: undefined })), /claim exp is missing/],
  ["not valid yet", claims(() => ({ nbf: inSeconds(35) })), /claim nbf/],
  ["an end that is no number", claims(() => ({ exp: "tomorrow" })), /claim exp/],
  ["an id token by its type", () => issuer.sign({ header: { typ: "id+jwt" } }), /no access token/],
  ["an unknown key", () => issuer.sign({ header: { kid: "unknown" } }), /no key of its issuer/],
  [
    "another key by the same name",
    async () => issuer.sign({ key: (await generateKeyPair("RS256")).privateKey }),
    /no key of its issuer/,
  ],
  [
    "HS256 by the public key",
    () => issuer.sign({ header: { alg: "HS256" }, key: Buffer.from(issuer.pem) }),
    /algorithm is not allowed/,
  ],
  [
    "alg none",
    () => new UnsecuredJWT({ iss: issuerName, aud: audience, exp: inSeconds(600) }).encode(),
    /algorithm is not allowed/,
  ],
  ["a changed claim", async () => (await issuer.sign()).replace(/\.e[^.]*\./, ".eyJzdWIiOiJhIn0."), /no key/],
  ["no JWT", () => "a-fixed-token", /cannot be verified/],
  ["dots alone", () => "..", /cannot be verified/],
])("%s is refused", async (_what, token, reason) => {
  const reply = await users(await token());
  expect(reply.status).toBe(401);
  expect(reply.headers.get("www-authenticate")).toBe('Bearer error="invalid_token"');
  expect(reply.body.detail).toMatch(reason);
  expect((await users(await issuer.sign())).status).toBe(200);
});

const encoded = (json: string) => Buffer.from(json).toString("base64url");
test.each([
  ...["null", "[]", "7", '"RS256"', "{", "{}", '{"alg":["RS256"]}', '{"alg":"RS256","kid":{"__proto__":[]}}'],
  ...['{"alg":"RS256","kid":"RS256","crit":["x"],"x":1}', '{"alg":"RS256","kid":"RS256","b64":false}'],
  ...['{"alg":"ES256","kid":"RS256"}', '{"alg":"RS256"}', '{"alg":"RS256","typ":7,"kid":"RS256"}'],
  ...['{"alg":"RS256","jwk":{"kty":"oct","k":""}}', '{"alg":"dir","enc":"A256GCM"}'],
])("the header %s is no reason to fail", async (header) => {
  for (const rest of [`${encoded("{}")}.AA`, "..", `${encoded("null")}.${"A".repeat(342)}`])
    expect((await users(`${encoded(header)}.${rest}`)).status).toBe(401);
});

test.each(["null", "[]", "7", "{", ""])("the signed payload %j is no reason to fail", async (payload) => {
  const signed = new CompactSign(Buffer.from(payload)).setProtectedHeader({ alg: "RS256", kid: "RS256" });
  expect((await users(await signed.sign(issuer.privateKey("RS256")))).status).toBe(401);
});

test("clocks may differ by half a minute", async () => {
  expect((await users(await issuer.sign({ claims: { exp: inSeconds(-25) } }))).status).toBe(200);
  expect((await users(await issuer.sign({ claims: { nbf: inSeconds(25) } }))).status).toBe(200);
});

test.each<[claim: object, usersStatus: number, groupsStatus: number]>([
  [{ scope: "scim.users scim.groups" }, 200, 200],
  [{ scope: "openid scim.users" }, 200, 403],
  [{ scp: ["scim.groups"] }, 403, 200],
  [{ scp: "scim.users" }, 200, 403],
  [{ scope: "scim.usersx SCIM.groups" }, 403, 403],
  [{ scope: { "scim.users": true }, scp: 7 }, 403, 403],
  [{}, 403, 403],
])("the scope %j is enough for what it names", async (claim, usersStatus, groupsStatus) => {
  const token = await issuer.sign({ claims: { scope: undefined, ...claim } });
  const replies = [await users(token), await h.scim("GET", "/Groups", undefined, token)];
  expect(replies.map(({ status }) => status)).toEqual([usersStatus, groupsStatus]);
  const wanted = (scope: string) => `Bearer error="insufficient_scope", scope="${scope}"`;
  if (usersStatus === 403) expect(replies[0]?.headers.get("www-authenticate")).toBe(wanted("scim.users"));
  if (groupsStatus === 403) expect(replies[1]?.headers.get("www-authenticate")).toBe(wanted("scim.groups"));
});
