/** Credentials in forms of their own: keys as PEM, tokens with a prefix, passwords that files of programs hold. */
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { expect, test } from "vitest";
import { findingsIn } from "../../scan/scan.ts";
import { generated, samples } from "./samples.ts";

const found = async (text: string) =>
  (await findingsIn({ file: "/x/notes.md", text })).map(
    ({ at, message, rule }) => `${at.line}:${at.column} ${rule}: ${/like (.*) \(/.exec(message)?.[1]}`,
  );

const ec = (namedCurve: string) => generateKeyPairSync("ec", { namedCurve }).privateKey;
const key = ec("P-256");
const text = (exported: string | Buffer) => exported.toString();
const sec1 = (of: KeyObject) => text(of.export({ type: "sec1", format: "pem" }));
const locked = { format: "pem", cipher: "aes-256-cbc", passphrase: "of the test" } as const;
const begin = (label: string) => `-----BEGIN ${label}-----`;
const end = (label: string) => `-----END ${label}-----`;
const pgp = `PGP ${"PRIVATE"} KEY BLOCK`;

test.each([
  ["SEC1", sec1(key)],
  ["SEC1 of another curve", sec1(ec("secp384r1"))],
  ["SEC1 in JSON", JSON.stringify(sec1(key)).slice(1, -1)],
  ["SEC1, indented", sec1(key).replaceAll("\n", "\n    ")],
  ["encrypted PKCS #8", text(key.export({ type: "pkcs8", ...locked }))],
  ["encrypted SEC1", text(key.export({ type: "sec1", ...locked }))],
  ["Ed25519", text(generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }))],
  ["OpenPGP", `${begin(pgp)}\nVersion: GnuPG v2\n\nlQ${generated(90)}\n=aB3d\n${end(pgp)}\n`],
])("a private key is found, once: %s", async (_, pem) => {
  expect(await found(`first\n${pem}`)).toEqual([expect.stringMatching(/^2:1 .*: a private key$/)]);
});

test.each([
  ["a public key", text(generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "pem" }))],
  ["a stand-in", sec1(key).replace(/\n.*\n/, "\n...\n")],
  [
    "words",
    `${begin(`EC ${"PRIVATE"} KEY`)}\n${"your key goes here ".repeat(5)}\n${end(`EC ${"PRIVATE"} KEY`)}`,
  ],
  ["a key that is cut", sec1(key).replace(/\n.{30}/, "\n")],
])("no private key: %s", async (_, pem) => {
  expect(await found(pem)).toEqual([]);
});

const gitlab = (prefix: string) => `gl${prefix}-${generated(20)}`;
const google = `GOC${"SPX-"}${generated(28)}`;

test.each([
  ["gitlab-token: a GitLab token", samples.gitlabPersonal],
  ["gitlab-token: a GitLab token", gitlab("dt")],
  ["gitlab-token: a GitLab token", gitlab("rt")],
  ["gitlab-token: a GitLab token", `gl${"pat-"}${generated(27)}.01.${generated(9)}`],
  ["google-key: a Google API key or client secret", samples.google],
  ["google-key: a Google API key or client secret", google],
  ["stripe-key: a Stripe key", samples.stripe],
  ["stripe-key: a Stripe key", samples.stripe.replace("sk", "rk")],
  ["stripe-key: a Stripe key", `whs${"ec_"}${generated(32)}`],
  ["vault-token: a Vault token", samples.vault],
  ["vault-token: a Vault token", samples.vault.replace("s.", "b.")],
  ["azure-key: an Azure access key", samples.azure, "AccountName=x;AccountKey="],
  ["azure-key: an Azure access key", `${generated(43)}=`, "SharedAccessKeyName=x;SharedAccessKey="],
  ["basic-auth: a user name and a password in base64", samples.auth, '"auths": {"hub.corp.test": {"auth": "'],
  ["basic-auth: a user name and a password in base64", samples.auth, "//npm.corp.test/:_auth="],
  ["basic-auth: a user name and a password in base64", samples.auth, "Authorization: Basic "],
  ["netrc: a password for a machine", "tr0ub4dor&3", "machine hg login ada password "],
  ["netrc: a password for a machine", "tr0ub4dor&3", "machine hg.corp.test password "],
  ["netrc: a password for a machine", "tr0ub4dor&3", "default login ada account dev password "],
  ["exported-secret: an exported secret", generated(24), "export OKTA_API_TOKEN="],
  ["exported-secret: an exported secret", generated(24), "docker run -e DB_PASSWORD="],
  ["exported-secret: an exported secret", generated(24), '$env:DB_PASSWORD = "'],
  ["exported-secret: an exported secret", generated(24), "set -gx DB_PASSWORD "],
])("%s is found, once: %#", async (what, value, before = "see ") => {
  const after = before.includes('"') ? '"' : "\n";
  expect(await found(`first\n${before}${value}${after}`)).toEqual([`2:${before.length + 1} hgscim/${what}`]);
});

test("the words of .netrc may stand in lines of their own", async () => {
  const netrc = `machine hg.corp.test\n  login ada\n  password ${"tr0ub4dor&3"}\n`;
  expect(await found(netrc)).toEqual(["3:12 hgscim/netrc: a password for a machine"]);
});

const basic = (pair: string) => Buffer.from(pair).toString("base64");

test.each([
  ["a GitLab stand-in", `gl${"pat-"}${"x".repeat(20)}`],
  ["a GitLab name", `gl${"pat-"}name-of-the-token-of-production`],
  ["a Google stand-in", `AI${"za"}${"your-key".padEnd(35, "y")}`],
  ["a longer word", `AI${"za"}${generated(50)}`],
  ["a Stripe stand-in", `sk${"_live_"}${"replace_me".repeat(3)}`],
  ["Stripe's test mode", `sk${"_test_"}${generated(24)}`],
  ["a property", "hvs.theLongestNameThatAPropertyEverHad"],
  ["a Vault stand-in", `hvs.${"example".repeat(5)}`],
  ["Azurite's account", `AccountKey=Eby8vdM0${generated(78)}==`],
  ["an Azure variable", "AccountKey=$" + "{ACCOUNT_KEY}"],
  ["a Docker helper", '{"auths": {"hub.corp.test": {}}, "credsStore": "pass"}'],
  ["another auth", '"auth": "required"'],
  ["a documented pair", `"auth": "${basic("username:password")}"`],
  ["RFC 7617's own", `Authorization: Basic ${basic("Aladdin:open sesame")}`],
  ["a Basic variable", "Authorization: Basic $CREDENTIALS_OF_HG"],
  ["a documented .netrc", "machine hg.corp.test login ada password …"],
  ["a .netrc stand-in", "machine HOST login USER password PASSWORD"],
  ["a .netrc variable", "machine hg.corp.test login ada password $HG_PASSWORD"],
  ["a .netrc reference", "machine hg.corp.test login ada password ref+env://HG_PASSWORD"],
  ["an anonymous login", "default login anonymous password user@site"],
  ["prose", "The machine has a login, and a password protects it."],
  ["an exported reference", "export OKTA_TOKEN=ref+env://OKTA_TOKEN_OF_PRODUCTION_9aB3xZ"],
  ["an exported command", "export OKTA_TOKEN=$(pass show okta/9aB3xZ7qLm2)"],
  ["an exported variable", "export OKTA_TOKEN=$OKTA_TOKEN_9aB3xZ7qLm2"],
  ["an exported stand-in", "export OKTA_TOKEN=<your-token-of-okta-9aB3xZ>"],
  ["an exported public name", `export OKTA_PUBLIC_KEY=${generated(24)}`],
  ["another exported name", `export REVISION=${generated(24)}`],
])("%s is not reported", async (_, line) => {
  expect(await found(line)).toEqual([]);
});
