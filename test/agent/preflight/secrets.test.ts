/** Secrets that something is wrong with: each is found before its release is active, and no part of a value is in what is said. */
import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SignJWT } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { PreflightCheck } from "../../../api/preflight.ts";
import { selfSignedCertificate } from "../../../x509/self-signed.ts";
import { alerting, Receiver, signingSecret } from "../alerts/receiver.ts";
import { type Harness, type ReleaseShape, startHarness } from "../harness.ts";
import { type Edit, expectTold, preflight, type Told } from "./world.ts";

const day = 86_400_000;
const start = Date.now();
let time = start;
let h: Harness;
let before: readonly PreflightCheck[];
const secrets = () => join(h.folder, "secrets");
/** Values that must stand in no answer. */
const values = new Set<string>();

beforeAll(async () => {
  h = await startHarness([], {}, { clock: () => time });
  h.config.references.push(`ref+file://${secrets()}/*`, `ref+file://${secrets()}`);
  mkdirSync(secrets());
  before = await preflight(h);
});
afterAll(() => h.stop());

const strong = () => randomBytes(24).toString("base64url");

/** A file with a secret, as only the agent reads it. */
function file(name: string, value: string, mode = 0o600): string {
  const path = join(secrets(), name);
  writeFileSync(path, value);
  chmodSync(path, mode);
  if (value.length >= 8) values.add(value);
  return `ref+file://${path}`;
}

/** Has the token of okta be elsewhere. */
const at =
  (...refs: (() => string)[]): Edit =>
  (release) => {
    release.secrets["okta-token"].refs = refs.map((ref) => ref());
  };

/** A second connector with a token of its own. */
function second(value: string): Edit {
  return (release) => {
    release.variables.SCIM_OTHER_URL = { type: "url", value: "https://127.0.0.1:7480/scim/other/v2" };
    release.variables.SCIM_OTHER_TOKEN = { type: "secret", secret: "other-token" };
    release.secrets["other-token"] = { refs: [file("other", value)] };
    release.connectors.other = {
      ...structuredClone(release.connectors.okta),
      endpoint: { var: "SCIM_OTHER_URL" },
      auth: { bearer: { var: "SCIM_OTHER_TOKEN" }, allow: ["groups", "users"] },
      groups: [],
    };
  };
}

const aJwt = async (end: number) =>
  new SignJWT({ sub: "okta" })
    .setProtectedHeader({ alg: "HS256" })
    .setExpirationTime(Math.floor(end / 1_000))
    .sign(randomBytes(32));

const token = "SCIM_AUTH_TOKEN";
const make = /openssl rand/;
const put = /put the secret where the reference points/;
const faults: readonly [what: string, edit: Edit | (() => Promise<Edit>), told: Told][] = [
  ["not set", at(() => "ref+env://SCIM_TEST_NOBODY"), { name: token, found: /not set/, mend: put }],
  [
    "empty in the environment",
    (release) => {
      process.env.SCIM_TEST_EMPTY = "";
      at(() => "ref+env://SCIM_TEST_EMPTY")(release);
    },
    { name: token, found: /is empty/, mend: put },
  ],
  [
    "no such file",
    at(() => `ref+file://${secrets()}/none`),
    { name: token, found: /no such file/, mend: put },
  ],
  ["an empty file", at(() => file("empty", "\n")), { name: token, found: /the file is empty/, mend: put }],
  ["a folder", at(() => `ref+file://${secrets()}`), { name: token, found: /it is a folder/, mend: put }],
  [
    "a reference that agent.yaml does not allow",
    at(() => "ref+env://PATH"),
    { name: token, found: /does not allow this reference/, mend: /ref\+env:\/\/PATH added to references/ },
  ],
  ["too short", at(() => file("short", "0a1b2c3d4e")), { name: token, found: /too short/, mend: make }],
  [
    "with Bearer before it",
    at(() => file("bearer", `Bearer ${strong()}`)),
    { name: token, found: /has spaces/, mend: make },
  ],
  [
    "with a second line",
    at(() => file("lines", `${strong()}\n\n`)),
    { name: token, found: /has spaces/, mend: make },
  ],
  [
    "one piece again and again",
    at(() => file("again", "abc123".repeat(6))),
    { name: token, found: /again and again/, mend: make },
  ],
  [
    "few different characters",
    at(() => file("few", "aaaaaaaaaaaaaaaabbbbbbbbbbbbbc")),
    { name: token, found: /few different/, mend: make },
  ],
  [
    "a sample",
    at(() => file("sample", "our-company-scim-changeme")),
    { name: token, found: /looks like a sample/, mend: make },
  ],
  [
    "an admin's",
    at(() => file("admin", h.tokens.deployer)),
    { name: token, found: /also the admin token deployer/, mend: make },
  ],
  [
    "that of another connector",
    (release) => second(h.tokens.scim)(release),
    { name: "SCIM_OTHER_TOKEN", found: /also that of connector/, mend: make },
  ],
  [
    "the same value for another use",
    (release) => {
      alerting(new Receiver(), { on: ["held"] })(release);
      at(() => file("twice", signingSecret))(release);
    },
    { name: token, found: /same value as secrets\.alert-secret/, mend: /make a new one for one of them/ },
  ],
  [
    "a file that is older than the lifetime",
    (release) => {
      const reference = file("old", strong());
      utimesSync(
        reference.replace("ref+file://", ""),
        (start - 40 * day) / 1_000,
        (start - 40 * day) / 1_000,
      );
      release.secrets["okta-token"] = { refs: [reference], lifetime: "30d" };
    },
    { name: token, found: /lifetime of 30d ended/, mend: /hgscim rotate local okta-token/ },
  ],
  [
    "a file whose lifetime ends soon",
    (release) => {
      const reference = file("older", strong());
      utimesSync(
        reference.replace("ref+file://", ""),
        (start - 25 * day) / 1_000,
        (start - 25 * day) / 1_000,
      );
      release.secrets["okta-token"] = { refs: [reference], lifetime: "30d" };
    },
    { name: token, found: /lifetime ends in 5 d/, mend: /hgscim rotate local okta-token/, state: "warning" },
  ],
  [
    "a JWT that has ended",
    async () => {
      const jwt = await aJwt(start - day);
      return at(() => file("jwt", jwt));
    },
    { name: token, found: /the JWT ended/, mend: /have a new JWT made/ },
  ],
  [
    "a JWT that ends soon",
    async () => {
      const jwt = await aJwt(start + 3 * day);
      return at(() => file("jwt", jwt));
    },
    { name: token, found: /the JWT ends in/, mend: /have a new JWT made/, state: "warning" },
  ],
  [
    "a certificate that has ended",
    at(() => file("pem", selfSignedCertificate({ now: start - 60 * day }).pem)),
    { name: token, found: /the certificate ended/, mend: /have a new certificate made/ },
  ],
  [
    "a file that everybody may read",
    at(() => file("open", strong(), 0o644)),
    { name: token, found: /everybody on the agent's host/, mend: /chmod o= /, state: "warning" },
  ],
  [
    "a key that signs nothing",
    (release) => {
      alerting(new Receiver(), { on: ["held"] })(release);
      release.secrets["alert-secret"].refs = [file("unsigned", strong())];
    },
    { name: "ALERT_SECRET", found: /no key to sign by/, mend: /whsec_/ },
  ],
  [
    "a webhook that is no address",
    (release) => {
      alerting(new Receiver(), { on: ["held"] })(release);
      release.secrets["alert-webhook"].refs = [file("hook", "hooks.example.com/T0/B0/x")];
    },
    { name: "ALERT_WEBHOOK", found: /no address/, mend: /the address of the webhook/ },
  ],
];

test.each(faults)("a secret is %s", async (_, made, told) => {
  const edit = made.length === 0 ? await (made as () => Promise<Edit>)() : (made as Edit);
  const checks = await preflight(h, edit);
  expectTold(checks, before, told);
  const text = JSON.stringify(checks);
  for (const value of [...values, ...Object.values(h.tokens)]) expect(text).not.toContain(value);
});

test("a value is as old as the agent knows it, wherever it lies", async () => {
  await h.deploy(
    await h.release((release: ReleaseShape) => (release.secrets["okta-token"].lifetime = "30d")),
  );
  const edit: Edit = (release) =>
    (release.secrets["okta-token"] = { refs: [file("moved", h.tokens.scim)], lifetime: "30d" });
  const age = (checks: readonly PreflightCheck[]) => checks.find(({ what }) => what.startsWith("age of"));
  expect(age(await preflight(h, edit))?.found).toMatch(/its lifetime ends/);
  time += 31 * day;
  expect(age(await preflight(h, edit))).toMatchObject({
    state: "failed",
    name: token,
    entry: "secrets.okta-token",
  });
  time = start;
});

test("two slots: the same value in both is at rest, and one in which nothing is waits for the next", async () => {
  const slots = at(
    () => file("first", h.tokens.scim),
    () => `ref+file://${join(secrets(), "next")}`,
  );
  const of = async (what: RegExp) =>
    (await preflight(h, slots)).filter((check) => check.name === token && what.test(check.what));
  expect(await of(/^value of .*next/)).toMatchObject([
    { state: "ok", found: "nothing is there: the next value comes there" },
  ]);
  file("next", h.tokens.scim);
  const use = await of(/^use of/);
  expect(use).toMatchObject([{ state: "ok" }, { state: "ok" }]);
  expect(use[0]?.found).toMatch(/next has it too: nothing is being rotated$/);
  // a folder that is not there is a mistake
  const nowhere = at(
    () => file("first", h.tokens.scim),
    () => `ref+file://${join(secrets(), "none", "next")}`,
  );
  const checks = await preflight(h, nowhere);
  expect(checks.filter(({ what }) => what.startsWith("value of"))).toMatchObject([
    { state: "ok" },
    { state: "failed" },
  ]);
  rmSync(join(secrets(), "next"));
});

test("a reader has nothing looked at that the active release does not name, and no secret is tried out", async () => {
  const release: Edit = at(() => file("readers", strong()));
  const checks = await preflight(h, release, h.tokens.reader);
  const [value] = checks.filter(({ what }) => what.startsWith("value of"));
  expect(value).toMatchObject({
    state: "unknown",
    found: expect.stringContaining("expected a deployer's token"),
  });
  rmSync(join(secrets(), "readers"));
  // nor says whether the file is there
  const again = await preflight(h, release, h.tokens.reader);
  expect(again.filter(({ what }) => what.startsWith("value of"))).toHaveLength(1);
  expect(
    (await preflight(h, undefined, h.tokens.reader)).find(({ what }) => what.startsWith("value of"))?.state,
  ).toBe("ok");
});

test("keyed hashes say which values two releases share, and nothing of one that can be guessed", async () => {
  const key = randomBytes(32).toString("hex");
  const prints = async (edit: Edit | undefined, token: string, of = key) => {
    const release = edit && (await h.release(edit));
    const body = { key: of, release: release ?? null };
    return (await h.admin("POST", "/fingerprints", { body, token })).body.fingerprints;
  };
  const [own] = await prints(undefined, h.tokens.reader);
  expect(own).toMatchObject({ secret: "okta-token", hmac: expect.stringMatching(/^[0-9a-f]{64}$/) });
  const copy = at(() => file("copy", h.tokens.scim));
  expect((await prints(copy, h.tokens.deployer))[0].hmac).toBe(own.hmac);
  expect((await prints(undefined, h.tokens.reader, randomBytes(32).toString("hex")))[0].hmac).not.toBe(
    own.hmac,
  );
  expect(await prints(copy, h.tokens.reader)).toEqual([]);
  expect(
    await prints(
      at(() => file("weak", "changeme-changeme")),
      h.tokens.deployer,
    ),
  ).toEqual([]);
  const refused = await h.admin("POST", "/fingerprints", { body: { key: "x", release: null } });
  expect([refused.status, refused.body.error.problems]).toEqual([
    400,
    [expect.stringContaining("64 hexadecimal")],
  ]);
});
