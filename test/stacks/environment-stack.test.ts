import { Testing } from "cdktf";
import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson } from "../../model/canonical.ts";
import { digestsOf, sectionNames } from "../../model/digest.ts";
import { entryText } from "../../model/entry-text.ts";
import { type LoadedEnvironment, loadEnvironment } from "../../model/load.ts";
import { version } from "../../model/package.ts";
import { EnvironmentStack } from "../../stacks/environment-stack.ts";

async function load(name: string): Promise<LoadedEnvironment> {
  const loaded = await loadEnvironment(`environments/${name}.yaml`);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  return loaded.value;
}

function synthesize(environment: Pick<LoadedEnvironment, "release" | "sources">) {
  const file = "environments/local.yaml";
  const text = Testing.synth(new EnvironmentStack(Testing.app(), { file, ...environment }), true);
  const stack = JSON.parse(text);
  return { stack, resource: stack.resource.hgscim_release.release, provider: stack.provider.hgscim[0] };
}

/** What Terraform makes of a string without interpolations. */
const fromTemplate = (text: string) => text.replace(/([$%])\1(?=\{)/g, "$1");

test("every entry of the release is one element of the one resource, as JSON text", async () => {
  const environment = await load("local");
  const { stack, resource } = synthesize(environment);
  expect(Object.keys(stack.resource)).toEqual(["hgscim_release"]);
  expect(Object.keys(stack.resource.hgscim_release)).toEqual(["release"]);
  expect(resource.environment).toBe("local");
  for (const section of sectionNames) {
    const expected = Object.entries(environment.release[section]).map(([name, entry]) => [
      name,
      entryText(section, entry),
    ]);
    expect(expected.length).toBeGreaterThan(0);
    const texts = Object.entries<string>(resource[section]).map(([name, text]) => [name, fromTemplate(text)]);
    expect(Object.fromEntries(texts)).toEqual(Object.fromEntries(expected));
  }
});

test("what reviewers read in a plan file is asked by the digest, and its check is there only for a change", async () => {
  const { release, sources } = await load("local");
  const { stack } = synthesize({ release, sources });
  expect(stack.data.hgscim_impact).toEqual({ impact: { digest: digestsOf(release).release } });
  expect(stack.module.impact).toEqual({
    source: "./impact",
    count: expect.stringMatching(/^.\{data\.hgscim_impact\.impact\.changed \? 1 : 0\}$/),
  });
  expect(JSON.stringify(stack.output)).not.toContain("impact");
});

test("a section without entries is there all the same", async () => {
  const { release, sources } = await load("local");
  const { resource } = synthesize({ release: { ...release, constraints: {} }, sources });
  expect(resource.constraints).toEqual({});
});

test("the provider is told whom to ask, by references, and where the lines are", async () => {
  const { release, sources } = await load("production");
  const { stack, provider } = synthesize({ release, sources });
  expect(provider).toEqual({
    ...release.settings.delivery.agent,
    environment: "production",
    folder: expect.stringMatching(/^(\.\.\/)+.*environments$/),
    sources: canonicalJson(sources),
  });
  expect(stack.terraform.required_providers).toEqual({
    hgscim: { source: "hgscim.internal/hgscim/hgscim", version },
  });
  const { url = "", token = "" } = release.settings.delivery.agent ?? {};
  const settings = { ...release.settings, delivery: { agent: { url, token }, destroy: "prevent" as const } };
  expect(synthesize({ release: { ...release, settings }, sources }).provider).not.toHaveProperty("ca");
});

test.each(["local", "airgap"])("terraform itself refuses to run %s when it is too old", async (name) => {
  const stack = JSON.parse(Testing.synth(new EnvironmentStack(Testing.app(), await load(name)), true));
  expect(stack.terraform.required_version).toBe(">= 1.5.0");
});

test("positions are no part of the resource: moving a line changes nothing", async () => {
  const { release, sources } = await load("local");
  const moved = Object.fromEntries(Object.keys(sources).map((key) => [key, "environments/local.yaml:99:1"]));
  const [before, after] = [synthesize({ release, sources }), synthesize({ release, sources: moved })];
  expect(after.provider).not.toEqual(before.provider);
  expect(after.resource).toEqual(before.resource);
});

test("an environment cannot be destroyed unless its file allows it", async () => {
  expect(synthesize(await load("production")).resource.lifecycle).toEqual({ prevent_destroy: true });
  expect(synthesize(await load("local")).resource.lifecycle).toEqual({ prevent_destroy: false });
});

test("no text is mistaken for a template of Terraform's or a token of cdktf's", async () => {
  const { release, sources } = await load("local");
  const piece = fc.oneof(
    fc.constantFrom("${", "$${", "%{", "%%{", "}", "$", '"', "\\", "\uFFFF", "\n", "~"),
    fc.constantFrom("$", "#", "&").map((sigil) => `${sigil}{TfToken[TOKEN.0]}`),
    fc.constantFrom("-1.8881545897087626e+289", "1e5", "local.x", "TfToken[", "]}"),
    fc.string({ unit: "binary" }),
  );
  const text = fc.array(piece, { minLength: 1, maxLength: 8 }).map((pieces) => `.${pieces.join("")}`);
  fc.assert(
    fc.property(text, (message) => {
      const constraint = {
        on: ["user.create" as const],
        require: "true",
        otherwise: "reject" as const,
        message,
      };
      const { resource, provider } = synthesize({
        release: { ...release, constraints: { odd: constraint } },
        sources: { ...sources, odd: message },
      });
      expect(fromTemplate(resource.constraints.odd)).toBe(entryText("constraints", constraint));
      expect(fromTemplate(provider.sources)).toBe(canonicalJson({ ...sources, odd: message }));
      for (const synthesized of [resource.constraints.odd, provider.sources])
        expect(synthesized.replace(/\$\$\{|%%\{/g, "")).not.toMatch(/[$%]\{/);
    }),
  );
});
