/** What an environment may declare and the agent does not act on yet: refused by name at plan and at activation. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Harness, type ReleaseShape, startHarness } from "./harness.ts";

let h: Harness;
beforeAll(async () => {
  h = await startHarness(["core/api"]);
});
afterAll(() => h.stop());

const url = (draft: ReleaseShape, name: string) => {
  draft.variables[name] = { type: "url", value: "https://login.example.com/x" };
  return { var: name };
};

test.each<[path: string, edit: (draft: ReleaseShape) => void]>([
  [
    "connectors.directory.read",
    (draft) => {
      const { scope, mapping } = draft.connectors.okta;
      const read = { url: url(draft, "SCIM_DIRECTORY_URL"), bearer: { var: "SCIM_AUTH_TOKEN" } };
      const cycle = { every: "40m", jitter: "0s" };
      draft.connectors.directory = { idp: "scim", read, cycle, scope, mapping, groups: [] };
    },
  ],
])("%s", async (path, edit) => {
  const release = await h.release(edit);
  const told = `${path}: this agent does not act on it yet`;
  const plan = await h.admin("POST", "/impact", { body: { release } });
  // nothing but what is not acted on: the release is valid
  for (const failure of plan.body.failures) expect(failure).toMatch(/: this agent does not act on it yet$/);
  expect(plan.body.failures).toContain(told);
  const activation = await h.admin("PUT", "/release", {
    body: { release, origin: {} },
    headers: { "If-None-Match": "*" },
  });
  expect(activation.status).toBe(422);
  expect(JSON.stringify(activation.body)).toContain(told);
});
