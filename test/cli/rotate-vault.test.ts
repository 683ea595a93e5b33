/** `hgscim rotate` where the slots are in Vault: written with the operator's credentials, beside what else is there, and never over what somebody else wrote. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { vaultPlace } from "../../cli/rotate/vault-place.ts";
import { VaultConfig } from "../../secrets/stores/configuration.ts";
import { type Harness, startHarness } from "../agent/harness.ts";
import { localFile, makeProject, type Project } from "../e2e/terraform-project.ts";
import { VaultServer } from "../secrets/vault-server.ts";

const one = `${"4f".repeat(8)}the-first-token-of-okta`;
let vault: VaultServer;
let h: Harness | undefined;
let project: Project | undefined;
beforeEach(async () => {
  vault = new VaultServer();
  await vault.start();
});
afterEach(async () => {
  project?.remove();
  await h?.stop();
  await vault.stop();
  [h, project] = [undefined, undefined];
});

const places = (path: string) => ["current", "next"].map((key) => `ref+vault://kv/${path}#/${key}`);
const world = async (version: 1 | 2, path: string, secret: Record<string, unknown>) => {
  vault.mount("kv", version);
  vault.put("kv", path, secret);
  process.env.SCIM_TEST_VAULT_TOKEN = vault.token();
  const agent = await startHarness(["core/api"], {
    egress: [vault.host],
    references: ["ref+env://SCIM_*", "ref+vault://kv/scim/*#/*"],
    vault: VaultConfig.parse({ address: vault.address, login: { token: "ref+env://SCIM_TEST_VAULT_TOKEN" } }),
  });
  h = agent;
  project = await makeProject(agent);
  project.edit(localFile, (text) =>
    text.replace(
      /okta-token: \{ refs: \[.*?\],/,
      `okta-token: { refs: ${JSON.stringify(places(path))}, quiet: 1s,`,
    ),
  );
  await agent.deploy(
    await agent.release((draft) => {
      Object.assign(draft.secrets["okta-token"], { refs: places(path), quiet: "1s" });
    }),
  );
  return { agent, project };
};
const read = async (agent: Harness, token: string) =>
  (await agent.scim("GET", "/Users", undefined, token)).status;

test.each([1, 2] as const)("KV %i: a life, in which other keys of the secret stay", async (version) => {
  const others = { owner: "identity", retries: 3 };
  const { agent, project } = await world(version, "scim/okta", { current: one, ...others });
  const rotate = (...args: string[]) => project.hgscim("rotate", "local", "okta-token", ...args);
  const without = await rotate("--once", "--yes");
  expect(without.code).toBe(1);
  expect(without.stderr).toMatch(
    /^VAULT_ADDR is not set\nSet VAULT_ADDR and VAULT_TOKEN as for the vault command/,
  );
  project.env.VAULT_ADDR = vault.address;
  project.env.VAULT_TOKEN = vault.token();
  const denied = await rotate("--once", "--yes");
  expect(denied.stderr).toContain(
    "scim/okta, key next: Vault does not allow it to your token (VAULT_TOKEN), or nothing is mounted there (expected a policy that lets it create and update the path)",
  );
  project.env.VAULT_TOKEN = vault.token({ writes: ["kv"] });
  const begun = await rotate("--once", "--yes");
  expect(begun.stdout).toContain("Read it there: vault kv get -field=next kv/scim/okta");
  const { next } = vault.valueOf("kv", "scim/okta") as { next: string };
  expect(vault.valueOf("kv", "scim/okta")).toEqual({ current: one, next, ...others });
  expect([await read(agent, one), await read(agent, next)]).toEqual([200, 200]);
  const done = await rotate();
  expect(done.code).toBe(0);
  expect(vault.valueOf("kv", "scim/okta")).toEqual({ current: next, next, ...others });
  expect([await read(agent, one), await read(agent, next)]).toEqual([401, 200]);
  for (const secret of [one, next, project.env.VAULT_TOKEN])
    expect([...project.printed, ...agent.logs].join("")).not.toContain(secret);
});

test("another Vault than the agent's is noticed before anything is overwritten, or what was written is taken back", async () => {
  const { project } = await world(2, "scim/okta", { current: one });
  const other = new VaultServer();
  await other.start();
  other.mount("kv", 2);
  project.env.VAULT_ADDR = other.address;
  project.env.VAULT_TOKEN = other.token({ writes: ["kv"] });
  const refused = await project.hgscim("rotate", "local", "okta-token", "--once", "--yes");
  expect(refused.code).toBe(1);
  expect(refused.stderr).toBe(
    "ref+vault://kv/scim/okta#/current: what is there for this command is not what the agent reads\nVAULT_ADDR is another Vault than agent.yaml names, or VAULT_NAMESPACE another namespace.\n",
  );
  other.put("kv", "scim/okta", { next: "somebody else's" });
  const unlike = await project.hgscim("rotate", "local", "okta-token", "--once", "--yes");
  expect(unlike.stderr).toContain("what is there for this command is not what the agent reads");
  expect(other.valueOf("kv", "scim/okta")).toEqual({ next: "somebody else's" });
  // a copy of the agent's is noticed when the agent does not see what was written there
  other.put("kv", "scim/okta", { current: one });
  const unseen = await project.hgscim("rotate", "local", "okta-token", "--once", "--yes");
  expect(unseen.stderr).toContain(
    "the agent does not see what was written within 10 s: this is another host or store",
  );
  expect(unseen.stderr).toContain("What was there before is there again.");
  expect(other.valueOf("kv", "scim/okta")).toEqual({ current: one });
  vault.state = "sealed";
  const sealed = await project.hgscim("rotate", "local", "okta-token", "--once", "--yes");
  expect(sealed.stderr).toMatch(
    /^Not yet\. .*is sealed.*: nothing is done before the agent can read it\.\n$/,
  );
  await other.stop();
});

test("what somebody else has written meanwhile is not lost", async () => {
  vault.mount("kv", 2);
  vault.put("kv", "scim/okta", { current: one });
  const place = vaultPlace(
    { kind: "vault", path: "kv/scim/okta", key: "next" },
    { VAULT_ADDR: vault.address, VAULT_TOKEN: vault.token({ writes: ["kv"] }) },
  );
  if (!place.ok) throw new Error(place.error.reason);
  // the other one comes between the look and the write
  const answered = vault.asked.length;
  const writing = place.value.write("mine", undefined);
  while (vault.asked.length < answered + 2) await new Promise((done) => setImmediate(done));
  vault.overtake("kv", "scim/okta", { current: one, other: "theirs" });
  expect(await writing).toMatchObject({
    ok: false,
    error: { reason: "kv/scim/okta, key next: somebody else has written the secret meanwhile" },
  });
  expect(vault.valueOf("kv", "scim/okta")).toEqual({ current: one, other: "theirs" });
  expect((await place.value.write("mine", "something")).ok).toBe(false);
  expect(await place.value.write("mine", undefined)).toEqual({ ok: true, value: null });
  expect(vault.valueOf("kv", "scim/okta")).toEqual({ current: one, other: "theirs", next: "mine" });
});

test.each([
  [{ VAULT_ADDR: "vault.example.com" }, "VAULT_ADDR is no address"],
  [{ VAULT_ADDR: "http://vault.example.com:8200" }, "VAULT_ADDR is reached by https only"],
  [{ VAULT_ADDR: "https://vault.example.com:8200", VAULT_TOKEN: "" }, "VAULT_TOKEN is not set"],
])("an operator's settings that cannot be: %o", (settings, told) => {
  const place = vaultPlace({ kind: "vault", path: "kv/a", key: "b" }, { VAULT_TOKEN: "one", ...settings });
  expect(place).toMatchObject({ ok: false, error: { reason: expect.stringContaining(told) } });
});
