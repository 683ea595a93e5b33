/** The agent's own configuration: what of it cannot be meant is told at its place. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadAgentConfig } from "../../agent/config.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-config-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What is told of a configuration with these tokens, which begin in its ninth line. */
async function problems(...tokens: readonly string[]): Promise<string[]> {
  const file = join(folder, "agent.yaml");
  writeFileSync(
    file,
    `environment: local
data: data
access: access.db
repositories: repositories
scim: { listen: "127.0.0.1:0" }
admin: { listen: "127.0.0.1:0" }
references: []
tokens:
${tokens.map((token) => `  - ${token}\n`).join("")}`,
  );
  const config = await loadAgentConfig(file);
  return config.ok
    ? []
    : config.error.map(({ at, code, message }) => `${at.line}:${at.column} ${code}: ${message}`);
}

describe("a token's hash stands once", () => {
  const [a, b] = ["a", "b"].map((digit) => digit.repeat(64));
  const twice = (name: string) =>
    `duplicate-item: the hash is that of token "${name}" too (expected a token of its own for each)`;
  test.each<[string, string[], string[]]>([
    [
      "for two roles",
      [`{ name: ci, role: reader, sha256: ${a} }`, `{ name: ann, role: approver, sha256: ${a} }`],
      [`10:42 ${twice("ci")}`],
    ],
    [
      "for one role by two names",
      [`{ name: ci, role: reader, sha256: ${a} }`, `{ name: cd, role: reader, sha256: ${a} }`],
      [`10:39 ${twice("ci")}`],
    ],
    [
      "for one name",
      [`{ name: ci, role: reader, sha256: ${a} }`, `{ name: ci, role: deployer, sha256: ${a} }`],
      [`10:41 ${twice("ci")}`],
    ],
    [
      "and each other one is told",
      [
        `{ name: ci, role: reader, sha256: ${a} }`,
        `{ name: ann, role: approver, sha256: ${b} }`,
        `{ name: bob, role: approver, sha256: "${a}" }`,
        `{ name: cid, role: approver, sha256: ${b} }`,
      ],
      [`11:42 ${twice("ci")}`, `12:42 ${twice("ann")}`],
    ],
    [
      "in a list of two too",
      [
        `{ name: ci, role: reader, sha256: [${a}, ${b}] }`,
        `{ name: ann, role: approver, sha256: ${b} }`,
        `{ name: bob, role: approver, sha256: [${"c".repeat(64)}, ${a}] }`,
      ],
      [`10:42 ${twice("ci")}`, `11:109 ${twice("ci")}`],
    ],
    [
      "and no more than two are one token's",
      [
        `{ name: ci, role: reader, sha256: [${a}, ${b}, ${"c".repeat(64)}] }`,
        "{ name: ann, role: approver, sha256: [] }",
        "{ name: bob, role: approver, sha256: [abc] }",
        "{ name: cid, role: approver, sha256: { old: abc } }",
      ],
      [
        "9:39 too-large: more than two hashes (expected one, or two while the token is replaced)",
        "10:42 too-few: no hash (expected one, or two while the token is replaced)",
        "11:43 malformed-value: not a hash (expected the SHA-256 of the token, 64 hexadecimal digits)",
        "12:42 wrong-type: not a hash (expected the SHA-256 of the token, or two in a list while it is replaced)",
      ],
    ],
    [
      "while a name may have two tokens, as one is replaced",
      [`{ name: ci, role: reader, sha256: ${a} }`, `{ name: ci, role: reader, sha256: ${b} }`],
      [],
    ],
  ])("%s", async (_, tokens, told) => {
    expect(await problems(...tokens)).toEqual(told);
  });
});

test("relative paths start at its own folder", async () => {
  const file = join(folder, "agent.yaml");
  const paths = { data: "a", access: "b", repositories: "c", socket: "d", watermark: "e" };
  const listener = { listen: "127.0.0.1:0", tls: { certificate: "f", key: "g" } };
  const token = { name: "ci", role: "reader", sha256: "0".repeat(64) };
  const vault = { address: "https://vault", ca: "h", login: { token: "ref+env://TOKEN" } };
  const all = {
    ...{ environment: "local", scim: listener, admin: listener, references: [], tokens: [token] },
    ...{ egress: ["vault"], vault },
  };
  writeFileSync(file, JSON.stringify({ ...paths, ...all }));
  const config = await loadAgentConfig(file);
  const here = (names: object) =>
    Object.fromEntries(Object.entries(names).map(([key, name]) => [key, join(folder, name)]));
  const tls = here(listener.tls);
  expect(config).toMatchObject({
    ok: true,
    value: { ...here(paths), scim: { tls }, admin: { tls }, vault: here({ ca: "h" }) },
  });
});

describe("stores of secrets", () => {
  const vault = "  address: https://vault.example.com:8200\n  login: { token: ref+env://VAULT_TOKEN }";
  test.each<[string, string, string[]]>([
    ["that are as they have to be", `egress: ["*.example.com:8200"]\nvault:\n${vault}`, []],
    [
      "at a host that egress does not name",
      `egress: [vault.example.com]\nvault:\n${vault}`,
      ["12:12 unknown-name: a host that egress does not allow (expected vault.example.com:8200 there)"],
    ],
    [
      "over plain http, by several logins, with a login that is in a store",
      `egress: ["*:8200"]\nvault:\n  address: http://vault:8200\n  login: { token: "ref+vault://kv/own#/token", kubernetes: { role: hgscim } }\n  refresh: 0s`,
      [
        "12:12 unprotected-address: a Vault that is not on this host is reached by https only (expected https://…)",
        "12:12 unknown-name: a host that egress does not allow (expected vault:8200 there)",
        "13:10 conflicting-keys: not one way to log in (expected exactly one of token, appRole, kubernetes)",
        "13:19 malformed-reference: a reference of ref+vault, which an agent alone resolves, and only for a connector or an alert (expected ref+env://NAME or ref+file:///absolute/path)",
        "14:12 out-of-bounds: no time at all (expected at least 1s)",
      ],
    ],
    [
      "without an address and a login",
      `vault:\n  address: vault.example.com\n`,
      [
        '10:1 missing-key: missing "login" (expected one of token, appRole, kubernetes)',
        "11:12 malformed-value: not a URL (expected https://host/path)",
      ],
    ],
    [
      "whose mounts have other versions and names",
      `egress: ["*.example.com:8200"]\nvault:\n${vault}\n  mounts: { kv/: 2, old: 3 }`,
      [
        '14:13 malformed-name: the key "kv/" is not a path in Vault (expected one such as kv or team/kv, without a slash at its ends)',
        "14:26 unknown-value: not a version of KV (expected 1 or 2)",
      ],
    ],
    [
      "that are helpers without a path or with a shell's line",
      "helpers:\n  sops: { command: [sops, decrypt] }\n  pass: { command: pass show okta }\n  slow: { command: [/bin/cat], timeout: 1h }",
      [
        "11:21 malformed-value: not the absolute path of a program (expected one such as /usr/bin/sops)",
        "12:20 wrong-type: text (expected a list, such as [one, other])",
        "13:41 out-of-bounds: not a time that a deploy can wait (expected 1s to 1m)",
      ],
    ],
    [
      "that nobody has named",
      'helpers: { sops-scim: { command: [/bin/cat] } }\nmail:\n  server: smtp.example.com:587\n  from: { address: hgscim@example.com }\n  auth: { user: hgscim, password: "ref+exec://sops-scmi#/mail" }\n  to: ["*@example.com"]\nhost: { probe: { url: "https://hg.example.com/", account: probe, password: "ref+vault://kv/probe#/password", repository: one } }',
      [
        "14:35 unknown-name: the agent's configuration has no helper of that name, did you mean sops-scim? (see helpers in agent.yaml)",
        "16:76 unknown-name: the agent's configuration names no Vault (see vault in agent.yaml)",
      ],
    ],
  ])("%s", async (_, text, told) => {
    expect(await problems(`{ name: ci, role: reader, sha256: ${"a".repeat(64)} }\n${text}\n`)).toEqual(told);
  });

  test("that the guide shows", async () => {
    const blocks = [...readFileSync("docs/secrets.md", "utf8").matchAll(/^```yaml\n(# \/etc[\s\S]*?)^```/gm)];
    const shown = blocks.map(([, text = ""]) => text).filter((text) => /^(vault|helpers):/m.test(text));
    expect(shown).toHaveLength(2);
    for (const text of shown)
      expect(
        await problems(
          `{ name: ci, role: reader, sha256: ${"a".repeat(64)} }\n${text.replace(/^references:.*\n/m, "")}`,
        ),
      ).toEqual([]);
  });

  test("a helper that a pattern of references names, and that is none", async () => {
    const file = join(folder, "agent.yaml");
    writeFileSync(
      file,
      `references: ["ref+exec://sops-*#/*", "ref+exec://spos#/okta/*"]\nhelpers: { sops: { command: [/bin/cat] } }\nenvironment: local\ndata: d\naccess: a\nrepositories: r\nscim: { listen: "127.0.0.1:0" }\nadmin: { listen: "127.0.0.1:0" }\ntokens: [{ name: ci, role: reader, sha256: ${"a".repeat(64)} }]\n`,
    );
    const config = await loadAgentConfig(file);
    expect(
      config.ok ? [] : config.error.map(({ at, message }) => `${at.line}:${at.column} ${message}`),
    ).toEqual([
      "1:38 the agent's configuration has no helper of that name, did you mean sops? (see helpers in agent.yaml)",
    ]);
  });
});
