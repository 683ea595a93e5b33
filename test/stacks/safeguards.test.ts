import { Testing } from "cdktf";
import { expect, test } from "vitest";
import { canonicalJson } from "../../model/canonical.ts";
import { parseEntry } from "../../model/entry-text.ts";
import type { Accept } from "../../model/environment/bounds.ts";
import { type LoadedEnvironment, loadEnvironment } from "../../model/load.ts";
import { Release } from "../../model/release.ts";
import { EnvironmentStack } from "../../stacks/environment-stack.ts";

async function load(name: string): Promise<LoadedEnvironment> {
  const loaded = await loadEnvironment(`environments/${name}.yaml`);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  return loaded.value;
}
const resourceOf = (environment: LoadedEnvironment) =>
  JSON.parse(Testing.synth(new EnvironmentStack(Testing.app(), environment), true)).resource.hgscim_release
    .release;

test("bounds and promote are settings of the release, and references stay references", async () => {
  const environment = await load("production");
  const { bounds, promote } = environment.release.settings;
  expect(bounds).toBeDefined();
  expect(promote?.agent.token).toMatch(/^ref\+/);
  const { settings } = resourceOf(environment);
  expect(Object.keys(settings).sort()).toEqual(["bounds", "delivery", "promote"]);
  expect(parseEntry(settings.bounds)).toEqual(bounds);
  expect(parseEntry(settings.promote)).toEqual(promote);
});

test("every setting that a release can have reaches the resource", async () => {
  const { alerts } = (await load("reference")).release.settings;
  const environment = await load("production");
  const whole = { ...environment.release.settings, ...(alerts && { alerts }) };
  expect(Object.keys(whole).sort()).toEqual(Object.keys(Release.shape.settings.shape).sort());
  const release = { ...environment.release, settings: whole };
  const { settings } = resourceOf({ ...environment, release });
  const parsed = Object.entries<string>(settings).map(([name, text]) => [name, parseEntry(text)]);
  expect(Object.fromEntries(parsed)).toEqual(whole);
});

test("accept stands beside the release, and is not there when nothing is accepted", async () => {
  const environment = await load("local");
  expect(resourceOf(environment)).not.toHaveProperty("accept");
  const accept: Accept = { from: `sha256:${"0".repeat(64)}`, lose: 3, protected: ["ada"] };
  const { accept: text, ...rest } = resourceOf({ ...environment, accept });
  expect(text).toBe(canonicalJson({ ...accept }));
  expect(rest).toEqual(resourceOf(environment));
});
