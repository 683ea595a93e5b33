/** What a file is before anybody reads YAML in it: its kind, its size, its encoding. And text that Terraform would read. */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { digest, digestsOf } from "../../model/digest.ts";
import { loadEnvironment } from "../../model/load.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-source-"));
  mkdirSync(join(folder, "environments"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const small = `delivery:
  agent: { url: "http://127.0.0.1:7443", token: ref+env://HGSCIM_TOKEN }
`;

function write(content: string | Uint8Array, name = "one.yaml"): string {
  const file = join(folder, "environments", name);
  writeFileSync(file, content);
  return file;
}

async function problems(file: string): Promise<string[]> {
  const loaded = await loadEnvironment(file);
  return loaded.ok ? [] : loaded.error.map(({ at, message }) => `${at.line}:${at.column} ${message}`);
}

const utf16 = Buffer.from(`\uFEFF${small}`, "utf16le");

test.each<[string, string | Uint8Array, string[]]>([
  ["a byte order mark", `\uFEFF${small}`, []],
  ["lines that end in CRLF", small.replaceAll("\n", "\r\n"), []],
  [
    "lines that end in CR",
    small.replaceAll("\n", "\r"),
    ["1:10 a carriage return alone (expected lines that end in LF or CRLF)"],
  ],
  ["UTF-16, little end first", utf16, ["1:1 UTF-16 text (expected UTF-8)"]],
  ["UTF-16, big end first", Buffer.from(utf16).swap16(), ["1:1 UTF-16 text (expected UTF-8)"]],
  ["UTF-16 without a byte order mark", Buffer.from(small, "utf16le"), ["1:1 UTF-16 text (expected UTF-8)"]],
  [
    "Latin-1",
    Buffer.from(`${small}description: Zürich\n`, "latin1"),
    ["3:15 the byte 0xFC is not UTF-8 (expected the file to be saved as UTF-8)"],
  ],
  [
    "UTF-8 that is cut off",
    Buffer.from(`${small}description: Zürich`).subarray(0, small.length + 15),
    ["3:15 the byte 0xC3 is not UTF-8 (expected the file to be saved as UTF-8)"],
  ],
  [
    "a byte that is none of UTF-8 behind a character of three bytes",
    Buffer.concat([Buffer.from(`${small}description: "€\uFFFD`), Buffer.from([0xef, 0x22])]),
    ["3:17 the byte 0xEF is not UTF-8 (expected the file to be saved as UTF-8)"],
  ],
  ["NUL", `${small}description: a\0b\n`, ["3:15 a control character, U+0000 (expected printable text)"]],
])("%s", async (_, content, expected) => {
  expect(await problems(write(content))).toEqual(expected);
});

test("what is no regular file is not read", async () => {
  expect(await problems(join(folder, "environments"))).toEqual([
    "1:1 a folder (expected a file, such as environments/production.yaml)",
  ]);
  const pipe = join(folder, "environments", "pipe.yaml");
  execFileSync("mkfifo", [pipe]);
  expect(await problems(pipe)).toEqual(["1:1 not a regular file (expected a file of YAML)"]);
  symlinkSync("loop.yaml", join(folder, "environments", "loop.yaml"));
  expect(await problems(join(folder, "environments", "loop.yaml"))).toEqual([
    "1:1 a symbolic link that leads in a circle (expected a file)",
  ]);
  expect(await problems(join(write(small), "two.yaml"))).toEqual([
    "1:1 no such file, nor its folder (expected an environment file)",
  ]);
});

test("a file that may not be read", async () => {
  const file = write(small);
  chmodSync(file, 0);
  // root may read everything, and is somebody else for a moment
  const isRoot = process.getuid?.() === 0;
  if (isRoot) process.seteuid?.(65534);
  try {
    expect(await problems(file)).toEqual(["1:1 the file may not be read by this user (EACCES)"]);
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
});

test("an environment file is none that lies elsewhere, while a link within the project is one", async () => {
  const outside = mkdtempSync(join(tmpdir(), "hgscim-outside-"));
  try {
    writeFileSync(join(outside, "hosts.yaml"), "github.com: { oauth_token: text }\n");
    symlinkSync(join(outside, "hosts.yaml"), join(folder, "environments", "hosts.yaml"));
    symlinkSync("/proc/self/environ", join(folder, "environments", "proc.yaml"));
    for (const name of ["hosts.yaml", "proc.yaml"])
      expect(await problems(join(folder, "environments", name))).toEqual([
        expect.stringMatching(
          /^1:1 a symbolic link that leads out of the project \(expected a file beneath /,
        ),
      ]);
    mkdirSync(join(folder, "kept"));
    writeFileSync(join(folder, "kept", "one.yaml"), small);
    symlinkSync("../kept/one.yaml", join(folder, "environments", "one.yaml"));
    expect(await problems(join(folder, "environments", "one.yaml"))).toEqual([]);
  } finally {
    rmSync(outside, { recursive: true, force: true });
  }
});

test("extends reads nothing outside of the project, through a link neither", async () => {
  const outside = mkdtempSync(join(tmpdir(), "hgscim-outside-"));
  try {
    writeFileSync(join(outside, "policy.yaml"), "secret: text\n");
    symlinkSync(outside, join(folder, "environments", "shared"));
    const [problem] = await problems(write(`extends: ./shared/policy.yaml\n${small}`));
    expect(problem).toMatch(/^1:10 extends leads out of the project \(expected a file beneath /);
  } finally {
    rmSync(outside, { recursive: true, force: true });
  }
});

test("files that extend each other without an end", async () => {
  for (let i = 0; i < 20; i++) write(`extends: ./f${i + 1}.yaml\n`, `f${i}.yaml`);
  expect(await problems(join(folder, "environments", "f0.yaml"))).toEqual([
    "1:10 more than 16 files extend each other (expected less)",
  ]);
});

test("a file of 10 MB is refused, whatever is in it", async () => {
  const set = (i: number) => `  set-${i}: { repositories: ["core/${i}/**"], read: [engineering] }\n`;
  const valid = `${small}permissions:\n${Array.from({ length: 160_000 }, (_, i) => set(i)).join("")}`;
  expect(valid.length).toBeGreaterThan(10_000_000);
  for (const text of [valid, "[".repeat(10_000_000), "x".repeat(10_000_000)])
    expect(await problems(write(text))).toEqual([
      expect.stringMatching(
        /^1:1 a file of \d+\.\d MiB \(expected at most 8 MiB; extends takes parts from other files\)$/,
      ),
    ]);
});

test("a broken generator is told its first hundred mistakes, and that there are more", async () => {
  const text = Array.from({ length: 5_000 }, (_, i) => `key-${i}: [1]\n`).join("");
  const told = await problems(write(text));
  expect(told).toHaveLength(101);
  expect(told.at(-1)).toMatch(/^99:1 there are more \(only the first 100 problems are told\)$/);
});

test("text that Terraform would read as a template is text, in the digest too", async () => {
  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: Terraform's
  const template = '${file("/etc/passwd")} %{ if true }yes%{ endif } $${ %%{ ${';
  const loaded = await loadEnvironment(
    write(`${small}variables:
  GREETING: { type: string, value: '${template}', description: '${template}' }
  SCIM_URL: { type: url, value: "https://hg.example.com/scim" }
  SCIM_TOKEN: { type: secret, secret: token }
secrets:
  token: { refs: ["ref+file:///etc/\${x}/%{y}"], owner: "\${owner}" }
connectors:
  okta:
    idp: okta
    endpoint: { var: SCIM_URL }
    auth: { bearer: { var: SCIM_TOKEN } }
    scope: user.userName != vars.GREETING && user.userName != "\${x}"
    mapping: { account: user.userName }
    groups: ["\${group}"]
permissions:
  core: { repositories: ["core/\${x}"], read: ["\${group}"] }
`),
  );
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const { release } = loaded.value;
  expect(release.variables.GREETING).toMatchObject({ value: template, description: template });
  expect(release.permissions.core).toMatchObject({ repositories: ["core/${x}"], read: ["okta/${group}"] });
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: Terraform's
  expect(digestsOf(release).release).toBe(digest(JSON.parse(JSON.stringify(release))));
});
