/** Which repositories there are: a folder that cannot be listed is an error, and one that has gone is not. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import * as files from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterEach, beforeEach, expect, test } from "vitest";
import { listRepositories } from "../../../agent/mercurial/repositories.ts";
import { fail, ok } from "../../../model/result.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "hgscim-repositories-"));
  chmodSync(root, 0o755);
  for (const name of ["docs", "core/api", "core/web"])
    mkdirSync(join(root, name, ".hg"), { recursive: true });
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

const whole = ok(["core/api", "core/web", "docs"]);
const cannot = (folder: string, why: string) => `repositories: ${folder} cannot be listed: ${why}`;

/** The listing as a user sees it who is not root. */
async function unprivileged(): Promise<unknown> {
  const program = join(root, "listing.cjs");
  await build({
    entryPoints: [fileURLToPath(new URL("unprivileged-listing.ts", import.meta.url))],
    outfile: program,
    bundle: true,
    platform: "node",
  });
  const { stdout, stderr } = spawnSync(process.execPath, [program, root], { encoding: "utf8" });
  expect(stderr).toBe("");
  return JSON.parse(stdout);
}

test("folders that the agent's user may not read, or not enter, are told by name", async () => {
  mkdirSync(join(root, "hidden", "secret", ".hg"), { recursive: true });
  chmodSync(join(root, "hidden"), 0o000);
  // its names can be read, what they are cannot be looked into
  chmodSync(join(root, "core"), 0o644);
  const listed = await unprivileged();
  chmodSync(join(root, "core"), 0o755);
  chmodSync(join(root, "hidden"), 0o755);
  const why = "the agent's user may not read it";
  expect(listed).toEqual(
    fail(["core/api", "core/web", "hidden"].map((name) => cannot(join(root, name), why))),
  );
});

test("a folder in a working copy that cannot be listed may hold repositories; what is in a .hg is nobody's business", async () => {
  mkdirSync(join(root, "docs", ".hg", "patches", ".hg"), { recursive: true });
  chmodSync(join(root, "docs", ".hg"), 0o000);
  expect(await unprivileged()).toEqual(whole);
  mkdirSync(join(root, "docs", "private"));
  chmodSync(join(root, "docs", "private"), 0o000);
  expect(await unprivileged()).toEqual(
    fail([cannot(join(root, "docs", "private"), "the agent's user may not read it")]),
  );
});

test("repositories within repositories are named, however deep, as the extension names them", async () => {
  for (const name of ["core/api/vendor", "core/api/src/lib/one", "core/api/src/lib/one/two", "docs/.HG"])
    mkdirSync(join(root, name, ".hg"), { recursive: true });
  // a subrepository that is a share, and one of Git
  mkdirSync(join(root, "docs", "git", ".git"), { recursive: true });
  mkdirSync(join(root, "docs", "shared", ".hg"), { recursive: true });
  writeFileSync(join(root, "docs", "shared", ".hg", "sharedpath"), join(root, "core", "web", ".hg"));
  // no repository, and nothing that leads round in a circle
  mkdirSync(join(root, "docs", "file"));
  writeFileSync(join(root, "docs", "file", ".hg"), "");
  symlinkSync(root, join(root, "docs", "up"));
  // the root is none: it would have no name
  mkdirSync(join(root, ".hg", "store", ".hg"), { recursive: true });
  expect(await listRepositories(root)).toEqual(
    ok([
      "core/api",
      "core/api/src/lib/one",
      "core/api/src/lib/one/two",
      "core/api/vendor",
      "core/web",
      "docs",
      "docs/.HG",
      "docs/shared",
    ]),
  );
});

test("a root that is not there, is a file, or leads in a circle is an error", async () => {
  const [missing, file, circle] = [join(root, "missing"), join(root, "file"), join(root, "circle")];
  writeFileSync(file, "");
  symlinkSync(circle, circle);
  expect(await listRepositories(missing)).toEqual(fail([cannot(missing, "it does not exist")]));
  expect(await listRepositories(file)).toEqual(fail([cannot(file, "it is not a folder")]));
  expect(await listRepositories(circle)).toEqual(fail([cannot(circle, "its links lead in a circle")]));
});

test("an empty root has none, and links beneath it are not followed", async () => {
  const empty = join(root, "docs", "empty");
  mkdirSync(empty);
  expect(await listRepositories(empty)).toEqual(ok([]));
  symlinkSync(join(root, "core"), join(root, "core", "again"));
  symlinkSync(join(root, "nowhere"), join(root, "nowhere"));
  expect(await listRepositories(root)).toEqual(whole);
});

test.each([
  ["removed", () => {}],
  ["replaced by a file", (path: string) => writeFileSync(path, "")],
])("a folder that is %s while the others are listed is not an error", async (_, instead) => {
  const readdir = (async (...asked: Parameters<typeof files.readdir>) => {
    const gone = join(root, "docs");
    if (asked[0] === gone) {
      rmSync(gone, { recursive: true });
      instead(gone);
    }
    return files.readdir(...asked);
  }) as typeof files.readdir;
  expect(await listRepositories(root, { ...files, readdir })).toEqual(ok(["core/api", "core/web"]));
});

test("a repository lies as deep as it does, and its .hg may be a link", async () => {
  const deep = Array.from({ length: 20 }, (_, i) => `d${i}`).join("/");
  mkdirSync(join(root, deep, ".hg"), { recursive: true });
  mkdirSync(join(root, "linked"));
  symlinkSync(join(root, "docs", ".hg"), join(root, "linked", ".hg"));
  expect(await listRepositories(root)).toEqual(ok(["core/api", "core/web", deep, "docs", "linked"]));
});

test.each([
  ["at the top of a file system", 0, 2, whole],
  ["of somebody else there", 7, 2, undefined],
  ["elsewhere", 0, 1, undefined],
])("a lost+found %s that cannot be listed", async (_, uid, dev, expected) => {
  const lost = join(root, "lost+found");
  mkdirSync(lost);
  const denied = Object.assign(new Error("denied"), { code: "EACCES" });
  const readdir = (async (...asked: Parameters<typeof files.readdir>) => {
    if (asked[0] === lost) throw denied;
    return files.readdir(...asked);
  }) as typeof files.readdir;
  const stat = (async (path: string) =>
    path.startsWith(root) ? { uid, dev } : { uid: 0, dev: 1 }) as unknown as typeof files.stat;
  expect(await listRepositories(root, { readdir, stat })).toEqual(
    expected ?? fail([cannot(lost, "the agent's user may not read it")]),
  );
});
