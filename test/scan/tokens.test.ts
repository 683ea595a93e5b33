/** The rules for tokens with a form of their own, in any file. */
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { findingsIn } from "../../scan/scan.ts";
import { digest, generated, samples } from "./samples.ts";

const said = async (text: string, file = "/x/notes.md") =>
  (await findingsIn({ file, text })).map(({ at, message }) => `${at.line}:${at.column} ${message}`);

const pem = (key: KeyObject) => key.export({ type: "pkcs8", format: "pem" }).toString();
const reference = "(expected a reference such as ref+env://NAME)";

test.each([
  ["an Okta API token", `curl -H "Authorization: SSWS ${samples.okta}"`, 30],
  ["an Okta API token", `const token = "${samples.okta}";`, 16],
  ["an Okta API token", `OKTA_API_TOKEN=${samples.okta}`, 16],
  ["a Microsoft Entra client secret", `secret ${samples.entra}`, 8],
  ["a Microsoft Entra client secret", `client_secret=${samples.entra}&grant_type=x`, 15],
  ["a GitLab SCIM token", `token ${samples.gitlab}.`, 7],
  ["a signed JSON Web Token", `see ${samples.jwt}`, 5],
  ["a signed JSON Web Token", `Authorization: Bearer ${samples.jwt}`, 23],
  ["a bearer token", `Authorization: Bearer ${generated(32)}`, 23],
  ["a bearer token", `headers: { authorization: 'Bearer ${generated(32)}' }`, 35],
  ["a bearer token", `"authorization": "bearer ${digest()}"`, 26],
  ["a GitHub token", `token ${samples.github}`, 7],
  ["a user name and a password in a URL", `hg clone ${samples.basic}`, 10],
  ["a private key", samples.pem, 1],
  ["a private key", pem(generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey), 1],
  ["a private key", pem(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey), 1],
  ["a private key", pem(generateKeyPairSync("ed25519").privateKey), 1],
])("%s is found, once, without its value: %#", async (what, text, column) => {
  expect(await said(text)).toEqual([`1:${column} what looks like ${what} ${reference}`]);
});

test.each([
  ["a SHA-1", `00${digest().slice(0, 38)}`],
  ["a part of a digest", `sha256:00${digest().slice(0, 62)}`],
  ["hex of an Okta token's length", `00${digest().slice(0, 40)}`],
  ["a longer name", `00${"_some_constant".repeat(4)}`],
  ["Okta's stand-in", `SSWS 00${"x".repeat(40)}`],
  ["a variable", "Authorization: SSWS $" + "{OKTA_TOKEN}"],
  ["a short tilde", `abc8Q~${generated(20)}`],
  ["another GitLab prefix's name", "glsoat-<token>"],
  ["a JWT without a signature", samples.jwt.replace(/\.[^.]*$/, ".")],
  ["what only begins as a JWT", `eyJ${generated(20)}.eyJ${generated(20)}.${generated(20)}`],
  ["a bearer variable", "Authorization: Bearer $TOKEN_OF_THE_AGENT"],
  ["a bearer stand-in", `Authorization: Bearer your-${generated(20)}`],
  ["a bearer word", 'authorization: "Bearer a-token-of-another-host"'],
  ["a bearer that is joined", "authorization: `Bearer $" + "{await tokenOf(connector)}`"],
  ["a digest", `sha256: ${digest()}`],
])("%s is not reported", async (_, text) => {
  expect(await said(text)).toEqual([]);
});

test("no message repeats any part of a value", async () => {
  const text = fc.string({ unit: fc.constantFrom(...generated(62)), minLength: 40, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(
      text,
      fc.constantFrom("SSWS 00", "Authorization: Bearer ", "glsoat-"),
      async (value, before) => {
        const told = JSON.stringify(await findingsIn({ file: "/x/notes.md", text: before + value }));
        for (let at = 0; at + 6 <= value.length; at += 1) expect(told).not.toContain(value.slice(at, at + 6));
      },
    ),
    { numRuns: 200 },
  );
});
