/**
 * A connector whose token is in Vault, in a file or printed by a helper: another value lets in without a deploy or a restart, and
 * what runs goes on where the store is away.
 */
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { HelperConfig, VaultConfig } from "../../secrets/stores/configuration.ts";
import { selfSignedCertificate } from "../../x509/self-signed.ts";
import { VaultServer } from "../secrets/vault-server.ts";
import { rowsOf } from "./alerts/store.ts";
import { Clocks } from "./clock/world.ts";
import { type Harness, type ReleaseShape, startHarness } from "./harness.ts";
import { send } from "./request.ts";

const okta = "ref+vault://kv/scim/okta#/token";
const values = ["the-first-token-of-okta", "the-second-token-of-okta", "the-third-token-of-okta"] as const;
const [first, second, third] = values;
let folder: string;
let clocks: Clocks;
let h: Harness;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-stores-"));
  clocks = new Clocks();
});
afterEach(async () => {
  await h.stop();
  rmSync(folder, { recursive: true, force: true });
});

const start = async (settings: Parameters<typeof startHarness>[1]) => {
  h = await startHarness(["core/api"], settings, { ...clocks.given, secretsEvery: 20 });
};
const refersTo =
  (...refs: string[]) =>
  (draft: ReleaseShape) => {
    draft.secrets["okta-token"].refs = refs;
  };
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return `ref+file://${join(folder, name)}`;
};
const read = async (token: string) => (await h.scim("GET", "/Users", undefined, token)).status;
let people = 0;
const joining = (token: string) =>
  h.scim("POST", "/Users", { userName: `p${++people}@example.com`, active: true }, token);
const until = (check: () => Promise<void> | void) => vi.waitFor(check, { timeout: 20_000, interval: 20 });
const told = () =>
  rowsOf(h, "SELECT summary FROM events WHERE kind = 'secrets'").map(({ summary }) => summary);
const logged = (text: string) => h.logs.filter((line) => line.includes(text)).length;

test("Vault: a replaced value lets in within its refresh; a sealed one leaves what runs running, and is told; a start while it is sealed takes access away, and comes to itself", async () => {
  const pair = selfSignedCertificate({ hosts: ["127.0.0.1"] });
  const vault = new VaultServer({ tls: { cert: pair.pem, key: pair.key }, namespace: "team" });
  await vault.start();
  vault.mount("kv", 2);
  vault.put("kv", "scim/okta", { token: first });
  const { roleId, secretId } = vault.appRole;
  const ca = join(folder, "ca.pem");
  writeFileSync(ca, pair.pem);
  await start({
    references: ["ref+vault://kv/scim/*#/*", `ref+file://${folder}/beside`],
    egress: [vault.host],
    vault: VaultConfig.parse({
      ...{ address: vault.address, ca, namespace: "team" },
      login: { appRole: { roleId, secretId: file("secret-id", secretId) } },
    }),
  });
  const digest = await h.deploy(await h.release(refersTo(okta)));
  const { id } = (await joining(first)).body;
  expect(await read(second)).toBe(401);
  const rows = () => rowsOf(h, "SELECT count(*) AS n FROM releases")[0]?.n;
  const deployed = rows();

  vault.put("kv", "scim/okta", { token: second });
  clocks.pass(299_000);
  await new Promise((done) => setTimeout(done, 100));
  expect([await read(first), await read(second)]).toEqual([200, 401]);
  clocks.pass(1_000);
  await until(async () => expect(await read(second)).toBe(200));
  expect(await read(first)).toBe(401);
  expect(rows()).toBe(deployed);
  const replaced = rowsOf(
    h,
    "SELECT target, outcome, detail, release FROM audit WHERE operation = 'token.replace'",
  );
  expect(replaced).toEqual([
    {
      ...{ target: "okta", outcome: "done", release: digest },
      detail: "the value of secret okta-token is another one where its reference points",
    },
  ]);
  expect(logged("a token of the connector was replaced where its reference points")).toBe(1);

  vault.put("kv", "scim/okta", { token: third });
  vault.state = "sealed";
  clocks.pass(300_000);
  const sealed = `Vault at ${vault.address} is sealed (expected somebody to unseal it)`;
  const goesOn = `${sealed}; what runs goes on with the last value of okta-token; the agent asks again by itself`;
  await until(() => expect(told()).toEqual([goesOn]));
  expect((await joining(second)).status).toBe(201);
  const metrics = async () =>
    (
      await send(`${h.agent.admin}/metrics`, {
        ...{ method: "GET", body: undefined, ca: h.ca },
        headers: { Authorization: `Bearer ${h.tokens.reader}` },
      })
    ).text;
  expect(await metrics()).toContain('hgscim_secret_unread{secret="okta-token",value="last"} 1');
  // what runs is what a release comes with
  const beside = file("beside", "the-token-beside-one");
  const next = await h.release((draft) => {
    refersTo(okta, beside)(draft);
    draft.permissions.core.description = "while Vault is sealed";
  });
  await h.deploy(next, digest);
  expect([await read(second), await read("the-token-beside-one")]).toEqual([200, 200]);
  // and so is the other one of two, while this one is away
  file("beside", "the-token-beside-two");
  await until(async () => expect(await read("the-token-beside-two")).toBe(200));
  expect([await read(second), await read("the-token-beside-one")]).toEqual([200, 401]);
  // a reference that was never read has no last value
  const other = await h.admin("PUT", "/release", {
    body: { release: await h.release(refersTo("ref+vault://kv/scim/other#/token")), origin: {} },
    headers: { "If-Match": `"${(await h.admin("GET", "/release")).body.digest}"` },
  });
  expect([other.status, other.body.error.code]).toEqual([422, "secretUnresolved"]);
  expect(other.body.error.problems).toEqual([
    `secrets.okta-token: ref+vault://kv/scim/other#/token: ${sealed} (on the agent's host)`,
  ]);

  await h.restart();
  const asked = await joining(second);
  expect([asked.status, asked.headers.get("retry-after")]).toEqual([503, "30"]);
  expect((await joining("another-token-of-nobody")).status).toBe(503);
  expect((await joining("the-token-beside-two")).status).toBe(201);
  expect((await h.scim("PATCH", `/Users/${id}`, inactive, second)).status).toBe(200);
  await until(() => expect(told()).toHaveLength(2));
  expect(told()[1]).toBe(`${sealed}; there is no value of okta-token; the agent asks again by itself`);
  vault.state = "active";
  await until(async () => {
    clocks.pass(1_000);
    expect((await joining(third)).status).toBe(201);
  });
  expect(await read(second)).toBe(401);
  await until(() => expect(logged(`${sealed}: that is over`)).toBe(1));
  expect(await metrics()).not.toContain("hgscim_secret_unread{");
  // a secret that is gone leaves what runs running, but no release comes with it
  vault.put("kv", "scim/okta", "deleted");
  clocks.pass(300_000);
  await until(() => expect(told()).toHaveLength(3));
  expect(told()[2]).toMatch(
    /version 3, the newest one, is deleted .* goes on with the last value of okta-token/,
  );
  expect(await read(third)).toBe(200);
  const again = await h.admin("PUT", "/release", {
    body: { release: await h.release(refersTo(okta)), origin: {} },
    headers: { "If-Match": `"${(await h.admin("GET", "/release")).body.digest}"` },
  });
  expect(again.body.error?.code).toBe("secretUnresolved");

  const audit = JSON.stringify((await h.admin("GET", "/audit?last=1000")).body);
  const events = JSON.stringify(rowsOf(h, "SELECT * FROM events"));
  for (const secret of [...values, "the-token-beside", secretId, roleId])
    expect([h.logs.join(""), audit, events, await metrics()].join("")).not.toContain(secret);
  await vault.stop();
});

test("a file: a folder that is swapped as Kubernetes does it; what cannot be a token, is an admin's or is gone leaves the last one", async () => {
  const secret = (version: string, text: string) => {
    mkdirSync(join(folder, version));
    file(`${version}/token`, text);
    symlinkSync(version, join(folder, "..data_tmp"));
    renameSync(join(folder, "..data_tmp"), join(folder, "..data"));
  };
  secret("..1", first);
  symlinkSync("..data/token", join(folder, "token"));
  const reference = `ref+file://${join(folder, "token")}`;
  await start({ references: [`ref+file://${folder}/*`] });
  await h.deploy(
    await h.release((draft) => {
      refersTo(reference)(draft);
      draft.secrets["okta-token"].owner = "identity";
    }),
  );
  expect(await read(first)).toBe(200);
  secret("..2", second);
  await until(async () => expect(await read(second)).toBe(200));
  expect(await read(first)).toBe(401);

  secret("..3", "short");
  const kept = "its connector goes on with the last token until one is there that can be used";
  await until(() =>
    expect(logged(`is too short to be safe (expected 16 characters or more): ${kept}`)).toBe(1),
  );
  secret("..4", h.tokens.approver);
  await until(() =>
    expect(logged(`is also the admin token approver of agent.yaml (expected one of its own): ${kept}`)).toBe(
      1,
    ),
  );
  expect([await read(second), await read(h.tokens.approver)]).toEqual([200, 401]);
  rmSync(join(folder, "token"));
  await until(() =>
    expect(told().at(-1)).toMatch(/token: no such file .* goes on with the last value of okta-token/),
  );
  expect(rowsOf(h, "SELECT owner FROM events WHERE kind = 'secrets'").at(-1)).toEqual({ owner: "identity" });
  expect(await read(second)).toBe(200);
  secret("..5", third);
  symlinkSync("..data/token", join(folder, "token"));
  await until(async () => expect(await read(third)).toBe(200));
  expect(h.logs.join("")).not.toContain(h.tokens.approver);
});

test("a helper: what it prints lets in; one that agent.yaml does not name, and a Vault, are refused at plan", async () => {
  const printed = join(folder, "printed.json");
  writeFileSync(printed, JSON.stringify({ okta: { token: first } }));
  await start({
    references: ["ref+exec://sops-*#/okta/*", "ref+vault://kv/*#/*"],
    helpers: { "sops-scim": HelperConfig.parse({ command: ["/bin/cat", printed] }) },
  });
  const named = "ref+exec://sops-scim#/okta/token";
  await h.deploy(await h.release(refersTo(named)));
  expect(await read(first)).toBe(200);
  writeFileSync(printed, JSON.stringify({ okta: { token: second } }));
  clocks.pass(300_000);
  await until(async () => expect(await read(second)).toBe(200));
  const plan = async (reference: string) =>
    (await h.admin("POST", "/impact", { body: { release: await h.release(refersTo(reference)) } })).body
      .failures;
  expect(await plan("ref+exec://sops-scmi#/okta/token")).toEqual([
    "secrets.okta-token: ref+exec://sops-scmi#/okta/token: the agent's configuration has no helper of that name, did you mean sops-scim? (see helpers in agent.yaml)",
  ]);
  expect(await plan(okta.replace("/scim", ""))).toEqual([
    "secrets.okta-token: ref+vault://kv/okta#/token: the agent's configuration names no Vault (see vault in agent.yaml)",
  ]);
  expect(await plan("ref+exec://sops-scim#/entra/token")).toEqual([
    "secrets.okta-token: the agent's configuration does not allow ref+exec://sops-scim#/entra/token (see references in agent.yaml)",
  ]);
});

test("looking changes nothing of a connector whose tokens are the same: how often it was called is known", async () => {
  await start({});
  await h.deploy(
    await h.release((draft) => {
      draft.connectors.okta.rateLimit = { requests: 2, per: "1h" };
    }),
  );
  const looked = () => new Promise((done) => setTimeout(done, 200));
  await looked();
  expect(await read(h.tokens.scim)).toBe(200);
  await looked();
  expect([await read(h.tokens.scim), await read(h.tokens.scim)]).toEqual([200, 429]);
});

const inactive = { Operations: [{ op: "replace", path: "active", value: false }] };
