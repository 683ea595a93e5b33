/** What the SCIM listener serves of a release. */
import { expect, test } from "vitest";
import { makeRuntime } from "../../agent/runtime.ts";
import { loadEnvironment } from "../../model/load.ts";

test("only who writes to us with a token of its own is served", async () => {
  const loaded = await loadEnvironment("environments/reference.yaml");
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const { release } = loaded.value;
  const active = {
    release,
    digest: "",
    policyDigest: "",
    bindingsDigest: "",
    activatedAt: 0,
    activatedBy: "",
    origin: { sources: {} },
  };
  const { connectors } = makeRuntime(active, new Map([["okta-token", ["a", "b"]]]));
  expect(Object.keys(release.connectors).length).toBeGreaterThan(1);
  expect(connectors).toMatchObject([
    { name: "okta", path: "/scim/okta/v2", pageSize: 200, allow: ["groups", "users"] },
  ]);
  expect(connectors[0]?.tokens).toHaveLength(2);
});
