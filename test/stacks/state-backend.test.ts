import { Testing } from "cdktf";
import { expect, test } from "vitest";
import { loadEnvironment } from "../../model/load.ts";
import { EnvironmentStack } from "../../stacks/environment-stack.ts";
import { backendOf } from "../../stacks/state-backend.ts";

const pg = { pg: { schema_name: "hgscim_{environment}" } };

async function backendIn(context: Parameters<typeof backendOf>[0], name = "local") {
  const loaded = await loadEnvironment(`environments/${name}.yaml`);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const backend = backendOf(context, name);
  if (!backend.ok) throw new Error(backend.error);
  const stack = new EnvironmentStack(Testing.app(), loaded.value, backend.value);
  return JSON.parse(Testing.synth(stack, true)).terraform.backend;
}

test("a state is kept where the project's context says so, each environment's apart", async () => {
  expect(await backendIn({ backend: pg })).toEqual({ pg: { schema_name: "hgscim_local" } });
  const backends = { local: { http: { address: "https://state.example.com/local", retry_max: 1 } } };
  expect(await backendIn({ backend: pg, backends })).toEqual(backends.local);
  expect(await backendIn({ backend: pg, backends }, "airgap")).toEqual({
    pg: { schema_name: "hgscim_airgap" },
  });
  const nested = { s3: { key: "{environment}", assume_role: { tags: ["$" + "{x}"] }, encrypt: true } };
  expect(await backendIn({ backend: nested })).toEqual({
    s3: { key: "local", assume_role: { tags: ["$$" + "{x}"] }, encrypt: true },
  });
});

test("without one it lies in the project's folder", async () => {
  for (const context of [{}, { backends: { staging: { pg: {} } } }])
    expect(await backendIn(context)).toEqual({
      local: { path: expect.stringMatching(/^(\.\.\/)+.*terraform\.local\.tfstate$/) },
    });
});

test.each([
  [{ backend: { pg: { schema_name: "hgscim" } } }, "context.backend is one state for every environment"],
  [{ backend: {} }, "context.backend is not a backend"],
  [{ backend: { ...pg, http: {} } }, "context.backend is not a backend"],
  [{ backend: "pg" }, "context.backend is not a backend"],
  [{ backend: ["pg"] }, "context.backend is not a backend"],
  [{ backend: null }, "context.backend is not a backend"],
  [{ backend: { pg: "x" } }, "context.backend is not a backend"],
  [{ backends: { local: 1 } }, "context.backends.local is not a backend"],
  [{ backends: [pg] }, "context.backends is no map"],
])("%j is refused in a sentence", (context, expected) => {
  const backend = backendOf(context, "local");
  if (backend.ok) throw new Error("it was taken");
  expect(backend.error).toContain(expected);
  expect(backend.error).toContain(`{ "pg": { "schema_name": "hgscim_{environment}" } }`);
});
