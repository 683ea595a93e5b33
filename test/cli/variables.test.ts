/** `hgscim variables`: what each format prints is read back by its own reader as the same values, and no secret is in it. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { configMapText } from "../../cli/variables/configmap.ts";
import type { InventoryEntry } from "../../cli/variables/inventory.ts";
import { dotenvText, systemdText } from "../../cli/variables/lines.ts";
import { markdownText } from "../../cli/variables/markdown.ts";
import type { WrittenAt } from "../../cli/variables/written-at.ts";
import { hgscim } from "./hgscim.ts";
import { readSystemd } from "./systemd.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-variables-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const nasty = [
  "it's",
  '"',
  "\\",
  "\\\\n",
  "$HOME",
  "`id`",
  "a b",
  " a ",
  "#",
  "!",
  "",
  "\n",
  "\r",
  "\t",
  "yes",
  "012",
];
const value = fc.oneof(
  fc.constantFrom(
    ...nasty,
    "1_000",
    "1:30",
    "~",
    "null",
    "2026-01-01",
    "|",
    "<b>",
    "é",
    "𝔸",
    "\u0085",
    "\u2028",
    "%s",
  ),
  fc
    .array(fc.oneof(fc.constantFrom(...nasty), fc.string({ unit: "grapheme" })), { maxLength: 6 })
    .map((parts) => parts.join("")),
  fc.integer(),
  fc.boolean(),
);
// an environment file has no NUL, and neither has an environment
const given = fc
  .dictionary(
    fc.stringMatching(/^X_[A-Z0-9_]{0,8}$/),
    value.filter((one) => !String(one).includes("\0")),
    { minKeys: 1, maxKeys: 8 },
  )
  .map((values) => ({
    values: Object.fromEntries(Object.entries(values).map(([name, one]) => [name, String(one)])),
    inventory: Object.entries(values).map(([name, one]): InventoryEntry => {
      return { name, type: "string", value: one, required: true, usedBy: [] };
    }),
  }));

describe("every value comes back", () => {
  test("from a shell that reads the dotenv file", () => {
    const file = join(folder, ".env");
    fc.assert(
      fc.property(given, ({ values, inventory }) => {
        writeFileSync(file, dotenvText(inventory));
        const script = 'set -a; . "$0"; exec "$1" -e "process.stdout.write(JSON.stringify(process.env))"';
        const told = execFileSync("/bin/sh", ["-euc", script, file, process.execPath], { env: {} });
        expect(JSON.parse(String(told))).toMatchObject(values);
      }),
      { numRuns: 30 },
    );
  });

  test("from a reader of dotenv files, where no single quote is in it", () => {
    fc.assert(
      fc.property(given, ({ values, inventory }) => {
        // Node's reader takes a carriage return for the end of a line
        fc.pre(!Object.values(values).some((one) => /['\r]/.test(one)));
        expect({ ...parseEnv(dotenvText(inventory)) }).toEqual(values);
      }),
    );
  });

  test("from systemd", () => {
    fc.assert(
      fc.property(given, ({ values, inventory }) => {
        const told = Object.entries(values).filter(([, one]) => !/[^\t\n\P{Cc}]/u.test(one));
        expect(readSystemd(systemdText(inventory))).toEqual(Object.fromEntries(told));
      }),
    );
  });

  test("from a ConfigMap, in YAML 1.1 and 1.2", () => {
    fc.assert(
      fc.property(given, ({ values, inventory }) => {
        const text = configMapText(inventory, "local");
        for (const version of ["1.1", "1.2"] as const) expect(parse(text, { version }).data).toEqual(values);
      }),
    );
  });
});

test("a table of Markdown has as many cells in every row, and nothing that is more than text", () => {
  fc.assert(
    fc.property(given, fc.boolean(), ({ inventory }, isDated) => {
      const written: WrittenAt = { at: "local.yaml:3:7", file: "own", key: "value" };
      const described = inventory.map((entry) => ({
        ...entry,
        description: String(entry.value),
        ...(isDated ? { source: written } : {}),
      }));
      const lines = markdownText(described).split("\n").slice(0, -1);
      expect(lines).toHaveLength(inventory.length + 2);
      for (const line of lines)
        expect(line.split("|")).toHaveLength(isDated && inventory.length > 0 ? 11 : 9);
      expect(
        lines
          .join("")
          .replaceAll("<br>", "")
          .replace(/`[^`]*`/g, ""),
      ).not.toMatch(/[<>\\*]|\p{Cc}/u);
    }),
  );
});

const variables = (...args: string[]) => hgscim(["variables", ...args], { cwd: folder });
const withEnvironments = () => cpSync("environments", join(folder, "environments"), { recursive: true });

test("the inventory of an environment: who uses what, and references in place of secrets", async () => {
  withEnvironments();
  const { code, stdout, stderr } = await variables("production");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(
    /^\| `SCIM_PAGE_SIZE` \| integer \| `500` \| yes \| identity \| `connectors\.okta` \| `environments\/production\.yaml:\d+:28` \| not known \| {2}\|$/m,
  );
  expect(stdout).toContain(
    "| `SCIM_AUTH_TOKEN` | secret | `ref+file:///etc/hgscim/secrets/okta-current` `ref+file:///etc/hgscim/secrets/okta-next` |",
  );
  const reference = JSON.parse((await variables("reference", "--json")).stdout);
  expect(reference.environment).toBe("reference");
  expect(reference.variables).toContainEqual({
    name: "SCIM_PARTNER_DOMAIN",
    type: "string",
    required: false,
    owner: "identity",
    description: "Whose people may come too",
    usedBy: ["constraints.known-domain"],
    source: { at: expect.stringMatching(/^environments\/reference\.yaml:\d+:3$/), file: "own", key: "none" },
    changed: { known: "unknown", why: "not known" },
  });
  expect(reference.variables).toContainEqual(
    expect.objectContaining({ name: "ALERT_WEBHOOK", usedBy: ["alerts", "permissions.core"] }),
  );
});

test("what is not there, and what is being rotated, stands in a comment; a ConfigMap has no secrets", async () => {
  withEnvironments();
  const dotenv = (await variables("reference", "--format", "dotenv")).stdout;
  expect(dotenv).toContain("# SCIM_PARTNER_DOMAIN has no value here\n");
  expect(dotenv).toContain("SCIM_DIRECTORY_TOKEN='ref+vault://kv/scim/directory#/token'\n");
  const systemd = (await variables("production", "--format", "systemd")).stdout;
  expect(systemd).toContain(
    '# the next one of SCIM_AUTH_TOKEN: ref+file:///etc/hgscim/secrets/okta-next\nSCIM_AUTH_TOKEN="ref+file:///etc/hgscim/secrets/okta-current"\n',
  );
  const configMap = (await variables("local", "--format", "configmap")).stdout;
  expect(configMap).toMatch(/^# Without the secrets, .*: SCIM_AUTH_TOKEN\n/);
  expect(parse(configMap)).toEqual({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "hgscim-local" },
    data: {
      SCIM_API_BASE_URL: "https://127.0.0.1:7480/scim/okta/v2",
      SCIM_MAIL_DOMAIN: "example.com",
      SCIM_PAGE_SIZE: "100",
    },
  });
});

test("diff: which variables are in one only, or have another type or value", async () => {
  withEnvironments();
  expect(await variables("diff", "local", "local")).toMatchObject({
    code: 0,
    stdout: "the variables are the same\n",
  });
  const file = join(folder, "environments", "staging.yaml");
  const text = readFileSync(file, "utf8");
  const added = "  SCIM_TENANT: { type: uuid, value: 6f1c1a52-64c9-4f0e-9d3c-0d8b8a2f7c11 }\n";
  writeFileSync(
    file,
    `${text.replace("variables:\n", `variables:\n${added}`)}\nconstraints: { tenant: { require: 'vars.SCIM_TENANT != ""' } }\n`,
  );
  const { code, stdout, stderr } = await variables("diff", "production", "staging");
  expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
  expect(stdout).toMatch(
    /^~ SCIM_PAGE_SIZE: integer 500 → integer 100 \(environments\/production\.yaml:\d+:3 → environments\/shared\/policy\.yaml:\d+:3\)$/m,
  );
  expect(stdout).toMatch(/^\+ SCIM_TENANT: uuid 6f1c\S+ \(environments\/staging\.yaml:\d+:3\)$/m);
  expect(stdout).not.toContain("SCIM_AUTH_TOKEN");
  const json = await variables("diff", "staging", "production", "--json");
  expect(json.code).toBe(1);
  expect(JSON.parse(json.stdout).variables).toContainEqual({
    name: "SCIM_TENANT",
    sides: [expect.objectContaining({ type: "uuid" }), null],
  });
});

test.each([
  [["local", "--format", "dotnev"], 'did you mean "dotenv"?'],
  [["local", "--format", "json", "--json"], "expected one of them"],
  [["diff", "local"], "which other? (expected the one that the first is compared with)"],
  [["diff", "local", "staging", "--format", "json"], "expected --json or nothing"],
  [[], "expected one name or file"],
])("wrong usage: variables %j", async (args, expected) => {
  withEnvironments();
  const { code, stdout, stderr } = await variables(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(expected);
});

test("an environment that shares a secret with another one has no inventory", async () => {
  withEnvironments();
  const file = join(folder, "environments", "staging.yaml");
  writeFileSync(file, readFileSync(file, "utf8").replace("okta-staging", "okta-current"));
  const { code, stdout, stderr } = await variables("staging");
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(
    /environments\/production\.yaml:\d+:\d+: .*is a secret of production and of staging/,
  );
  expect(stderr).toMatch(/environments\/staging\.yaml:\d+:\d+: .*is a secret of production and of staging/);
  expect((await variables("local")).code).toBe(0);
});
