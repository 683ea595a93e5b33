/** `hgscim scan` in real Git checkouts. */
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { samples } from "../scan/samples.ts";
import { CheckoutFolder, nothingAt, told } from "./checkouts.ts";

let at: CheckoutFolder;
beforeEach(async () => {
  at = new CheckoutFolder();
  await at.must("git", "init", "-q", "-b", "main");
});
afterEach(() => at.remove());

const okta = "an Okta API token";
const gitlab = "a GitLab SCIM token";
const clean = (files: string) => ({ code: 0, lines: [`${files} scanned, nothing found`] });

async function commit(...args: string[]): Promise<string> {
  await at.must("git", "add", "--all");
  await at.must("git", "commit", "-q", "-m", "change", ...args);
  return at.must("git", "rev-parse", "HEAD");
}

test("a tree: what is tracked, below the folder that is asked for, or the files that are named", async () => {
  at.write("a/agent.yaml", `url: x\ntoken: ${samples.okta}\n`);
  at.write("b/ä b.txt", `see ${samples.gitlab}\n`);
  at.write("image.png", Buffer.from(`\0${samples.okta}`));
  at.write("node_modules/x/index.js", samples.okta);
  at.write("large.sql", samples.okta + " ".repeat(6 << 20));
  await commit();
  at.write(".env", `TOKEN=${samples.okta}\n`);
  rmSync(at.path("a/gone.txt"), { force: true });
  const [agent, text] = [told("a/agent.yaml:2:8", okta), told("b/ä b.txt:1:5", gitlab)];
  const large = "large.sql: not scanned: larger than 5 MiB";
  expect(await at.scan([])).toEqual({ code: 1, lines: [agent, text, large] });
  expect(await at.scan(["a", "b"])).toEqual({ code: 1, lines: [agent, text] });
  expect(await at.scan([], "b")).toEqual({ code: 1, lines: [told("ä b.txt:1:5", gitlab)] });
  expect(await at.scan([".env"])).toEqual({ code: 1, lines: [told(".env:1:7", okta)] });
  rmSync(at.path(".git"), { recursive: true });
  expect((await at.scan([])).lines.sort()).toEqual([told(".env:1:7", okta), agent, text, large].sort());
});

test("a path with nothing to scan is told, and is no success", async () => {
  at.write("a/a.yaml", "a: 1\n");
  await commit();
  at.write("new/.env", `TOKEN=${samples.okta}\n`);
  expect(await at.scan(["new"])).toEqual({ code: 1, lines: [nothingAt("new")] });
  expect(await at.scan(["a", "new"])).toEqual({
    code: 1,
    lines: ["1 file scanned, nothing found", nothingAt("new")],
  });
  expect(await at.scan([], "new")).toEqual({ code: 1, lines: [nothingAt(".")] });
});

test("--json gives the same to machines, without a value", async () => {
  at.write("a.yaml", `token: ${samples.okta}\n`);
  await commit();
  const { code, lines } = await at.scan(["--json"]);
  expect(code).toBe(1);
  expect(JSON.parse(lines.join("\n"))).toEqual({
    scanned: 1,
    findings: [
      {
        file: "a.yaml",
        line: 1,
        column: 8,
        message: expect.stringContaining(okta),
        rule: "hgscim/okta-token",
      },
    ],
    skipped: [],
  });
  expect(lines.join("\n")).not.toContain(samples.okta.slice(2, 12));
});

test("--staged: what the index adds, before the first commit too, and whatever is configured", async () => {
  at.write("a.yaml", `old: ${samples.gitlab}\n\nb: 1\n`);
  await at.must("git", "add", "a.yaml");
  expect(await at.scan(["--staged"])).toEqual({ code: 1, lines: [told("a.yaml:1:6", gitlab)] });
  await at.must("git", "commit", "-q", "-m", "leak");
  expect(await at.scan(["--staged"])).toEqual(clean("0 files"));

  for (const setting of [
    ...["diff.noprefix=true", "diff.suppressBlankEmpty=true", "diff.external=false", "color.ui=always"],
    ...["diff.renames=copies", "diff.mnemonicPrefix=true", "diff.context=0"],
  ])
    await at.must("git", "config", ...setting.split("="));
  at.write(".gitattributes", "*.yaml binary\n");
  at.write("a.yaml", `old: ${samples.gitlab}\n\nb: 1\ntoken: ${samples.okta}\n`);
  await at.must("git", "add", ".");
  at.write("a.yaml", "nothing: here\n");
  expect(await at.scan(["--staged"])).toEqual({ code: 1, lines: [told("a.yaml:4:8", okta)] });
});

test("--range: every changeset, also what a later one takes back, and what only a merge has", async () => {
  at.write("a.yaml", "a: 1\nb: 2\nc: 3\n");
  const first = await commit();
  at.write("a.yaml", `a: 1\nb: ${samples.okta}\nc: 3\n`);
  const leak = await commit();
  at.write("a.yaml", "a: 1\nb: 3\nc: 3\n");
  const back = await commit();
  expect(await at.scan(["--range", `${first}..HEAD`])).toEqual({
    code: 1,
    lines: [told("a.yaml:2:4", okta, leak)],
  });
  expect(await at.scan(["--range", `${leak}..HEAD`])).toEqual(clean("1 file"));
  expect(await at.scan(["--range", "HEAD..HEAD"])).toEqual(clean("0 files"));

  await at.must("git", "checkout", "-q", "-b", "side", leak);
  at.write("a.yaml", "a: 1\nb: 4\nc: 3\n");
  await commit();
  expect((await at.attempt("git", "merge", "-q", "main")).code).toBe(1);
  at.write("a.yaml", `a: 1\nb: 5\nmore: ${samples.gitlab}\nc: 3\n`);
  const merge = await commit();
  expect(await at.scan(["--range", `HEAD ^${back} ^${leak}`])).toEqual({
    code: 1,
    lines: [told("a.yaml:3:7", gitlab, merge)],
  });
});

test("--install: the hook stops the commit, also of a part, and stays as it is", async () => {
  const hook = ".git/hooks/pre-commit";
  expect(await at.scan(["--install"])).toEqual({ code: 0, lines: [`${hook}: written`] });
  const installed = readFileSync(at.path(hook), "utf8");
  const { mtimeMs } = statSync(at.path(hook));
  expect(await at.scan(["--install"])).toEqual({
    code: 0,
    lines: [`${hook}: scans already, nothing changed`],
  });
  expect(readFileSync(at.path(hook), "utf8")).toBe(installed);
  expect(statSync(at.path(hook)).mtimeMs).toBe(mtimeMs);

  at.write("good.yaml", "a: 1\n");
  at.write("bad.yaml", `token: ${samples.okta}\n`);
  await at.must("git", "add", ".");
  const refused = await at.attempt("git", "commit", "-q", "-m", "leak");
  expect(refused.code).toBe(1);
  expect(refused.stdout + refused.stderr).toContain(told("bad.yaml:1:8", okta));
  await at.must("git", "commit", "-q", "-m", "good", "good.yaml");
  at.write("bad.yaml", "token: ref+env://TOKEN\n");
  expect((await at.attempt("git", "commit", "-q", "-m", "still in the index")).code).toBe(1);
  await at.must("git", "commit", "-q", "-a", "-m", "a reference");
});

test("--install honours core.hooksPath, and leaves another's hook to them", async () => {
  await at.must("git", "config", "core.hooksPath", "hooks of ours");
  at.write("below/x", "");
  expect((await at.scan(["--install"], "below")).lines).toEqual(["../hooks of ours/pre-commit: written"]);
  expect(existsSync(at.path(".git/hooks/pre-commit"))).toBe(false);

  const hook = at.path("hooks of ours/pre-commit");
  writeFileSync(hook, "#!/bin/sh\nnpm test\n");
  const { code, lines } = await at.scan(["--install"]);
  expect(code).toBe(1);
  const [, line] =
    /another hook is there, and stays as it is \(expected in it: (.*)\)$/.exec(lines.join()) ?? [];
  expect(readFileSync(hook, "utf8")).toBe("#!/bin/sh\nnpm test\n");
  writeFileSync(hook, `#!/bin/sh\nnpm test\n${line}\n`);
  expect((await at.scan(["--install"])).code).toBe(0);
  expect(readFileSync(hook, "utf8")).toBe(`#!/bin/sh\nnpm test\n${line}\n`);
});

test.each([
  [["--staged", "x.yaml"], "too much at once"],
  [["--install", "--json"], "too much at once"],
  [["--range", "nothing..HEAD"], "git: fatal: bad revision"],
  [["--range=--output=leak"], "git: fatal: "],
  [["nowhere.yaml"], "nowhere.yaml: no such file"],
  [["--stagd"], "Unknown option"],
])("wrong usage ends with 2: %j", async (args, expected) => {
  const { code, lines } = await at.scan(args);
  expect(code).toBe(2);
  expect(lines[0]).toContain(expected);
  expect(lines.at(-1)).toMatch(/^Usage: hgscim scan /);
  expect(existsSync(at.path("leak"))).toBe(false);
});

test("outside a checkout there is nothing staged", async () => {
  rmSync(at.path(".git"), { recursive: true });
  for (const mode of [["--staged"], ["--range", "x"], ["--install"]]) {
    const { code, lines } = await at.scan(mode);
    expect(code).toBe(2);
    expect(lines[0]).toContain("not in a checkout (expected a folder with .git or .hg");
  }
});
