/** Secrets of Vault and OpenBao: read by what their API documentation says, kept as long as they are good, and why there is none. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { VaultConfig } from "../../secrets/stores/configuration.ts";
import { SecretStores } from "../../secrets/stores/stores.ts";
import { selfSignedCertificate } from "../../x509/self-signed.ts";
import { VaultServer } from "./vault-server.ts";

let folder: string;
let vault: VaultServer;
let now: number;
const running: VaultServer[] = [];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-vault-"));
  now = 0;
  vault = await started();
  vault.mount("kv", 2);
  vault.put("kv", "scim/okta", { token: "the-token-of-okta\n", spare: 7, tokens: "x" });
});
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function started(options: ConstructorParameters<typeof VaultServer>[0] = {}): Promise<VaultServer> {
  const server = new VaultServer(options);
  await server.start();
  running.push(server);
  return server;
}

/** A file with a secret, as a reference. */
function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return `ref+file://${join(folder, name)}`;
}

function storesOf(more: object = {}, server = vault): SecretStores {
  const login = { token: file("token", server.token({ reads: ["kv", "old", "team/kv", "db"] })) };
  const config = VaultConfig.parse({ address: server.address, login, ...more });
  // the first wait is a second, the second two
  return new SecretStores({
    config: { vault: config },
    measured: () => now,
    pause: (failed) => failed * 1_000,
  });
}

/** The clocks of both go on. */
function pass(seconds: number): void {
  now += seconds * 1_000;
  vault.pass(seconds);
}

const okta = "ref+vault://kv/scim/okta#/token";
const value = async (stores: SecretStores, reference = okta) => (await stores.resolve(reference)).value;
const problem = async (stores: SecretStores, reference = okta) => {
  const { reason = "" } = (await stores.resolve(reference)).problem ?? {};
  expect(reason).not.toContain("the-token");
  return reason.slice(`${reference}: `.length).replaceAll(vault.address, "ADDRESS").replaceAll(folder, "");
};

test("KV 2, KV 1, a mount below another name, and one whose version is declared", async () => {
  vault.mount("old", 1);
  vault.mount("team/kv", 2);
  vault.put("old", "okta", { token: "old" });
  const stores = storesOf();
  expect(await value(stores)).toBe("the-token-of-okta");
  expect(await value(stores, "ref+vault://old/okta#/token")).toBe("old");
  vault.put("team/kv", "a+b/ü%2e", { token: "team" });
  expect(await value(stores, "ref+vault://team/kv/a+b/ü%2e#/token")).toBe("team");
  expect(vault.count("sys/internal/ui/mounts/")).toBe(3);
  vault.asked.length = 0;
  const declared = storesOf({ mounts: { kv: 2, old: 1 } });
  expect([await value(declared), await value(declared, "ref+vault://old/okta#/token")]).toEqual([
    "the-token-of-okta",
    "old",
  ]);
  expect(vault.count("sys/internal/ui/mounts/")).toBe(0);
});

test("a value is read again when it is as old as refresh says, sooner where its lease does, and at once for a deploy", async () => {
  vault.mount("old", 1);
  vault.put("old", "short", { token: "one", ttl: "60s" });
  vault.put("old", "long", { token: "one" });
  const [short, long] = ["ref+vault://old/short#/token", "ref+vault://old/long#/token"];
  const stores = storesOf({ refresh: "5m" });
  const all = () => Promise.all([okta, short, long].map((reference) => value(stores, reference)));
  expect(await all()).toEqual(["the-token-of-okta", "one", "one"]);
  vault.put("kv", "scim/okta", { token: "two" });
  vault.put("old", "short", { token: "two" });
  vault.put("old", "long", { token: "two" });
  pass(59);
  expect(await all()).toEqual(["the-token-of-okta", "one", "one"]);
  pass(1);
  expect(await all()).toEqual(["the-token-of-okta", "two", "one"]);
  pass(240);
  expect(await all()).toEqual(["two", "two", "two"]);
  vault.put("kv", "scim/okta", { token: "three" });
  expect(await value(stores)).toBe("two");
  expect(await stores.resolve(okta, stores.now())).toEqual({ value: "two" });
  now += 1;
  expect(await stores.resolve(okta, stores.now())).toEqual({ value: "three" });
});

test("what is not there, not text, or not allowed is told apart, with the nearest name", async () => {
  vault.put("kv", "gone", "deleted");
  vault.mount("db", 1, "database");
  const stores = storesOf();
  const of = (reference: string) => problem(stores, reference);
  expect(await of("ref+vault://kv/scim/oktas#/token")).toBe(
    "there is no secret at that path in Vault (expected one below the mount kv, KV 2)",
  );
  expect(await of("ref+vault://kv/gone#/token")).toBe(
    "version 3, the newest one, is deleted (expected one that is there)",
  );
  expect(await of("ref+vault://kv/scim/okta#/tokne")).toBe(
    "the secret has no key of that name, did you mean token or tokens? (expected one that it has)",
  );
  expect(await of("ref+vault://kv/scim/okta#/spare")).toBe(
    "the value of the key is no text (expected a string)",
  );
  expect(await of("ref+vault://db/creds/x#/password")).toBe(
    "what is mounted there is no KV (expected a mount of type kv)",
  );
  const denied =
    "Vault does not allow it to the agent, or nothing is mounted there (expected a policy that lets it read the path)";
  expect(await of("ref+vault://kw/scim/okta#/token")).toBe(denied);
  const blind = storesOf({ login: { token: file("blind", vault.token({ reads: [] })) }, mounts: { kv: 2 } });
  expect(await problem(blind)).toBe(denied);
  expect(await problem(storesOf({ mounts: { kv: 1 } }))).toBe(
    "there is no secret at that path in Vault (expected one below the mount kv, KV 1)",
  );
});

test.each<[string, () => unknown, string]>([
  ["sealed", () => (vault.state = "sealed"), "is sealed (expected somebody to unseal it)"],
  [
    "not initialised",
    () => (vault.state = "uninitialised"),
    "is not initialised (expected somebody to do that)",
  ],
  [
    "standby",
    () => (vault.state = "standby"),
    "is a standby, and no active node answers behind it (expected one that is active)",
  ],
  [
    "secondary",
    () => (vault.state = "drSecondary"),
    "is a disaster recovery secondary (expected the primary's address)",
  ],
  [
    "performance standby",
    () => (vault.state = "performanceStandby"),
    "is a performance standby that does not answer (expected one that does)",
  ],
  [
    "removed",
    () => (vault.state = "removed"),
    "was removed from its cluster (expected a node that is in it)",
  ],
  [
    "too busy",
    () => (vault.instead = { status: 429, body: { errors: [] } }),
    "answers 429 (too many requests) (expected 200)",
  ],
  [
    "a standby that passes nothing on",
    () => (vault.instead = { status: 307, location: "http://127.0.0.1:9/" }),
    "sends to another address (expected the address of the active node, or a standby that passes requests on)",
  ],
  [
    "no Vault",
    () => (vault.instead = { status: 200, body: "<html>the-token</html>" }),
    "answers something else than Vault does (expected the address of a Vault)",
  ],
  ["gone", () => vault.stop(), "cannot be reached: nothing listens there"],
])(
  "a Vault that is %s: the last value stands in, it is asked slower and slower, and comes back by itself",
  async (_, happens, told) => {
    const stores = storesOf({ mounts: { kv: 2 } });
    expect(await value(stores)).toBe("the-token-of-okta");
    vault.put("kv", "scim/okta", { token: "another" });
    await happens();
    pass(299);
    expect(await stores.resolve(okta)).toEqual({ value: "the-token-of-okta" });
    pass(1);
    vault.asked.length = 0;
    for (const wait of [0, 0.9, 0.1, 1.9, 0.1]) {
      pass(wait);
      const { value: last, problem: why } = await stores.resolve(okta);
      expect([last, why?.away?.replace(vault.address, "ADDRESS")]).toEqual([
        "the-token-of-okta",
        `Vault at ADDRESS ${told}`,
      ]);
    }
    if (_ !== "gone") expect(vault.count("kv/data/")).toBe(3);
    // another secret of it is not asked for meanwhile
    expect(await problem(stores, "ref+vault://kv/scim/other#/token")).toBe(`Vault at ADDRESS ${told}`);
    [vault.state, vault.instead] = ["active", undefined];
    if (_ === "gone") await vault.start();
    pass(3);
    expect(await stores.resolve(okta)).toEqual({ value: "another" });
  },
);

test("an authority of its own is trusted, and no other; a namespace is named in all but the question of health", async () => {
  const pair = selfSignedCertificate({ hosts: ["127.0.0.1"] });
  const own = await started({ tls: { cert: pair.pem, key: pair.key }, namespace: "team/a" });
  own.mount("kv", 2);
  own.put("kv", "scim/okta", { token: "by-tls" });
  const ca = join(folder, "ca.pem");
  writeFileSync(ca, pair.pem);
  expect(await value(storesOf({ ca, namespace: "team/a" }, own))).toBe("by-tls");
  own.state = "sealed";
  expect((await storesOf({ ca, namespace: "team/a" }, own).resolve(okta)).problem?.reason).toContain(
    "is sealed",
  );
  const spoken = own.asked.map(({ path, namespace }) => `${path === "sys/health"} ${namespace}`);
  expect(new Set(spoken)).toEqual(new Set(["false team/a", "true undefined"]));
  expect((await storesOf({ namespace: "team/a" }, own).resolve(okta)).problem?.reason).toContain(
    "cannot be reached: its certificate is not signed by a known authority",
  );
  writeFileSync(ca, selfSignedCertificate({ hosts: ["127.0.0.1"] }).pem);
  expect((await storesOf({ ca, namespace: "team/a" }, own).resolve(okta)).problem?.reason).toContain(
    "cannot be reached",
  );
  rmSync(ca);
  expect((await storesOf({ ca, namespace: "team/a" }, own).resolve(okta)).problem?.reason).toContain(
    "vault.ca of agent.yaml: no such file",
  );
});

test("AppRole: the token is renewed in time, another one is got at the end of its longest life, and after it was revoked", async () => {
  vault.appRole.ttl = 100;
  vault.appRole.last = 250;
  const login = {
    appRole: { roleId: vault.appRole.roleId, secretId: file("secret-id", vault.appRole.secretId) },
  };
  const stores = storesOf({ login, refresh: "1h" });
  const counts = () => [vault.count("auth/approle/login"), vault.count("auth/token/renew-self")];
  const tended = async (seconds: number) => {
    pass(seconds);
    expect(await stores.tend(new Set([okta]))).toBeUndefined();
    return counts();
  };
  expect(await value(stores)).toBe("the-token-of-okta");
  expect(await tended(59)).toEqual([1, 0]);
  expect(await tended(1)).toEqual([1, 1]);
  expect(await tended(60)).toEqual([1, 2]);
  expect(await tended(60)).toEqual([1, 3]);
  // 10 seconds are left of the longest time: it gives less than half
  expect(await tended(60)).toEqual([2, 4]);
  vault.revokeAll();
  expect(await stores.resolve(okta, now + 1)).toEqual({ value: "the-token-of-okta" });
  expect(counts()).toEqual([3, 4]);
});

test("a token that cannot be renewed while Vault is sealed goes on as long as it lasts, and is renewed when it can", async () => {
  vault.appRole.ttl = 1000;
  const login = {
    appRole: { roleId: vault.appRole.roleId, secretId: file("secret-id", vault.appRole.secretId) },
  };
  const stores = storesOf({ login });
  expect(await value(stores)).toBe("the-token-of-okta");
  vault.state = "sealed";
  pass(600);
  for (let second = 0; second < 50; second++) {
    await stores.tend(new Set([okta]));
    pass(1);
  }
  expect(vault.count("auth/token/renew-self")).toBe(1);
  vault.state = "active";
  pass(50);
  await stores.tend(new Set([okta]));
  expect([vault.count("auth/token/renew-self"), vault.count("auth/approle/login")]).toEqual([2, 1]);
});

test("Kubernetes: the service account's token is read at each login", async () => {
  const jwt = file("jwt", vault.kubernetes.jwt);
  const stores = storesOf({ login: { kubernetes: { role: "hgscim", jwt } } });
  expect(await value(stores)).toBe("the-token-of-okta");
  vault.kubernetes.jwt = "another-one";
  file("jwt", "another-one");
  vault.revokeAll();
  now += 1;
  expect(await stores.resolve(okta, now)).toEqual({ value: "the-token-of-okta" });
  expect(vault.count("auth/kubernetes/login")).toBe(2);
});

test.each<[string, () => object, string]>([
  [
    "AppRole with another secret id",
    () => ({ appRole: { roleId: vault.appRole.roleId, secretId: file("secret-id", "the-token-of-nobody") } }),
    "does not let the agent log in by AppRole (status 400; expected vault.login in agent.yaml to be valid)",
  ],
  [
    "Kubernetes with another role",
    () => ({ kubernetes: { role: "other", jwt: file("jwt", vault.kubernetes.jwt) } }),
    "does not let the agent log in by Kubernetes (status 403; expected vault.login in agent.yaml to be valid)",
  ],
  [
    "a method that is mounted elsewhere",
    () => ({ kubernetes: { role: "hgscim", jwt: file("jwt", "x"), mount: "k8s" } }),
    "has no login at auth/k8s (expected vault.login in agent.yaml to name its mount)",
  ],
  [
    "a token that Vault does not know",
    () => ({ token: file("nobodys", "the-token-of-nobody") }),
    "does not know the token of vault.login.token in agent.yaml (expected one that is valid, in ref+file:///nobodys)",
  ],
  [
    "a token that is not there",
    () => ({ token: `ref+file://${folder}/nothing` }),
    "cannot be logged in to: vault.login.token of agent.yaml: ref+file:///nothing: no such file",
  ],
])("%s is told, and no part of what was sent", async (_, login, told) => {
  expect(await problem(storesOf({ login: login() }))).toBe(`Vault at ADDRESS ${told}`);
});

test("a token in a file is renewed, and another one that is put there is taken", async () => {
  const first = vault.token({ ttl: 100, renewable: true });
  const token = file("own", first);
  const stores = storesOf({ login: { token } });
  expect(await value(stores)).toBe("the-token-of-okta");
  pass(60);
  await stores.tend(new Set([okta]));
  expect(vault.count("auth/token/renew-self")).toBe(1);
  file("own", vault.token());
  vault.revoke(first);
  await stores.tend(new Set([okta]));
  now += 1;
  expect(await stores.resolve(okta, now)).toEqual({ value: "the-token-of-okta" });
});

test("what nobody names any more is forgotten", async () => {
  const stores = storesOf();
  expect(await value(stores)).toBe("the-token-of-okta");
  await stores.tend(new Set());
  vault.state = "sealed";
  expect((await stores.resolve(okta)).value).toBeUndefined();
});
