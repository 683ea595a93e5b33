/** Public keys as OpenSSH makes them, and what is none. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fingerprint, keyText, parseSshKey, parseSshKeys } from "../../policy/ssh-key.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-keys-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function made(type: string, bits: string): string {
  const file = join(folder, `${type}${bits}`);
  execFileSync("ssh-keygen", ["-q", "-t", type, "-b", bits, "-N", "", "-C", "of ada's laptop", "-f", file]);
  return readFileSync(`${file}.pub`, "utf8");
}

const field = (content: Buffer | string) => {
  const bytes = Buffer.from(content);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(bytes.length);
  return Buffer.concat([size, bytes]);
};
const key = (type: string, ...fields: (Buffer | string)[]) =>
  Buffer.concat([type, ...fields].map(field)).toString("base64");
const ed25519 = key("ssh-ed25519", Buffer.alloc(32, 7));

test.each([
  ["ed25519", "256"],
  ["ecdsa", "256"],
  ["ecdsa", "384"],
  ["ecdsa", "521"],
  ["rsa", "2048"],
  ["rsa", "3072"],
])("a key of ssh-keygen is taken: %s, %s bits", (type, bits) => {
  const text = made(type, bits);
  const parsed = parseSshKey(text);
  if (!parsed.ok) throw new Error(parsed.error);
  // the comment is dropped
  expect(keyText(parsed.value)).toBe(text.split(" ").slice(0, 2).join(" "));
  const listed = execFileSync("ssh-keygen", ["-l", "-f", join(folder, `${type}${bits}.pub`)], {
    encoding: "utf8",
  });
  expect(fingerprint(parsed.value)).toBe(listed.split(" ")[1]);
});

test("a key of a security key is taken", () => {
  const sk = "sk-ssh-ed25519@openssh.com";
  const text = `${sk} ${key(sk, Buffer.alloc(32, 7), "ssh:")}`;
  expect(parseSshKey(text)).toMatchObject({ ok: true, value: { type: sk } });
});

test.each([
  ["an option in front", `command="sh" ssh-ed25519 ${ed25519}`],
  ["options in front", `restrict,pty ssh-ed25519 ${ed25519}`],
  ["a second line", `ssh-ed25519 ${ed25519}\nssh-ed25519 ${ed25519}`],
  ["a line of options behind it", `ssh-ed25519 ${ed25519} x\ncommand="sh" ssh-ed25519 ${ed25519}`],
  ["a carriage return", `ssh-ed25519 ${ed25519}\rx`],
  ["a null", `ssh-ed25519 ${ed25519} \0`],
  ["another type within", `ssh-rsa ${ed25519}`],
  ["no base64", `ssh-ed25519 ${ed25519}!`],
  ["base64 in another form", `ssh-ed25519 ${ed25519.replace(/.$/, "")}`],
  ["bytes behind the key", `ssh-ed25519 ${key("ssh-ed25519", Buffer.alloc(32, 7), "more")}`],
  ["a key that is cut short", `ssh-ed25519 ${key("ssh-ed25519", Buffer.alloc(31, 7))}`],
  ["a length beyond the end", `ssh-ed25519 ${Buffer.from([0xff, 0xff, 0xff, 0xff, 1]).toString("base64")}`],
  ["DSA", `ssh-dss ${key("ssh-dss", "p", "q", "g", "y")}`],
  ["a certificate", `ssh-ed25519-cert-v01@openssh.com ${key("ssh-ed25519-cert-v01@openssh.com", "x")}`],
  ["a name of every object's", `constructor ${ed25519}`],
  [
    "a curve that is not its type's",
    `ecdsa-sha2-nistp256 ${key("ecdsa-sha2-nistp256", "nistp384", Buffer.alloc(97, 4))}`,
  ],
  [
    "an RSA key of 1023 bits and a zero",
    `ssh-rsa ${key("ssh-rsa", Buffer.from([1, 0, 1]), Buffer.alloc(256, 0))}`,
  ],
  ["a negative modulus", `ssh-rsa ${key("ssh-rsa", Buffer.from([1, 0, 1]), Buffer.alloc(256, 0xff))}`],
  ["nothing", ""],
])("%s is no key", (_, text) => {
  const parsed = parseSshKey(text);
  expect(parsed.ok).toBe(false);
  if (!parsed.ok) expect(parsed.error).not.toContain(ed25519);
});

test("an RSA key is told to be small by its bits", () => {
  expect(parseSshKey(made("rsa", "1024"))).toEqual({
    ok: false,
    error: "an RSA key of 1024 bits (expected 2048 or more)",
  });
});

test("what is no key keeps none beside it from being one, and each is there once", () => {
  const { keys, unfit } = parseSshKeys([
    `ssh-ed25519 ${ed25519} one`,
    "no key",
    `ssh-ed25519 ${ed25519} two`,
  ]);
  expect(keys).toEqual([{ type: "ssh-ed25519", blob: ed25519 }]);
  expect(unfit).toEqual([expect.stringMatching(/^key 2: it begins with no type of key/)]);
});
