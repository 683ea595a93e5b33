/** agent.yaml as people write it: one value of it is another one, and every other character stays. */
import { expect, test } from "vitest";
import { parseAgentConfig } from "../../../agent/config.ts";
import { withHashes } from "../../../cli/rotate/hashes.ts";

const [a, b, number] = ["a".repeat(64), "b".repeat(64), `1e${"1".repeat(62)}`] as const;

const before = `# of this host
environment: local
data:    data
access: access.db   # on a tmpfs
repositories: repositories
scim: { listen: "127.0.0.1:0" }
admin: { listen: "127.0.0.1:0" }
references: []
tokens:
- { name: other, role: reader, sha256: ${"c".repeat(64)} }
`;
const behind = `
socket: agent.sock # the last line`;

function changed(entry: string, hashes: readonly string[]): string {
  const text = `${before}${entry}${behind}`;
  const config = parseAgentConfig("agent.yaml", text);
  if (!config.ok) throw new Error(JSON.stringify(config.error));
  const result = withHashes({ file: "agent.yaml", text, config: config.value }, "ci", hashes);
  if (!result.ok) return result.error;
  expect(result.value.startsWith(before)).toBe(true);
  expect(result.value.endsWith(behind)).toBe(true);
  return result.value.slice(before.length, -behind.length);
}

test.each<[string, string, readonly string[], string]>([
  [
    "a flow map",
    `- {role: reader,  sha256: ${a}, name: ci} # it`,
    [a, b],
    `- {role: reader,  sha256: [${a}, ${b}], name: ci} # it`,
  ],
  [
    "a block map",
    `- name: ci\n  sha256: ${a}   # old\n  role: reader`,
    [a, b],
    `- name: ci\n  sha256: [${a}, ${b}]   # old\n  role: reader`,
  ],
  [
    "double quotes",
    `- { name: ci, role: reader, sha256: "${a}" }`,
    [a, b],
    `- { name: ci, role: reader, sha256: ["${a}", "${b}"] }`,
  ],
  [
    "JSON",
    `- {"name":"ci","role":"reader","sha256":["${a}","${b}"]}`,
    [b],
    `- {"name":"ci","role":"reader","sha256":"${b}"}`,
  ],
  [
    "a hash that YAML reads as a number",
    `- { name: ci, role: reader, sha256: ${a} }`,
    [a, number],
    `- { name: ci, role: reader, sha256: [${a}, "${number}"] }`,
  ],
  [
    "a flow list",
    `- { name: ci, role: reader, sha256: [ ${a},${b} ] }`,
    [b],
    `- { name: ci, role: reader, sha256: ${b} }`,
  ],
  [
    "a block list",
    `- name: ci\n  role: reader\n  sha256:\n    - ${a} # old\n    - ${b}`,
    [b],
    `- name: ci\n  role: reader\n  sha256:\n    ${b}`,
  ],
])("in %s", (_, entry, hashes, expected) => {
  expect(changed(entry, hashes)).toBe(expected);
});

test("a form that cannot be changed so is left to a person", () => {
  const entry = `- name: ci\n  role: reader\n  sha256:\n  - ${a}\n  - ${b}`;
  expect(changed(entry, [b])).toContain("stands in a form that this command does not change");
});
