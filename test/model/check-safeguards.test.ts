/** An environment without what keeps mistakes small is told so, and goes on; or it says that it does without. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { githubText } from "../../cli/problems/github.ts";
import { sarifText } from "../../cli/problems/sarif.ts";
import { problemText } from "../../cli/problems/text.ts";
import { loadEnvironment } from "../../model/load.ts";

const folder = mkdtempSync(join(tmpdir(), "hgscim-safeguards-"));
afterAll(() => rmSync(folder, { recursive: true }));

const environment = (constraints: string, more = "") => `delivery: { command: ["true"] }
variables:
  SCIM_URL: { type: url, value: "https://hg.example.com/scim/v2" }
  SCIM_TOKEN: { type: secret, secret: okta-token }
secrets:
  okta-token: { refs: [ref+env://SCIM_TOKEN] }
connectors:
  okta:
    idp: okta
    endpoint: { var: SCIM_URL }
    auth: { bearer: { var: SCIM_TOKEN } }
    mapping: { account: user.userName }
    groups: [writers]
${constraints}permissions:
  core: { repositories: ["core/**"], write: [writers] }
${more}`;

async function loaded(text: string) {
  const file = join(folder, "test.yaml");
  writeFileSync(file, text);
  return loadEnvironment(file);
}

test("each safeguard that is missing is a warning, at the section where it belongs", async () => {
  const bare = await loaded(environment("constraints:\n  last: { keep: { group: writers, atLeast: 1 } }\n"));
  if (!bare.ok) throw new Error(JSON.stringify(bare.error));
  const { warnings } = bare.value;
  expect(warnings.map(({ at, code, message }) => `${at.line}:${at.column} ${code}: ${message}`)).toEqual([
    "14:1 missing-key: no constraint protects an account or a group: an identity provider may take away everybody (expected one that does, or protect under without)",
    "16:1 missing-key: no permission set has breakGlass: nobody can take a right in an emergency (expected one that does, or breakGlass under without)",
  ]);
  expect(githubText(warnings)).toMatch(/^::warning file=.*,line=14,col=1,title=missing-key::no constraint/);
  expect(await problemText(warnings)).toMatch(/test\.yaml:14:1:.* warning: no constraint protects/);
  expect(JSON.parse(sarifText(warnings, "1")).runs[0].results[0].level).toBe("warning");
});

test("an environment says what it does without, and not of what it has; its release is the same", async () => {
  const without = await loaded(environment("", "without: [protect, keep, breakGlass]\n"));
  const bare = await loaded(environment(""));
  if (!without.ok || !bare.ok) throw new Error("invalid");
  expect(without.value.warnings).toEqual([]);
  expect(bare.value.warnings).toHaveLength(3);
  expect(without.value.release).toEqual(bare.value.release);
});
