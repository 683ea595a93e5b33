/** What the SCIM listener serves of a release. */
import { expect, test } from "vitest";
import { makeRuntime } from "../../agent/runtime.ts";
import { loadEnvironment } from "../../model/load.ts";
import type { Release } from "../../model/release.ts";

async function referenceRelease(): Promise<Release> {
  const loaded = await loadEnvironment("environments/reference.yaml");
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.value.release;
}

function connectorsOf(release: Release) {
  const active = {
    release,
    digest: "",
    policyDigest: "",
    bindingsDigest: "",
    activatedAt: 0,
    activatedBy: "",
    origin: { sources: {} },
  };
  return makeRuntime(active, new Map([["okta-token", ["a", "b"]]])).connectors;
}

test("only who writes to us with a token of its own is served", async () => {
  const release = await referenceRelease();
  const connectors = connectorsOf(release);
  expect(Object.keys(release.connectors).length).toBeGreaterThan(1);
  expect(connectors).toMatchObject([
    { name: "okta", path: "/scim/okta/v2", pageSize: 200, allow: ["groups", "users"] },
  ]);
  expect(connectors[0]?.tokens).toHaveLength(2);
});

test("a page size that names a variable without a value is as none", async () => {
  const release = await referenceRelease();
  release.variables.SCIM_PAGE_SIZE = { type: "integer", required: false };
  expect(connectorsOf(release)).toMatchObject([{ name: "okta", pageSize: 100 }]);
});
