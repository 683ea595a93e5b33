/** Servers that a release names and that something is wrong with: each is found before the release is active, by its variable. */
import { generateKeyPairSync } from "node:crypto";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair } from "jose";
import { SMTPServer } from "smtp-server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AgentConfig } from "../../../agent/config.ts";
import type { PreflightCheck } from "../../../api/preflight.ts";
import { type Harness, type ReleaseShape, startHarness } from "../harness.ts";
import { json, Servers } from "./servers.ts";
import { type Edit, expectTold, preflight, type Told } from "./world.ts";

const day = 86_400_000;
const servers = new Servers();
const origins: Record<string, string> = {};
let smtp: SMTPServer;
let h: Harness;
let before: readonly PreflightCheck[];
let keys: { readonly keys: readonly object[] };

beforeAll(async () => {
  const { publicKey } = await generateKeyPair("RS256", { extractable: true });
  keys = { keys: [{ ...(await exportJWK(publicKey)), kid: "one", use: "sig" }] };
  const short = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey.export({ format: "jwk" });
  const answers = json({ "/keys": keys });
  const add = async (name: string, origin: Promise<string>) => {
    origins[name] = await origin;
  };
  await add("good", servers.tls(well(() => origins.good ?? "")));
  await add("expired", servers.tls(answers, { now: Date.now() - 60 * day }));
  await add("early", servers.tls(answers, { now: Date.now() + 2 * day }));
  await add("untrusted", servers.tls(answers, { trust: false }));
  await add("other host", servers.tls(answers, { hosts: ["login.example.org"] }));
  await add("ending", servers.tls(answers, { lifetime: 5 * day }));
  await add("no TLS", servers.plain(answers));
  await add("closed", servers.closed());
  await add("silent", servers.silent());
  const hour = { date: new Date(Date.now() + 3_600_000).toUTCString() };
  await add("ahead", servers.plain(json({ "/keys": keys }, hour)));
  await add(
    "late",
    servers.plain(json({ "/keys": keys }, { date: new Date(Date.now() - 120_000).toUTCString() })),
  );
  await add(
    "broken",
    servers.plain((_, response) => response.writeHead(500).end()),
  );
  await add(
    "elsewhere",
    servers.plain((_, response) => response.writeHead(302, { location: "https://sso/" }).end()),
  );
  await add(
    "odd",
    servers.plain(
      json({
        "/none": { keys: [] },
        "/text": "<html>",
        "/encrypts": { keys: [{ ...keys.keys[0], use: "enc" }] },
        "/short": { keys: [short] },
        "/secret": { keys: [{ kty: "oct", k: "AAAA" }] },
      }),
    ),
  );
  smtp = new SMTPServer({
    allowInsecureAuth: true,
    disabledCommands: ["STARTTLS"],
    onAuth: ({ password }, _session, done) =>
      password === "right-password" ? done(null, { user: "agent" }) : done(new Error("no")),
  });
  await new Promise<void>((done) => smtp.listen(0, "127.0.0.1", done));
  h = await startHarness([], { egress: ["*.invalid", ...servers.hosts] }, { authorities: servers.trusted });
  before = await preflight(h, trusting());
});
afterAll(async () => {
  await h.stop();
  await servers.stop();
  await new Promise<void>((done) => smtp.close(done));
});

/** An issuer that is as it is declared; `origin` is known once it listens. */
function well(origin: () => string, metadata: object = {}) {
  return (...args: Parameters<ReturnType<typeof json>>) =>
    json({
      "/keys": keys,
      "/.well-known/openid-configuration": {
        ...{
          issuer: origin(),
          jwks_uri: `${origin()}/keys`,
          scopes_supported: ["scim.users", "scim.groups"],
        },
        ...metadata,
      },
    })(...args);
}

/** A connector that takes signed tokens; its variables are changed by what is given. */
function trusting(values: Readonly<Record<string, string>> = {}, scopes?: object): Edit {
  return (release: ReleaseShape) => {
    const { issuer = origins.good, jwks = `${origins.good}/keys` } = values;
    Object.assign(release.variables, {
      SCIM_ISSUER: { type: "url", value: issuer, owner: "identity" },
      SCIM_AUDIENCE: { type: "string", value: "api://hgscim" },
      SCIM_KEYS: { type: "url", value: jwks },
    });
    const oauth = {
      issuer: { var: "SCIM_ISSUER" },
      audience: { var: "SCIM_AUDIENCE" },
      jwks: { var: "SCIM_KEYS" },
    };
    release.connectors.okta.auth = {
      oauth: { ...oauth, ...(scopes && { scopes }) },
      allow: ["groups", "users"],
    };
    delete release.variables.SCIM_AUTH_TOKEN;
    release.secrets = {};
  };
}

/** Alerts to an address that is no secret. */
function alertsAt(url: () => string): Edit {
  return (release: ReleaseShape) => {
    trusting()(release);
    release.variables.ALERT_WEBHOOK = { type: "url", value: url(), owner: "on-call" };
    release.settings.alerts = [{ to: { var: "ALERT_WEBHOOK" }, on: ["held"] }];
  };
}

function mailTo(address: string): Edit {
  return (release: ReleaseShape) => {
    trusting()(release);
    release.variables.ALERT_MAIL = { type: "string", value: address };
    release.settings.alerts = [{ to: { var: "ALERT_MAIL" }, on: ["held"] }];
  };
}

/** The agent starts with an e-mail server of the host's own. */
async function mailBy(password: string, server?: string): Promise<void> {
  process.env.TEST_PREFLIGHT_MAIL = password;
  const mail = {
    server: server ?? `127.0.0.1:${(smtp.server.address() as AddressInfo).port}`,
    ...{ tls: "off", from: { address: "hgscim@example.com" }, to: ["*@example.com"] },
    auth: { user: "agent", password: "ref+env://TEST_PREFLIGHT_MAIL" },
  };
  (h.config as { mail?: unknown }).mail = AgentConfig.shape.mail.parse(mail);
  await h.restart();
}

const keysAt =
  (name: string, path = "/keys"): Edit =>
  (release) =>
    trusting({ jwks: `${origins[name]}${path}` })(release);
const jwks = "SCIM_KEYS";
const hook = "ALERT_WEBHOOK";
const faults: readonly [what: string, edit: Edit, told: Told][] = [
  [
    "no such host",
    (release) => trusting({ jwks: "https://login.invalid/keys" })(release),
    { name: jwks, found: /login\.invalid: (no such host|its name cannot)/, mend: /correct the host/ },
  ],
  [
    "nobody there",
    keysAt("closed"),
    { name: jwks, found: /nothing listens there/, mend: /start the server/ },
  ],
  [
    "a host that agent.yaml does not allow",
    (release) => trusting({ jwks: "https://evil.example.net/keys" })(release),
    { name: jwks, found: /does not allow to connect to evil/, mend: /added to egress/ },
  ],
  [
    "a certificate that has ended",
    keysAt("expired"),
    { name: jwks, found: /certificate ended .* ago/, mend: /renewed/ },
  ],
  [
    "a certificate of the future",
    keysAt("early"),
    { name: jwks, found: /valid from .* on/, mend: /clock of this host/ },
  ],
  [
    "a certificate that signed itself",
    keysAt("untrusted"),
    { name: jwks, found: /signed by itself/, mend: /NODE_EXTRA_CA_CERTS/ },
  ],
  [
    "a certificate for another host",
    keysAt("other host"),
    { name: jwks, found: /is for .*login\.example\.org/, mend: /correct the host/ },
  ],
  [
    "a certificate that ends soon",
    keysAt("ending"),
    { name: jwks, found: /ends in (5 d|4 d 23 h)/, mend: /renewed before/, state: "warning" },
  ],
  [
    "no TLS where it is expected",
    (release) => trusting({ jwks: `${origins["no TLS"]?.replace("http:", "https:")}/keys` })(release),
    { name: jwks, found: /does not speak TLS/, mend: /correct the port/ },
  ],
  [
    "a clock an hour ahead",
    keysAt("ahead"),
    { name: jwks, found: /1 h( \d+ s)? ahead of|59 min.* ahead of/, mend: /by NTP/ },
  ],
  ["no key", keysAt("odd", "/none"), { name: jwks, found: /has no key/, mend: /make a signing key/ }],
  ["no set of keys", keysAt("odd", "/text"), { name: jwks, found: /no set of keys/, mend: /jwks_uri/ }],
  ["no keys at that path", keysAt("odd", "/nothing"), { name: jwks, found: /answers 404/, mend: /jwks_uri/ }],
  ["a redirect", keysAt("elsewhere"), { name: jwks, found: /sends elsewhere \(302/, mend: /jwks_uri/ }],
  [
    "keys that encrypt alone",
    keysAt("odd", "/encrypts"),
    { name: jwks, found: /none of its 1 keys .* for enc/, mend: /sign by such a key/ },
  ],
  [
    "keys that are too short",
    keysAt("odd", "/short"),
    { name: jwks, found: /RSA of 1024 bits/, mend: /sign by such a key/ },
  ],
  [
    "a shared secret in place of a key",
    keysAt("odd", "/secret"),
    { name: jwks, found: /none of its 1 keys .*oct/, mend: /sign by such a key/ },
  ],
  [
    "the issuer of another tenant",
    (release) => trusting({ issuer: `${origins.good}/` })(release),
    { name: "SCIM_ISSUER", found: /calls itself .* and SCIM_ISSUER is/, mend: /give SCIM_ISSUER the value/ },
  ],
  [
    "another issuer's keys",
    keysAt("ahead"),
    { name: "SCIM_ISSUER", found: /its keys are at .* and SCIM_KEYS is/, mend: /give SCIM_KEYS the value/ },
  ],
  [
    "a scope that is revoked",
    (release) => trusting({}, { users: "scim.users", groups: "scim.teams" })(release),
    { name: "SCIM_ISSUER", found: /gives no scope scim\.teams/, mend: /have the scope made/ },
  ],
  [
    "no metadata",
    (release) => trusting({ issuer: origins.ending ?? "" })(release),
    { name: "SCIM_ISSUER", found: /no metadata/, mend: /claim iss/, state: "warning" },
  ],
  [
    "alerts to nobody",
    alertsAt(() => `${origins.closed}/hook`),
    { name: hook, found: /nothing listens there/, mend: /start the server/ },
  ],
  [
    "alerts to a certificate that has ended",
    alertsAt(() => `${origins.expired}/hook`),
    { name: hook, found: /certificate ended/, mend: /renewed/ },
  ],
  [
    "alerts to a host that is not allowed",
    alertsAt(() => "https://evil.example.net/hook"),
    { name: hook, found: /does not allow to connect/, mend: /egress/ },
  ],
  [
    "alerts to a server that fails",
    alertsAt(() => `${origins.broken}/hook`),
    { name: hook, found: /answers 500/, mend: /receiver's log/, state: "warning" },
  ],
  [
    "alerts to whom it is two minutes ago",
    alertsAt(() => `${origins.late}/hook`),
    { name: hook, found: /2 min.* behind/, mend: /by NTP/, state: "warning" },
  ],
  [
    "alerts by e-mail without a server",
    mailTo("ann@example.com"),
    { name: "ALERT_MAIL", found: /does not allow e-mails to ann/, mend: /mail in agent\.yaml/ },
  ],
];

test.each(faults)("%s", async (_, edit, told) => {
  expectTold(await preflight(h, edit), before, told);
});

const mailFaults: readonly [
  what: string,
  address: string,
  by: () => Promise<void>,
  told: Omit<Told, "name">,
][] = [
  [
    "alerts to an address that is not allowed",
    "eve@example.org",
    () => mailBy("right-password"),
    { found: /does not allow e-mails to eve/, mend: /mail in agent\.yaml/ },
  ],
  [
    "an e-mail server that does not take the password",
    "ann@example.com",
    () => mailBy("wrong-password"),
    { found: /does not take the password \(EAUTH/, mend: /correct mail\.auth/ },
  ],
  [
    "an e-mail server that is away",
    "ann@example.com",
    () => mailBy("right-password", origins.closed?.replace("http://localhost", "127.0.0.1")),
    { found: /cannot be reached/, mend: /let this host reach it/ },
  ],
];

test.each(mailFaults)("%s", async (_, address, by, told) => {
  await by();
  expectTold(await preflight(h, mailTo(address)), before, { name: "ALERT_MAIL", ...told });
});

test("what is as it must be is said to be so", async () => {
  await mailBy("right-password");
  const checks = await preflight(h, (release) => {
    alertsAt(() => `${origins.good}/hook`)(release);
    release.variables.ALERT_MAIL = { type: "string", value: "ann@example.com" };
    release.settings.alerts.push({ to: { var: "ALERT_MAIL" }, on: ["held"] });
  });
  const well = checks.filter(({ subject }) => ["issuer", "endpoint"].includes(subject));
  expect(well.map(({ name, state, owner }) => [name, state, owner])).toEqual([
    ["ALERT_WEBHOOK", "ok", "on-call"],
    ["ALERT_MAIL", "ok", undefined],
    ["SCIM_KEYS", "ok", undefined],
    ["SCIM_ISSUER", "ok", "identity"],
  ]);
  expect(well[2]?.found).toMatch(/^localhost:\d+ answers 200; certificate until .*; clocks agree$/);
});

test("of a webhook the host alone is asked, and never the path", async () => {
  const asked: string[] = [];
  const origin = await servers.plain(({ method, url }, response) => {
    asked.push(`${method} ${url}`);
    response.end();
  });
  h.config.egress?.push(new URL(origin).host);
  process.env.SCIM_TEST_HOOK = `${origin}/T0/B0/a-secret-path`;
  const edit: Edit = (release) => {
    alertsAt(() => "")(release);
    release.variables.ALERT_WEBHOOK = { type: "secret", secret: "hook" };
    release.secrets.hook = { refs: ["ref+env://SCIM_TEST_HOOK"] };
  };
  const checks = await preflight(h, edit);
  expect(checks.find(({ subject }) => subject === "endpoint")?.state).toBe("ok");
  expect(asked).toEqual(["HEAD /"]);
  expect(JSON.stringify(checks)).not.toContain("a-secret-path");
  // a plan's reader has nobody new asked
  const [readers] = (await preflight(h, edit, h.tokens.reader)).filter(({ what }) => what.startsWith("keys"));
  expect(readers?.state).toBe("unknown");
  expect(asked).toHaveLength(1);
});

test("where nobody answers, that is said in bounded time, and the rest all the same", async () => {
  const checks = await preflight(h, (release) => {
    trusting({ jwks: `${origins.silent}/keys`, issuer: origins.silent ?? "" })(release);
    release.variables.ALERT_WEBHOOK = { type: "url", value: `${origins.silent}/hook` };
    release.settings.alerts = [{ to: { var: "ALERT_WEBHOOK" }, on: ["held"] }];
  });
  const silent = checks.filter(({ found }) => /does not answer within 4 s/.test(found));
  expect(new Set(silent.map(({ name }) => name))).toEqual(
    new Set(["ALERT_WEBHOOK", "SCIM_KEYS", "SCIM_ISSUER"]),
  );
  expect(checks.some(({ subject }) => subject === "set")).toBe(true);
});
