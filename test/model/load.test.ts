import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { digestsOf, type ReleaseData } from "../../model/digest.ts";
import { environmentFiles, loadEnvironment } from "../../model/load.ts";
import { Release, toEnvironment, toRelease } from "../../model/release.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-load-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

async function problems(text: string): Promise<string[]> {
  const loaded = await loadEnvironment(write("broken.yaml", text));
  return loaded.ok ? [] : loaded.error.map(({ at, message }) => `${at.line}:${at.column} ${message}`);
}

async function digests(file: string) {
  const loaded = await loadEnvironment(file);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  return digestsOf(loaded.value.release as ReleaseData);
}

const whole = `
delivery:
  agent: { url: "http://127.0.0.1:7443", token: ref+env://TOKEN }
variables:
  SCIM_BASE: { type: url, value: "http://127.0.0.1:7480/scim/v2" }
  SCIM_TOKEN: { type: secret, secret: token }
  DOMAIN: { type: string, value: example.com }
secrets:
  token: { refs: [ref+env://SCIM] }
connectors:
  okta:
    idp: okta
    endpoint: { var: SCIM_BASE }
    auth: { bearer: { var: SCIM_TOKEN } }
    scope: user.userName.endsWith(vars.DOMAIN)
    mapping: { account: user.userName }
    groups: [writers, readers]
permissions:
  core:
    repositories: ["core/**"]
    read: [readers]
    write: [okta/writers]
`;

test("every environment of the project is valid", async () => {
  const files = await environmentFiles("environments");
  if (!files.ok) throw new Error("no environments");
  expect(files.value.map((file) => file.split("/").at(-1))).toEqual([
    "airgap.yaml",
    "constraints.yaml",
    "local.yaml",
    "production.yaml",
    "reference.yaml",
    "staging.yaml",
  ]);
  const loaded = await Promise.all(files.value.map(loadEnvironment));
  expect(loaded.map((result) => (result.ok ? "valid" : result.error))).toEqual([
    "valid",
    "valid",
    "valid",
    "valid",
    "valid",
    "valid",
  ]);
  // what all but the samples share is the policy, and promotion goes by its digest
  const shared = files.value.filter((file) => !/(constraints|reference)\.yaml$/.test(file));
  const policies = await Promise.all(shared.map(async (file) => (await digests(file)).policy));
  expect(new Set(policies).size).toBe(1);
});

test("formatting, comments, key order, quotes and anchors change no digest", async () => {
  const same = `# a comment
permissions: {core: {write: [writers], read: ["okta/readers"], repositories: ['core/**']}}
connectors:
  okta: &okta
    groups: &groups [readers,   writers]
    mapping:
      account: >-
        user.userName
    scope: "user.userName.endsWith(vars.DOMAIN)"
    auth: {bearer: {var: &token SCIM_TOKEN}}
    endpoint: {var: SCIM_BASE}
    idp: okta
secrets: {token: {refs: [ref+env://SCIM]}}
variables:
  DOMAIN: {value: "example.com", type: string}
  SCIM_TOKEN: {secret: token, type: secret}
  SCIM_BASE: {value: http://127.0.0.1:7480/scim/v2, type: url}
constraints: {}
delivery: {destroy: prevent, agent: {token: ref+env://TOKEN, url: "http://127.0.0.1:7443"}}
`;
  expect(await digests(write("a/one.yaml", same))).toEqual(await digests(write("b/one.yaml", whole)));
});

test("each digest sees its own part of a change", async () => {
  const before = await digests(write("one.yaml", whole));
  const policy = await digests(
    write("one.yaml", whole.replace("read: [readers]", "read: [{ account: bot }]")),
  );
  expect([policy.policy === before.policy, policy.bindings === before.bindings]).toEqual([false, true]);
  const bindings = await digests(write("one.yaml", whole.replace("127.0.0.1:7480", "127.0.0.1:7481")));
  expect([bindings.policy === before.policy, bindings.bindings === before.bindings]).toEqual([true, false]);
  for (const other of [policy, bindings]) expect(other.release).not.toBe(before.release);
});

test("extends merges maps, replaces lists, and keeps where each value came from", async () => {
  write("shared/base.yaml", whole);
  const file = write(
    "one.yaml",
    `extends: ./shared/base.yaml\npermissions:\n  core:\n    read: [{ account: bot }]\n  docs:\n    repositories: [docs]\n    read: [readers]\n`,
  );
  const loaded = await loadEnvironment(file);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  expect(loaded.value.release.permissions).toMatchObject({
    core: { read: [{ account: "bot" }], write: ["okta/writers"] },
    docs: { read: ["okta/readers"] },
  });
  expect(loaded.value.sources["permissions.docs"]).toMatch(/one\.yaml:5:3$/);
  expect(loaded.value.sources["connectors.okta"]).toMatch(/base\.yaml:11:3$/);
});

test("each setting is known by its own line, whichever file it is in", async () => {
  write("shared/base.yaml", `${whole}promote:\n  from: staging\n  soak: 1h\n`);
  const file = write(
    "one.yaml",
    `extends: ./shared/base.yaml
delivery:
  agent:
    url: http://127.0.0.1:7444
promote:
  agent: { url: "https://hg.example.com:7443",
           token: ref+env://STAGING }
`,
  );
  const loaded = await loadEnvironment(file);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const { sources } = loaded.value;
  expect(sources.delivery).toMatch(/one\.yaml:2:1$/);
  expect(sources["delivery.agent.url"]).toMatch(/one\.yaml:4:5$/);
  expect(sources["delivery.agent.token"]).toMatch(/base\.yaml:3:42$/);
  expect(sources["promote.from"]).toMatch(/base\.yaml:\d+:3$/);
  expect(sources["promote.agent.token"]).toMatch(/one\.yaml:7:12$/);
  // what is no setting is known by its entries
  expect(Object.keys(sources)).toContain("connectors.okta");
  expect(Object.keys(sources)).not.toContain("connectors.okta.idp");
});

test("extends to nowhere and in a circle", async () => {
  expect(await problems("extends: ./shared/base.yml\n")).toEqual([
    expect.stringContaining('1:10 extends "./shared/base.yml": no such file'),
  ]);
  write("a.yaml", "extends: ./broken.yaml\n");
  expect((await problems("extends: ./a.yaml\n"))[0]).toContain("extends goes in a circle");
});

test("a release is its own canonical form", async () => {
  const loaded = await loadEnvironment(write("one.yaml", whole));
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const { release } = loaded.value;
  expect(Release.parse(JSON.parse(JSON.stringify(release)))).toEqual(release);
  expect(toRelease(release.environment, toEnvironment(release))).toEqual(release);
});

const edit = (from: string, to: string) => {
  if (!whole.includes(from)) throw new Error(`the sample has no ${from}`);
  return whole.replace(from, to);
};

test.each([
  ["a YAML mistake", edit("groups: [writers, readers]", "groups: [writers, readers"), /^\d+:\d+ .*expected/],
  [
    "a duplicate key",
    edit("idp: okta", "idp: okta\n    idp: okta"),
    '13:5 a second "idp" (expected once; the first is at line 12)',
  ],
  [
    "an unknown key",
    edit("idp: okta", "idp: okta\n    ipd: x"),
    '13:5 unknown key "ipd" (expected one of idp, endpoint, tenant, auth, read, cycle, retry, rateLimit, quarantine, pageSize, deletions, precedence, extensions, scope, mapping, groups, owner, description, did you mean "idp"?)',
  ],
  [
    "a missing key",
    edit("    idp: okta\n", ""),
    '11:3 missing "idp" (expected one of okta, entra, google, onelogin, jumpcloud, authentik, keycloak, scim)',
  ],
  [
    "a wrong type",
    edit("groups: [writers, readers]", "groups: writers"),
    "17:13 text (expected a list, such as [one, other])",
  ],
  [
    "an unknown value",
    edit("idp: okta", "idp: otka"),
    '12:10 unknown value "otka" (expected one of okta, entra, google, onelogin, jumpcloud, authentik, keycloak, scim, did you mean "okta"?)',
  ],
  [
    "no such variable",
    edit("{ var: SCIM_BASE }", "{ var: SCIM_BAES }"),
    '13:22 no variable "SCIM_BAES" (expected a declared variable of type url, did you mean "SCIM_BASE"?)',
  ],
  [
    "a variable of another type",
    edit("{ var: SCIM_BASE }", "{ var: DOMAIN }"),
    '13:22 variable "DOMAIN" is of type string (expected a variable of type url)',
  ],
  [
    "no such secret",
    edit("secret: token", "secret: tokn"),
    '6:39 no such secret (expected an entry of secrets, did you mean "token"?)',
  ],
  [
    "a literal secret, not repeated",
    edit("ref+env://SCIM", "hunter2"),
    "9:19 a literal value where a secret reference belongs (expected ref+env://NAME, ref+file:///absolute/path, ref+vault://mount/path#/key or ref+exec://helper#/key)",
  ],
  [
    "no such group",
    edit("read: [readers]", "read: [reader]"),
    '21:12 no connector selects a group "reader" (expected a group of a connector, did you mean "readers"?)',
  ],
  [
    "a misspelt attribute",
    edit("user.userName.endsWith", "user.userNaem.endsWith"),
    '15:17 no attribute "userNaem" (expected an attribute of users, did you mean "userName"?)',
  ],
  [
    "a secret in an expression",
    edit("vars.DOMAIN", "vars.SCIM_TOKEN"),
    '15:40 no variable "SCIM_TOKEN" for expressions (expected a declared variable that is no secret)',
  ],
  [
    "a type error",
    edit("endsWith(vars.DOMAIN)", "endsWith(1)"),
    "15:26 no string.endsWith(int) (expected string.endsWith(string))",
  ],
  [
    "a result of the wrong type",
    edit("account: user.userName", "account: user.active"),
    "16:25 the expression is of type bool (expected string)",
  ],
  [
    "an expression without bounds",
    edit("endsWith(vars.DOMAIN)", 'matches("(a+)+$")'),
    /^15:26 matches\(\) is not available/,
  ],
  [
    "a name that is none",
    edit("  core:", "  Core:"),
    '19:3 the key "Core" is not a name (expected lower case letters, digits and hyphens, a letter first)',
  ],
  [
    "nobody gets anything",
    edit("    read: [readers]\n    write: [okta/writers]\n", ""),
    '19:3 permission set "core" gives nobody anything (expected groups under read or write)',
  ],
  [
    "only exclusions",
    edit('["core/**"]', '["!core/**"]'),
    "20:5 every pattern excludes (expected at least one without !)",
  ],
  [
    "a broken pattern",
    edit('["core/**"]', '["core/**x"]'),
    '20:20 not a repository pattern: "**" stands for whole path segments (expected "core/**" or "**/docs")',
  ],
  [
    "an agent elsewhere without TLS",
    edit("127.0.0.1:7443", "hg.example.com:7443"),
    "3:17 an agent that is not on this host is reached by https only (expected https://…)",
  ],
  [
    "twice the same",
    edit("[writers, readers]", "[writers, readers, writers]"),
    '17:32 "writers" stands here twice (expected each once)',
  ],
  [
    "an empty file",
    "",
    "1:1 an empty file (expected an environment: a map with delivery, connectors, permissions, …)",
  ],
  [
    "a prototype",
    edit("  core:", "  __proto__:"),
    '19:3 "__proto__" cannot be a key (expected another name)',
  ],
] as const)("%s", async (_, text, expected) => {
  const found = await problems(text);
  expect(found).toContainEqual(typeof expected === "string" ? expected : expect.stringMatching(expected));
});

test("unused variables and secrets, and a file that is not there", async () => {
  expect(await problems(edit("scope: user.userName.endsWith(vars.DOMAIN)", "scope: user.active"))).toEqual([
    '7:3 variable "DOMAIN" is not used (expected a connector, an expression or an alert to use it)',
  ]);
  expect(await problems(edit("secrets:\n", "secrets:\n  other: { refs: [ref+env://SCIM_OTHER] }\n"))).toEqual(
    ['9:3 secret "other" is not used (expected a variable of type secret to name it)'],
  );
  const missing = await loadEnvironment("environments/stagin.yaml");
  expect(missing).toMatchObject({
    ok: false,
    error: [{ message: 'no such file (expected an environment file, did you mean "staging.yaml"?)' }],
  });
});

test("an error in a folded expression stands at its own character", async () => {
  const text = edit(
    "scope: user.userName.endsWith(vars.DOMAIN)",
    "scope: >\n      user.active &&\n        user.userNaem == vars.DOMAIN",
  );
  const [line = ""] = text.split("\n").filter((candidate) => candidate.includes("userNaem"));
  const at = `${text.split("\n").indexOf(line) + 1}:${line.indexOf("userNaem") + 1}`;
  expect(await problems(text)).toEqual([
    `${at} no attribute "userNaem" (expected an attribute of users, did you mean "userName"?)`,
  ]);
});
