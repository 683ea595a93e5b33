/** What the delta of a manifest tells is judged as the whole manifest is, and without reading that. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Access, writeAccess } from "../agent/mercurial/access.ts";
import { commit, hg, local, makeRepository, succeed } from "../agent/mercurial/client.ts";
import { type ForgedChangeset, Hostile } from "../agent/mercurial/hostile.ts";
import { World } from "../agent/mercurial/world.ts";

/** ada writes all but secrets. */
const access: Access = {
  accounts: { ada: true, rob: true },
  memberships: { ada: ["okta/core-team"], rob: ["okta/readers"] },
  permissions: {
    core: {
      repositories: ["core/**"],
      read: ["okta/readers"],
      write: ["okta/core-team"],
      paths: { "secrets/**": ["okta/managers"] },
    },
    free: { repositories: ["free/**"], read: ["okta/readers"], write: ["okta/core-team"] },
  },
};

let world: World;
let hostile: Hostile;
let made = 0;
beforeAll(async () => {
  world = await World.make({
    more: `
[extensions]
counting = ${fileURLToPath(new URL("../agent/mercurial/counting.py", import.meta.url))}
[counting]
file = $SIGNALS/read
`,
  });
  writeAccess(world.access, access);
  hostile = await Hostile.start();
});
afterAll(async () => {
  await hostile.end();
  await world.end();
});

/** A repository with one file of a rule among others, and a clone of it. */
async function repository(folder: string) {
  const name = `${folder}/deltas${++made}`;
  const root = world.path("root", name);
  await makeRepository(root);
  mkdirSync(`${root}/secrets`);
  for (const file of ["a", "b", "secrets/key", "secrets/other", "z"])
    writeFileSync(`${root}/${file}`, `${file}\n`);
  await commit(root, "f", "f");
  const clone = world.path(`clone${made}`);
  await succeed(local(world.folder, "clone", "-q", root, clone));
  return { name, clone };
}

describe("a file of a rule is judged", () => {
  it.each<[string, NonNullable<ForgedChangeset["files"]>]>([
    ["changed", { "secrets/key": ["changed", ""] }],
    ["made a program", { "secrets/key": ["secrets/key\n", "x"] }],
    ["added", { "secrets/kez": ["added", ""] }],
    ["removed", { "secrets/key": null }],
    ["changed with those around it", { b: ["b", ""], "secrets/key": ["c", ""], z: ["z", ""] }],
  ])("where a delta ends within an entry: %s", async (_, files) => {
    for (const folder of ["core", "free"]) {
      const { name, clone } = await repository(folder);
      const on = (await world.changesets(name))[0] as string;
      const changesets = [{ on, files, entries: [], apart: true }];
      const { answer } = await hostile.push(clone, `${world.host.url}/${name}`, "ada", { changesets });
      // Mercurial itself takes a delta only where it ends as a line does
      const taken = folder === "core" ? "which changes secrets/ke" : "added 1 changesets";
      expect(answer).toMatch(new RegExp(`${taken}|hg pushes nothing like what is in this bundle`));
      const seen = world.path(`seen${made}`);
      await succeed(hg(world.folder, "clone", "-q", world.url("rob", name), seen));
      if (folder === "core") expect(readdirSync(`${seen}/secrets`)).toEqual(["key", "other"]);
      await succeed(local(seen, "verify", "-q"));
    }
  });
});

describe("changesets of a large push", () => {
  it.each(["core", "free"])("are judged without reading each manifest whole, in %s", async (folder) => {
    const { name, clone } = await repository(folder);
    for (let n = 0; n < 30; n++) await commit(clone, n % 3 ? "a" : `added${n}`, `${n}`);
    await succeed(local(clone, "mv", "b", "c"));
    await succeed(local(clone, "commit", "-qm", "moved"));
    writeFileSync(world.path("signals", "read"), "");
    expect((await hg(clone, "push", world.url("ada", name))).output).toContain("added 31 changesets");
    expect(readFileSync(world.path("signals", "read")).length).toBeLessThan(10);
  });
});
