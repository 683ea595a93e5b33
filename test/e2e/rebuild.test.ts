import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { afterEach, expect, test } from "vitest";
import { type Harness, startHarness } from "../agent/harness.ts";
import { freePort } from "../free-port.ts";
import { makeProject, type Project } from "./terraform-project.ts";

let h: Harness;
const projects: Project[] = [];
afterEach(async () => {
  for (const project of projects.splice(0)) project.remove();
  await h.stop();
});

const freeAddress = async () => `127.0.0.1:${await freePort()}`;

/** A checkout of the repository on a machine that has never deployed, and what it deploys. */
async function deployFromScratch(): Promise<string> {
  const project = await makeProject(h);
  projects.push(project);
  const { code, stdout, stderr } = await project.hgscim("deploy", "local", "--yes");
  expect([code, stderr]).toEqual([0, expect.any(String)]);
  return /^digest = "(.*)"$/m.exec(stdout)?.[1] ?? "";
}

const people = ["ada", "bob", "cy", "dee", "eve"];
const groups = { engineering: people, "core-team": ["ada", "bob"], "docs-team": ["cy"] };

/** All of the directory, as a provider brings it to whom it does not find there. */
async function push(order: <T>(some: readonly T[]) => readonly T[]): Promise<void> {
  const ids = new Map<string, string>();
  for (const name of order(people)) {
    const user = { userName: `${name}@example.com`, externalId: `00u-${name}`, active: name !== "eve" };
    const { status, body } = await h.scim("POST", "/Users", user);
    expect(status).toBe(201);
    ids.set(name, body.id);
  }
  for (const [displayName, names] of order(Object.entries(groups))) {
    const members = order(names).map((name) => ({ value: ids.get(name) }));
    const group = { displayName, externalId: `00g-${displayName}`, members };
    expect((await h.scim("POST", "/Groups", group)).status).toBe(201);
  }
}

/** What everybody may do, by everything but the ids that an agent makes. */
async function access(): Promise<unknown> {
  const { body } = await h.admin("GET", "/access");
  return JSON.parse(JSON.stringify(body, (key, value) => (key === "user" ? undefined : value)));
}

test("the same digest, and the same access", async () => {
  const [scim, admin] = [{ listen: await freeAddress() }, { listen: await freeAddress() }];
  h = await startHarness(["core/api", "core/archive/old", "docs", "releases/7.0"], { scim, admin });
  const digest = await deployFromScratch();
  expect(digest).toMatch(/^sha256:/);
  await push((some) => some);
  const before = await access();
  const { accounts, memberships, grants, patterns } = h.accessFile();
  expect(accounts).toEqual(["ada,1", "bob,1", "cy,1", "dee,1"]);

  await h.restart(() => {
    for (const folder of [h.config.data, dirname(h.config.access)]) rmSync(folder, { recursive: true });
  });
  expect(h.accessFile().accounts).toEqual([]);
  expect(await deployFromScratch()).toBe(digest);
  await push((some) => [...some].reverse());
  expect((await h.admin("GET", "/release")).body.digest).toBe(digest);
  expect(await access()).toEqual(before);
  expect(h.accessFile()).toMatchObject({ accounts, memberships, grants, patterns });
  expect((await h.admin("GET", "/health")).body).toEqual({ ready: true, conditions: [] });
});
