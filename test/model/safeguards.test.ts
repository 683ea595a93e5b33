/** What a release must pass before it is active, as the environment file says it: bounds, accept, promote. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Digests, digestsOf } from "../../model/digest.ts";
import { type LoadedEnvironment, loadEnvironment } from "../../model/load.ts";
import { toEnvironment, toRelease } from "../../model/release.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-safeguards-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const whole = `delivery:
  agent: { url: "http://127.0.0.1:7443", token: ref+env://TOKEN }
variables:
  SCIM_BASE: { type: url, value: "http://127.0.0.1:7480/scim/v2" }
  SCIM_TOKEN: { type: secret, secret: token }
secrets:
  token: { refs: [ref+env://SCIM] }
connectors:
  okta:
    idp: okta
    endpoint: { var: SCIM_BASE }
    auth: { bearer: { var: SCIM_TOKEN } }
    mapping: { account: user.userName }
    groups: [writers, readers]
permissions:
  core: { repositories: ["core/**"], read: [readers], write: [writers] }
`;
const digest = `sha256:${"0".repeat(64)}`;
const agent = '{ url: "https://hg.example.com:7443", token: ref+env://STAGING }';

function write(text: string): string {
  const file = join(folder, "production.yaml");
  writeFileSync(file, text);
  return file;
}
async function load(lines: string): Promise<LoadedEnvironment> {
  const loaded = await loadEnvironment(write(`${whole}${lines}\n`));
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  return loaded.value;
}
const digests = async (lines: string): Promise<Digests> => digestsOf((await load(lines)).release);

test("they are read with their defaults, and a group by its one name", async () => {
  const { release, accept, sources } = await load(
    [
      "bounds: { lose: 10%, protected: [writers] }",
      `promote: { from: staging, soak: 24h, agent: ${agent} }`,
      `accept: { from: ${digest}, lose: 40 }`,
    ].join("\n"),
  );
  expect(release.settings.bounds).toEqual({ lose: "10%", above: 0, protected: ["okta/writers"] });
  expect(release.settings.promote).toMatchObject({ from: "staging", soak: "24h" });
  expect(accept).toEqual({ from: digest, lose: 40, protected: [] });
  expect(sources["bounds.lose"]).toMatch(/production\.yaml:17:11$/);
  expect(sources.promote).toMatch(/production\.yaml:18:1$/);
  expect(sources["accept.from"]).toMatch(/production\.yaml:19:11$/);
  expect(toRelease("production", toEnvironment(release))).toEqual(release);
});

test("bounds and promote are bindings, and accept is no part of the release", async () => {
  const plain = await digests("");
  expect(await digests(`accept: { from: ${digest}, lose: 40 }`)).toEqual(plain);
  for (const lines of [
    "bounds: { lose: 10% }",
    "bounds: { lose: 20% }",
    `promote: { from: staging, soak: 1h, agent: ${agent} }`,
  ]) {
    const other = await digests(lines);
    expect(other.policy).toBe(plain.policy);
    expect(other.bindings).not.toBe(plain.bindings);
    expect(other.release).not.toBe(plain.release);
  }
});

test.each([
  ["bounds: { lose: 10 }", "17:17 not a share (expected a whole percentage, such as 10%)"],
  ["bounds: { lose: 101% }", "17:17 not a share (expected a whole percentage, such as 10%)"],
  ["bounds: { above: 5 }", '17:1 missing "lose" (expected a whole percentage, such as 10%)'],
  ["bounds: { lose: 5%, above: -1 }", "17:28 a number of accounts (expected 0 or more)"],
  ["bounds: { loose: 5% }", 'unknown key "loose"'],
  ["bounds: { lose: 5%, protected: [writer] }", '17:33 no connector selects a group "writer"'],
  ["bounds: { lose: 5%, protected: [writers, writers] }", "stands here twice"],
  ["accept: { from: abc, lose: 1 }", "17:17 not a digest (expected sha256: and 64 hexadecimal digits)"],
  [`accept: { from: ${digest} }`, '17:1 missing "lose"'],
  [`promote: { from: production, soak: 1h, agent: ${agent} }`, "17:18 production cannot wait for itself"],
  [`promote: { from: Staging, soak: 1h, agent: ${agent} }`, "17:18 not a name"],
  [`promote: { from: staging, soak: 24, agent: ${agent} }`, "17:33 not a duration"],
  [`promote: { from: staging, soak: 1 day, agent: ${agent} }`, "17:33 not a duration"],
  [
    `promote: { from: staging, agent: ${agent} }`,
    '17:1 missing "soak" (expected a whole number and its unit',
  ],
  ["promote: { from: staging, soak: 1h }", '17:1 missing "agent"'],
  [
    'promote: { from: staging, soak: 1h, agent: { url: "http://hg.example.com", token: hunter2 } }',
    "17:51 an agent that is not on this host is reached by https only",
  ],
  [
    'promote: { from: staging, soak: 1h, agent: { url: "https://hg.example.com", token: hunter2 } }',
    "17:84 a literal value where a secret reference belongs",
  ],
])("%s", async (lines, expected) => {
  const loaded = await loadEnvironment(write(`${whole}${lines}\n`));
  const problems = loaded.ok ? [] : loaded.error;
  const found = problems.map(({ at, message }) => `${at.line}:${at.column} ${message}`);
  expect(found).toContainEqual(expect.stringContaining(expected));
  expect(found.join()).not.toContain("hunter2");
});

test("a command asks nobody, so nothing can be promoted by it", async () => {
  const text = whole.replace(/agent: .*/, "command: [deliver]");
  const loaded = await loadEnvironment(
    write(`${text}promote: { from: staging, soak: 1h, agent: ${agent} }\n`),
  );
  expect(loaded.ok ? [] : loaded.error).toMatchObject([
    {
      at: { line: 17, column: 1 },
      message: expect.stringContaining("nobody asks staging when a command delivers"),
    },
  ]);
});
