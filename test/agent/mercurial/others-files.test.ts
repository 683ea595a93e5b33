/** What root has put in the place of the access file: the agent cannot change its owner or mode, and takes it over all the same. */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AccessFile } from "../../../agent/mercurial/access-file.ts";
import { readHeld } from "../../../agent/mercurial/held.ts";
import { asRoot, becomeRoot, becomeUser, isRoot } from "../as-user.ts";
import { type Harness, startHarness } from "../harness.ts";
import { staff } from "../people.ts";

const modeOf = (file: string) => {
  const { mode, uid } = statSync(file);
  return `${(mode & 0o7777).toString(8)} ${uid}`;
};

describe.runIf(isRoot)("an agent that is not root", () => {
  let root: string;
  let file: string;
  beforeEach(async () => {
    becomeUser();
    root = mkdtempSync(join(tmpdir(), "hgscim-others-"));
    file = join(root, "access", "access.db");
    const access = await AccessFile.open(file, "local");
    (await access.prepare([{ kind: "join", account: "ada", group: "okta/core" }], 1)).commit();
    access.close();
  });
  afterEach(() => {
    becomeRoot();
    rmSync(root, { recursive: true });
  });

  /** As `cp` puts a file back: without the one that was there, of root, with a mode. */
  const putBack = (from: string, mode: number) =>
    asRoot(() => {
      copyFileSync(from, `${file}.back`);
      rmSync(file, { force: true });
      renameSync(`${file}.back`, file);
      chmodSync(file, mode);
    });

  const putJournal = (text: string, mode: number) =>
    asRoot(() => {
      rmSync(`${file}-journal`, { force: true });
      writeFileSync(`${file}-journal`, text, { mode });
    });

  test.each([
    ["a file that others can read", () => putBack(file, 0o644), ["ada"]],
    ["a file that everybody can write", () => putBack(file, 0o666), ["ada"]],
    ["a file that root alone can read", () => putBack(file, 0o600), []],
    ["an empty journal beside the file", () => putJournal("", 0o644), ["ada"]],
    ["a journal that cannot be read", () => putJournal("x".repeat(1_024), 0o600), []],
    [
      "a link to a file of root's",
      () =>
        asRoot(() => {
          const other = join(root, "other.db");
          copyFileSync(file, other);
          chmodSync(other, 0o644);
          rmSync(file);
          symlinkSync(other, file);
        }),
      ["ada"],
    ],
    [
      "a draft",
      () => {
        putBack(file, 0o644);
        asRoot(() => writeFileSync(`${file}.new`, "", { mode: 0o600 }));
      },
      ["ada"],
    ],
  ])("takes over %s", async (_, leave, held) => {
    leave();
    const access = await AccessFile.open(file, "local");
    expect(modeOf(file)).toBe("640 1000");
    expect(readHeld(file).memberships.map(({ account }) => account)).toEqual(held);
    (await access.prepare([{ kind: "join", account: "bob", group: "okta/core" }], 1)).commit();
    expect(readHeld(file).memberships.map(({ account }) => account)).toEqual([...held, "bob"]);
    access.close();
  });

  test("goes on with an old copy put back while it runs: who left stays out, who leaves gets out, and it starts", async () => {
    becomeRoot();
    const h: Harness = await startHarness(["core/api"], { strictModes: "off" });
    try {
      file = h.config.access;
      await h.deploy(await h.release());
      const ids = await staff(h, { "core-team": ["ada", "bob", "cid"] });
      await h.restart(() => {
        execFileSync("chown", ["-R", "1000:1000", h.folder]);
        becomeUser();
      });
      const leave = async (name: string) =>
        (
          await h.scim("PATCH", `/Users/${ids.get(name)}`, {
            Operations: [{ op: "replace", path: "active", value: false }],
          })
        ).status;
      const old = join(root, "old.db");
      copyFileSync(file, old);
      expect(await leave("ada")).toBe(200);

      putBack(old, 0o644);
      expect(await leave("bob")).toBe(200);
      expect(h.accessFile().accounts).toEqual(["ada,0", "bob,0", "cid,1"]);
      expect(modeOf(file)).toBe("640 1000");

      // nobody writes
      putBack(old, 0o644);
      for (let i = 0; i < 50 && !h.accessFile().accounts?.includes("ada,0"); i++) await sleep(100);
      expect(h.accessFile().accounts).toEqual(["ada,0", "bob,0", "cid,1"]);

      await h.restart(() => putBack(old, 0o644));
      expect(h.accessFile().accounts).toEqual(["ada,0", "bob,0", "cid,1"]);
      expect(await leave("cid")).toBe(200);
      expect(h.accessFile().memberships).toEqual([]);
    } finally {
      await h.stop();
    }
  });
});
