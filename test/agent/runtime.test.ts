/** What the SCIM listener serves of a release. */
import { expect, test } from "vitest";
import { hashToken } from "../../agent/authentication/token.ts";
import { makeRuntime } from "../../agent/releases/runtime.ts";
import { loadEnvironment } from "../../model/load.ts";
import type { Release } from "../../model/release.ts";

async function referenceRelease(): Promise<Release> {
  const loaded = await loadEnvironment("environments/reference.yaml");
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
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
  const tokens = ["a", "b"].map((token) => ({
    hash: hashToken(token),
    since: 0,
    expires: Number.POSITIVE_INFINITY,
  }));
  return makeRuntime(active, new Map([["okta", tokens]])).connectors;
}

test("where the path of one connector begins that of another, the longer one is meant", async () => {
  const release = await referenceRelease();
  const paths = connectorsOf(release).map(({ path }) => path.length);
  expect(paths.length).toBeGreaterThan(1);
  expect(paths).toEqual(paths.toSorted((one, other) => other - one));
});

test("only who writes to us is served, each by its own token or issuer", async () => {
  const release = await referenceRelease();
  const connectors = connectorsOf(release).toSorted((one, other) => (one.name > other.name ? -1 : 1));
  expect(Object.keys(release.connectors).length).toBeGreaterThan(1);
  expect(connectors).toMatchObject([
    {
      name: "okta",
      path: "/scim/okta/v2",
      pageSize: 200,
      allow: ["groups", "users"],
      credentials: { kind: "bearer", tokens: [{}, {}] },
      rateLimit: { requests: 600, per: 60_000 },
    },
    {
      name: "entra",
      path: "/scim/entra/v2",
      pageSize: 100,
      allow: ["users"],
      credentials: { kind: "oauth", audience: "c1a7e0b4-2f53-4d8a-9b61-7e4d90f3a528" },
    },
  ]);
});

test("a page size that names a variable without a value is as none", async () => {
  const release = await referenceRelease();
  release.variables.SCIM_PAGE_SIZE = { type: "integer", required: false };
  expect(connectorsOf(release).find(({ name }) => name === "okta")).toMatchObject({ pageSize: 100 });
});
