/** Nobody but root and the agent's user can replace a folder on the way to what the agent trusts. */
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startAgent } from "../../agent/agent.ts";
import { type Modes, onlyOurs } from "../../agent/strict-modes.ts";
import { runAgent } from "../../cli/agent/run.ts";
import { ok } from "../../model/result.ts";
import { startHarness } from "./harness.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "hgscim-modes-"));
  mkdirSync(join(root, "a", "b"), { recursive: true });
  mkdirSync(join(root, "shared"));
  writeFileSync(join(root, "a", "b", "agent.yaml"), "");
});
afterEach(() => rmSync(root, { recursive: true }));

const own = process.getuid?.() ?? 0;
/** The modes here, but for what belongs to others. */
const owned = (others: Readonly<Record<string, number>>): Modes => ({
  uid: own,
  stat(path) {
    const found = lstatSync(path, { throwIfNoEntry: false });
    return found && Object.assign(found, { uid: others[path.slice(root.length)] ?? found.uid });
  },
});
const told = (step: string, why: string, path: string) => ({
  ok: false,
  error: `${join(root, step)}: ${why}, who could replace the file ${path} (expected it to be of root or the agent's own user, and nobody else to write to it: chmod go-w)`,
});

test.each([
  ["a", 0o777, "others can write to it"],
  ["a", 0o775, "others can write to it"],
  ["a/b", 0o757, "others can write to it"],
  ["a/b/agent.yaml", 0o666, "others can write to it"],
  ["a/b/agent.yaml", 0o1666, "others can write to it"],
  ["a", 0o1777, undefined],
  ["a/b", 0o2755, undefined],
])("%s of mode %i on the way", (step, mode, why) => {
  chmodSync(join(root, step), mode);
  for (const path of [join(root, "a/b/agent.yaml"), join(root, "a/../a/b/agent.yaml")])
    expect(onlyOurs({ "the file": path })).toEqual(why === undefined ? ok(undefined) : told(step, why, path));
});

test("a folder, sticky too, or a file of another user is refused; root's is not", () => {
  const path = join(root, "a/b/agent.yaml");
  for (const step of ["a", "a/b", "a/b/agent.yaml"]) {
    expect(onlyOurs({ "the file": path }, owned({ [`/${step}`]: 4711 }))).toEqual(
      told(step, "it belongs to another user (uid 4711)", path),
    );
    expect(onlyOurs({ "the file": path }, owned({ [`/${step}`]: 0 }))).toEqual(ok(undefined));
  }
  chmodSync(join(root, "a"), 0o1777);
  expect(onlyOurs({ "the file": path }, owned({ "/a": 4711 })).ok).toBe(false);
});

test("links are looked at, and both ways to what they lead to", () => {
  symlinkSync("../a", join(root, "shared", "link"));
  const path = join(root, "shared/link/b/agent.yaml");
  expect(onlyOurs({ "the file": path })).toEqual(ok(undefined));
  expect(onlyOurs({ "the file": path }, owned({ "/shared/link": 4711 }))).toEqual(
    told("shared/link", "it belongs to another user (uid 4711)", path),
  );
  for (const step of ["shared", "a"]) {
    chmodSync(join(root, step), 0o777);
    expect(onlyOurs({ "the file": path })).toEqual(told(step, "others can write to it", path));
    chmodSync(join(root, step), 0o755);
  }
  // a link's target is told from where the link really is
  symlinkSync("shared/link/b", join(root, "deep"));
  symlinkSync("../b/agent.yaml", join(root, "a", "b", "again"));
  chmodSync(join(root, "a", "b"), 0o777);
  expect(onlyOurs({ "the file": join(root, "deep", "again") }).ok).toBe(false);
});

test("what is not there yet is not asked about, and links in a circle end", () => {
  expect(onlyOurs({ "the file": join(root, "a/new/folder/file") })).toEqual(ok(undefined));
  const circle = join(root, "circle");
  symlinkSync(circle, circle);
  expect(onlyOurs({ "the file": join(circle, "file") })).toEqual(ok(undefined));
  chmodSync(join(root, "a"), 0o777);
  expect(onlyOurs({ "the file": join(root, "a/new/file") }).ok).toBe(false);
});

test.each(["data", "access", "socket"] as const)(
  "an agent does not start where others can replace %s",
  async (key) => {
    const at = { data: "open/data", access: "open/access/access.db", socket: "open/own/agent.sock" }[key];
    const h = await startHarness();
    const config = {
      ...h.config,
      data: join(root, "data"),
      access: join(root, "access/access.db"),
      [key]: join(root, at),
    };
    const start = async (more = {}) =>
      (await startAgent({ ...config, ...more }, pino({ enabled: false }))).stop();
    try {
      mkdirSync(join(root, "open"));
      chmodSync(join(root, "open"), 0o777);
      await expect(start()).rejects.toThrow(
        `${join(root, "open")}: others can write to it, who could replace the `,
      );
      await start({ strictModes: "off" });
      chmodSync(join(root, "open"), 0o755);
      await start();
    } finally {
      await h.stop();
    }
  },
);

test("nor where others can replace its configuration", async () => {
  const file = join(root, "a/b/agent.yaml");
  const config = {
    environment: "local",
    data: "data",
    access: "access/access.db",
    repositories: "repositories",
    scim: { listen: "127.0.0.1:0" },
    admin: { listen: "127.0.0.1:0" },
    references: [],
    tokens: [{ name: "ci", role: "deployer", sha256: "0".repeat(64) }],
  };
  writeFileSync(file, JSON.stringify(config));
  const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  try {
    for (const [step, mode, before] of [
      ["a", 0o777, 0o755],
      ["a/b/agent.yaml", 0o664, 0o644],
    ] as const) {
      chmodSync(join(root, step), mode);
      expect(await runAgent(file)).toBe(1);
      chmodSync(join(root, step), before);
      expect(said.mock.lastCall?.[0]).toContain(
        `${join(root, step)}: others can write to it, who could replace the configuration ${file}`,
      );
    }
  } finally {
    said.mockRestore();
  }
});
