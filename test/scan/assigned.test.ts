/** Generated values behind names that say secret, in files that configure something. */
import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { looksRandom } from "../../scan/randomness.ts";
import { findingsIn } from "../../scan/scan.ts";
import { digest, generated, samples } from "./samples.ts";

const found = async (file: string, text: string) =>
  (await findingsIn({ file: `/x/${file}`, text })).map(({ at, rule }) => `${at.line}:${at.column} ${rule}`);

const value = generated(32);

test.each([
  ["agent.yaml", `token: ${value}`, 8],
  ["agent.yaml", `token: "${value}" # of the agent`, 9],
  ["agent.yaml", `auth: { bearerToken: '${value}', tls: true }`, 23],
  ["agent.yml", `  client_secret: ${generated(20)}`, 18],
  ["package.json", `{ "oktaToken": "${value}" }`, 17],
  [".env", `OKTA_API_KEY=${value}`, 14],
  [".env.local", `export DB_PASSWORD='${generated(20)}'`, 21],
  ["prod.tfvars", `scim_token = "${value}"`, 15],
  ["hgrc", `corp.password = ${value}`, 17],
  ["app.properties", `signing.key=${digest()}`, 13],
  ["app.toml", `secret_key = "${Buffer.from(digest(), "hex").toString("base64")}"`, 15],
  ["app.yaml", `args: --name=agent --token=${value}`, 28],
  ["app.json", `{ "command": "agent -Dpassword=${value} start" }`, 32],
  ["app.ini", `password1 = ${generated(6)}$${generated(5, "b")}!${generated(6, "c")}`, 13],
  ["app.yaml", `token: ${digest().replace(/(.{8})(.{4})(.{4})(.{4})(.{12}).*/, "$1-$2-$3-$4-$5")}`, 8],
])("%s: %#", async (file, text, column) => {
  expect(await found(file, `first: line\n${text}`)).toEqual([`2:${column} hgscim/assigned-secret`]);
});

test.each([
  ["a reference", "token: ref+env://HGSCIM_TOKEN_OF_PRODUCTION_2026x"],
  ["a file reference", "token: ref+file:///run/secrets/hgscim-Token9aB3xZ"],
  ["an interpolation", `token: $\{{ secrets.${value} }}`],
  ["a shell variable", "token: $HGSCIM_TOKEN_9aB3xZ7qLm2"],
  ["a template", `token: "{{ .Values.${value} }}"`],
  ["a stand-in", `token: <the token ${value}>`],
  ["a stand-in", `token: example-${value}`],
  ["a stand-in", "password: xxxxxxxxxxxxxxxxxxxxxxxx"],
  ["a digest", `token: sha256:${digest()}`],
  ["the digest of a token", `tokens: [{ name: ci, sha256: ${digest()} }]`],
  ["a password's hash", `password: $2b$12$${generated(53)}`],
  ["a name", "secret: hgscim-production-scim-token-v2"],
  ["a camelCase name", "key: getTokenOfConnectorByName2"],
  ["a path", "key: /etc/hgscim/tls/9aB3xZ7qLm2.pem"],
  ["a resource", "args: --kms-key=projects/my-project/locations/us/keyRings/my-kr/cryptoKeys/my-key"],
  ["a URL", "token: https://id.corp.test/oauth2/v1/token9aB3xZ"],
  ["a public key", `public_key: ${value}`],
  ["a UUID that names", "key: 3f2a9c10-77aa-4e0e-9b1d-2c6f0a1b9d3e"],
  ["a sentence", "password: the one that you were given in 2026"],
  ["a short one", "password: hunter2"],
  ["another name", `revision: ${digest()}`],
  ["a file's name", `token_file: ${value}`],
])("%s is not reported", async (_, text) => {
  expect(await found("agent.yaml", text)).toEqual([]);
});

test("source code assigns what it likes", async () => {
  expect(await found("agent.ts", `token: ${value}`)).toEqual([]);
});

test("the rule with the better name tells", async () => {
  const text = `token: ${samples.okta}\nsecret: ${samples.entra}\njwt_token: ${samples.jwt}`;
  expect(await found("agent.yaml", text)).toEqual([
    "1:8 hgscim/okta-token",
    "2:9 hgscim/entra-client-secret",
    "3:12 hgscim/jwt",
  ]);
});

test("nearly everything that a generator makes looks random", () => {
  for (const encoding of ["hex", "base64", "base64url"] as const) {
    const values = Array.from({ length: 1000 }, () => randomBytes(32).toString(encoding));
    expect(values.filter(looksRandom).length).toBeGreaterThan(980);
  }
});
