/** The agent's own configuration: what of it cannot be meant is told at its place. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
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
  const all = { environment: "local", scim: listener, admin: listener, references: [], tokens: [token] };
  writeFileSync(file, JSON.stringify({ ...paths, ...all }));
  const config = await loadAgentConfig(file);
  const here = (names: object) =>
    Object.fromEntries(Object.entries(names).map(([key, name]) => [key, join(folder, name)]));
  const tls = here(listener.tls);
  expect(config).toMatchObject({ ok: true, value: { ...here(paths), scim: { tls }, admin: { tls } } });
});
