/** `hgscim scan` in real Mercurial checkouts. */
import { readFileSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { samples } from "../scan/samples.ts";
import { CheckoutFolder, nothingAt, told } from "./checkouts.ts";

let at: CheckoutFolder;
beforeEach(async () => {
  at = new CheckoutFolder();
  await at.must("hg", "init");
});
afterEach(() => at.remove());

const okta = "an Okta API token";
const gitlab = "a GitLab SCIM token";
const clean = (files: string) => ({ code: 0, lines: [`${files} scanned, nothing found`] });

async function commit(): Promise<string> {
  await at.must("hg", "commit", "--addremove", "-q", "-m", "change");
  return at.must("hg", "log", "-r", ".", "-T", "{node}");
}

test("a tree: what is tracked, below the folder that is asked for", async () => {
  expect(await at.scan([])).toEqual({ code: 1, lines: [nothingAt(".")] });
  at.write("a/agent.yaml", `url: x\ntoken: ${samples.okta}\n`);
  at.write("b/ä b.txt", Buffer.concat([Buffer.from([0xe9]), Buffer.from(` ${samples.gitlab}\n`)]));
  at.write("image.png", Buffer.from(`\0${samples.okta}`));
  await commit();
  at.write(".env", `TOKEN=${samples.okta}\n`);
  const [agent, text] = [told("a/agent.yaml:2:8", okta), told("b/ä b.txt:1:3", gitlab)];
  expect(await at.scan([])).toEqual({ code: 1, lines: [agent, text] });
  expect(await at.scan(["b"])).toEqual({ code: 1, lines: [text] });
  expect(await at.scan([], "a")).toEqual({ code: 1, lines: [told("agent.yaml:2:8", okta)] });
});

test("--staged: what the working directory adds, whatever is configured", async () => {
  at.write("a b.yaml", `old: ${samples.gitlab}\n\nb: 1\n`);
  await commit();
  expect(await at.scan(["--staged"])).toEqual(clean("0 files"));
  writeFileSync(at.path(".hg", "hgrc"), "[diff]\nnoprefix = yes\nunified = 0\n[ui]\ncolor = always\n");
  at.write("a b.yaml", `old: ${samples.gitlab}\n\nb: 1\ntoken: ${samples.okta}\n`);
  at.write("untracked.yaml", `token: ${samples.okta}\n`);
  expect(await at.scan(["--staged"])).toEqual({ code: 1, lines: [told("a b.yaml:4:8", okta)] });
});

test("--range: every changeset of a revset, also what a later one takes back", async () => {
  at.write("a.yaml", "a: 1\nb: 2\n");
  await commit();
  at.write("a.yaml", `a: 1\nb: ${samples.okta}\n`);
  const leak = await commit();
  at.write("a.yaml", "a: 1\nb: 3\n");
  await commit();
  expect(await at.scan(["--range", "all()"])).toEqual({ code: 1, lines: [told("a.yaml:2:4", okta, leak)] });
  expect(await at.scan(["--range", "2"])).toEqual(clean("1 file"));
  expect(await at.scan(["--range", "only(., .)"])).toEqual(clean("0 files"));
  const { code, lines } = await at.scan(["--range", "nothing"]);
  expect(code).toBe(2);
  expect(lines[0]).toContain("hg: abort: unknown revision 'nothing'");
});

test("--install: the hook stops the changeset, also an amended one, and stays as it is", async () => {
  const hgrc = at.path(".hg", "hgrc");
  writeFileSync(hgrc, "[ui]\nusername = ada"); // no line end
  expect(await at.scan(["--install"])).toEqual({ code: 0, lines: [".hg/hgrc: written"] });
  const installed = readFileSync(hgrc, "utf8");
  expect(installed).toMatch(
    /^\[ui\]\nusername = ada\n\[hooks\]\npretxncommit\.hgscim-scan = .* scan --range \$HG_NODE\n$/,
  );
  expect(await at.scan(["--install"])).toEqual({
    code: 0,
    lines: [".hg/hgrc: scans already, nothing changed"],
  });
  expect(readFileSync(hgrc, "utf8")).toBe(installed);

  at.write("good.yaml", "a: 1\n");
  const good = await commit();
  at.write("bad.yaml", `token: ${samples.okta}\n`);
  for (const command of [
    ["commit", "--addremove", "-m", "leak"],
    ["commit", "--amend", "--addremove", "-m", "leak"],
  ]) {
    const { code, stdout, stderr } = await at.attempt("hg", ...command);
    expect(code).toBe(255);
    expect(stdout + stderr).toContain("what looks like an Okta API token in changeset");
    expect(stdout + stderr).not.toContain(samples.okta.slice(2, 12));
    expect(await at.must("hg", "log", "-r", "tip", "-T", "{node}")).toBe(good);
  }
  at.write("bad.yaml", "token: ref+env://TOKEN\n");
  await commit();
});

test("--install takes the place of the one before, and only of that", async () => {
  const hgrc = at.path(".hg", "hgrc");
  const before = "[hooks]\npretxncommit.hgscim-scan = /old/hgscim scan\npretxncommit.other = true\n";
  writeFileSync(hgrc, before);
  expect((await at.scan(["--install"])).code).toBe(0);
  expect(readFileSync(hgrc, "utf8").replace(/= .* scan --range \$HG_NODE$/m, "= /old/hgscim scan")).toBe(
    before,
  );
});
