/** `tenant` of a connector of Entra: its tokens alone are taken, at the door and while a request waits, with and without a release that runs. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Harness, type ReleaseShape, startHarness } from "../harness.ts";
import { change } from "../store/file.ts";
import { Issuer, trusting } from "./issuer.ts";

const tenant = "6f1c1a52-64c9-4f0e-9d3c-0d8b8a2f7c11";
const other = "7d444840-9dc0-41d5-8b1a-1f0e4f6c2b11";

let issuer: Issuer;
let h: Harness;
beforeEach(async () => {
  issuer = new Issuer(() => Date.now());
  await issuer.addKey("RS256", "RS256");
  await issuer.start();
  h = await startHarness([], { egress: [new URL(issuer.keys).host] });
});
afterEach(async () => {
  await h.stop();
  await issuer.stop();
});

const ofTenant = (draft: ReleaseShape) => {
  trusting(issuer)(draft);
  draft.variables.SCIM_TENANT = { type: "tenant-id", value: tenant };
  draft.variables.SCIM_AUDIENCE.type = "client-id";
  draft.connectors.okta.idp = "entra";
  draft.connectors.okta.tenant = { var: "SCIM_TENANT" };
};
const users = async (tid?: unknown) =>
  h.scim("GET", "/Users", undefined, await issuer.sign({ claims: { tid } }));

async function takesItsOwn(): Promise<void> {
  for (const tid of [tenant, tenant.toUpperCase()]) expect((await users(tid)).status).toBe(200);
  for (const tid of [other, "", 7, undefined]) {
    const { status, headers } = await users(tid);
    expect(status).toBe(401);
    expect(headers.get("www-authenticate")).toContain("invalid_token");
  }
}

test("a token of another tenant, or of none, is not taken", async () => {
  await h.deploy(await h.release(ofTenant));
  await takesItsOwn();
});

test("nor while the stored release does not run", async () => {
  await h.deploy(await h.release(ofTenant));
  await h.restart(() =>
    change(
      `${h.config.data}/store.db`,
      "UPDATE releases SET release = '{'; UPDATE release_copy SET release = '{'",
    ),
  );
  await takesItsOwn();
});

test("without one, any tenant of the issuer is taken", async () => {
  await h.deploy(await h.release(trusting(issuer)));
  expect((await users(other)).status).toBe(200);
});

test("where nothing tells the tenant, a release that names one is refused", async () => {
  const release = await h.release((draft) => {
    draft.variables.SCIM_TENANT = { type: "uuid", value: tenant };
    draft.connectors.okta.tenant = { var: "SCIM_TENANT" };
  });
  const { failures } = (await h.admin("POST", "/impact", { body: { release } })).body;
  expect(failures).toEqual([
    "connectors.okta.tenant: nothing tells of which tenant a request is (expected it beside auth.oauth of idp entra, whose tokens do, or no tenant)",
  ]);
});
