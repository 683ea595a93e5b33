/** The listeners' TLS: the agent's own certificate, the user's, and their replacement while connections are open. */
import { X509Certificate } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { Agent as ConnectionPool } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type DetailedPeerCertificate, type TLSSocket } from "node:tls";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { loadAgentConfig } from "../../agent/config.ts";
import { Certificates } from "../../agent/http/tls/certificates.ts";
import { ensureOwnPair, ownPairFiles } from "../../agent/http/tls/own.ts";
import { selfSignedCertificate } from "../../x509/self-signed.ts";
import { type Harness, startHarness } from "./harness.ts";
import { send } from "./request.ts";

const day = 24 * 3600_000;

let folder: string;
const running: Harness[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-tls-"));
});
afterEach(async () => {
  vi.useRealTimers();
  for (const harness of running.splice(0)) await harness.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function start(...options: Parameters<typeof startHarness>): Promise<Harness> {
  const harness = await startHarness(...options);
  running.push(harness);
  return harness;
}

/** A pair of the user's own, in files. */
const userPair = () => ({ certificate: join(folder, "tls.pem"), key: join(folder, "tls.key") });
function writePair(pair: { readonly pem: string; readonly key: string }): { readonly pem: string } {
  const files = userPair();
  writeFileSync(files.certificate, pair.pem);
  writeFileSync(files.key, pair.key);
  return pair;
}

/** The certificate that a new connection is shown, whoever signed it. */
async function shown(url: string, options: object = {}): Promise<DetailedPeerCertificate> {
  const { hostname, port } = new URL(url);
  const socket = await new Promise<TLSSocket>((resolve, reject) => {
    const connection = connect(
      { host: hostname, port: Number(port), rejectUnauthorized: false, ...options },
      () => resolve(connection),
    );
    connection.on("error", reject);
  });
  const certificate = socket.getPeerCertificate(true);
  socket.destroy();
  return certificate;
}
const serial = (pem: string) => new X509Certificate(pem).serialNumber;

test("the log names each listener by what it speaks", async () => {
  const h = await start([], { scim: { listen: "127.0.0.1:0", tls: "off" } });
  const told = h.logs.map((line) => JSON.parse(line).msg).filter((text) => /^listening at/.test(text));
  expect(told.sort()).toEqual(
    [h.agent.socket, h.agent.scim, h.agent.admin].map((address) => `listening at ${address}`).sort(),
  );
  expect(h.agent.scim).toMatch(/^http:/);
  expect(h.agent.admin).toMatch(/^https:/);
  expect(h.logs.join("")).not.toContain(h.agent.admin.replace("https:", "http:"));
});

test("the first start makes a certificate for loopback, and the second keeps it", async () => {
  const h = await start();
  const { certificate, key } = ownPairFiles(h.config.data);
  expect(h.agent.ca).toBe(certificate);
  expect(h.logs.join("")).toContain(certificate);
  expect(h.agent.admin).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  const first = h.ca;
  const made = new X509Certificate(first);
  expect(made.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: "prime256v1" });
  expect(made.subjectAltName).toBe("DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1");
  expect(statSync(h.config.data).mode & 0o777).toBe(0o700);
  expect(statSync(key).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(h.config.data, "tls")).sort()).toEqual(["certificate.pem", "key.pem"]);

  await h.restart();
  expect(h.ca).toBe(first);
  for (const url of [h.agent.admin, h.agent.scim]) {
    expect((await shown(url)).serialNumber).toBe(made.serialNumber);
    // by name as well as by address
    const named = await send(`${url.replace("127.0.0.1", "localhost")}/v1/release`, { ca: first });
    expect(named.status).toBeGreaterThanOrEqual(400);
    await expect(send(`${url}/v1/release`, { ca: selfSignedCertificate().pem })).rejects.toThrow();
  }
  const everything = h.logs.join("");
  expect(everything).not.toContain(readFileSync(key, "utf8").split("\n")[1]);
});

test("the own pair is made anew when it is damaged, torn, not for a host, or over; else never", () => {
  const files = ownPairFiles(folder);
  const hosts = ["localhost", "127.0.0.1"];
  const now = Date.now();
  ensureOwnPair(files, hosts, now);
  const read = () => readFileSync(files.certificate, "utf8");
  const first = read();
  const changes = (spoil: () => void, at = now) => {
    const before = read();
    spoil();
    ensureOwnPair(files, hosts, at);
    expect(statSync(files.key).mode & 0o777).toBe(0o600);
    expect(new X509Certificate(read()).checkIP("127.0.0.1")).toBe("127.0.0.1");
    return read() !== before;
  };
  expect(changes(() => {})).toBe(false);
  expect(changes(() => {}, now + 304 * day)).toBe(false);
  expect(changes(() => chmodSync(files.key, 0o644))).toBe(false);
  expect(read()).toBe(first);
  expect(changes(() => {}, now + 364.5 * day)).toBe(true);
  // the clock was wrong when it was made
  expect(changes(() => {})).toBe(true);
  expect(changes(() => writeFileSync(files.certificate, ""))).toBe(true);
  expect(changes(() => rmSync(files.key))).toBe(true);
  // killed between the two files
  expect(changes(() => writeFileSync(files.key, selfSignedCertificate({ hosts }).key))).toBe(true);
  expect(
    changes(() => {
      const other = selfSignedCertificate({ hosts: ["localhost"], lifetime: 365 * day });
      writeFileSync(files.certificate, other.pem);
      writeFileSync(files.key, other.key);
    }),
  ).toBe(true);
});

test("an agent that runs for a year renews its own certificate by itself", async () => {
  const h = await start();
  await h.deploy(await h.release());
  const [before, old] = [serial(h.ca), h.ca];
  const { key } = ownPairFiles(h.config.data);
  const preflight = async (ca: string) => {
    const { text } = await send(`${h.agent.admin}/v1/preflight`, {
      ...{ method: "POST", ca, body: JSON.stringify({ release: null }) },
      headers: { authorization: `Bearer ${h.tokens.reader}` },
    });
    return text;
  };
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 304 * day });
  expect((await shown(h.agent.admin)).serialNumber).toBe(before);
  expect(h.ca).toBe(old);
  vi.setSystemTime(Date.now() + 2 * day);
  // from here on, each copy that is made of the file is good before and after
  expect((await shown(h.agent.admin)).serialNumber).toBe(before);
  const both = h.ca;
  expect(both.startsWith(old)).toBe(true);
  expect(statSync(`${key}.hgscim-new`).mode & 0o777).toBe(0o600);
  expect(await preflight(both)).toContain("the next one lies beside it, and is shown from");
  vi.setSystemTime(Date.now() + 29 * day);
  expect((await shown(h.agent.admin)).serialNumber).toBe(before);
  expect(h.ca).toBe(both);
  vi.setSystemTime(Date.now() + 2 * day);
  const renewed = (await shown(h.agent.admin)).serialNumber;
  expect(renewed).not.toBe(before);
  expect(old + h.ca).toBe(both);
  expect((await shown(h.agent.scim)).serialNumber).toBe(renewed);
  expect(existsSync(`${key}.hgscim-new`)).toBe(false);
});

test("copies of the agent's own certificate end when the next one is shown, which is told as what ends", () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const listener = { listen: "127.0.0.1:1" };
  const certificates = new Certificates(
    { data: folder, scim: listener, admin: listener },
    pino({ enabled: false }),
  );
  expect(certificates.endings).toEqual([]);
  vi.setSystemTime(Date.now() + 306 * day);
  certificates.look();
  const [ending] = certificates.endings;
  expect(ending?.what).toBe(
    `each copy of the agent's own certificate ${ownPairFiles(folder).certificate} that lacks the next one`,
  );
  expect(Math.round(((ending?.expires ?? 0) - Date.now()) / day)).toBe(30);
  vi.setSystemTime(Date.now() + 31 * day);
  certificates.look();
  expect(certificates.endings).toEqual([]);
});

test("a next certificate that cannot be written stops no start", async () => {
  const h = await start();
  const before = serial(h.ca);
  // as a full disk would
  const inTheWay = `${ownPairFiles(h.config.data).key}.hgscim-new.new`;
  mkdirSync(join(inTheWay, "something"), { recursive: true });
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 306 * day });
  await h.restart();
  expect((await shown(h.agent.admin)).serialNumber).toBe(before);
  expect(h.logs.join("")).toContain("scim and admin cannot be given another certificate");
});

test("a new pair is taken into use without a restart, and open connections stay", async () => {
  const old = writePair(selfSignedCertificate({ hosts: ["127.0.0.1"] }));
  const h = await start([], { admin: { listen: "127.0.0.1:0", tls: userPair() } });
  const pool = new ConnectionPool({ keepAlive: true, maxSockets: 1 });
  const ask = async (ca: string, agent?: ConnectionPool) => {
    const headers = { authorization: `Bearer ${h.tokens.reader}` };
    return (await send(`${h.agent.admin}/v1/history`, { ca, headers, ...(agent && { agent }) })).status;
  };
  const connections = () => Object.values(pool.freeSockets).flatMap((sockets) => sockets ?? []);
  expect(await ask(old.pem, pool)).toBe(200);
  const [open] = connections();

  const next = writePair(selfSignedCertificate({ hosts: ["127.0.0.1"] }));
  expect(await ask(old.pem, pool)).toBe(200);
  expect(connections()).toEqual([open]);
  expect(await ask(next.pem)).toBe(200);
  await expect(ask(old.pem)).rejects.toThrow();
  expect(h.logs.filter((line) => line.includes("the certificate was replaced"))).toHaveLength(1);

  // what is broken is not taken, and said once
  const complaints = () => h.logs.filter((line) => line.includes("goes on with the certificate that it has"));
  const { certificate, key } = userPair();
  writeFileSync(key, selfSignedCertificate().key);
  expect([await ask(next.pem), await ask(next.pem)]).toEqual([200, 200]);
  expect(complaints()).toEqual([
    expect.stringContaining(`${key} is not the private key of the certificate ${certificate}`),
  ]);
  writeFileSync(certificate, "-----BEGIN CERTIFICATE-----\n");
  expect(await ask(next.pem)).toBe(200);
  rmSync(certificate);
  expect(await ask(next.pem)).toBe(200);
  expect(complaints()).toHaveLength(3);
  expect(await ask(old.pem, pool)).toBe(200);
  expect(connections()).toEqual([open]);

  const last = writePair(selfSignedCertificate({ hosts: ["127.0.0.1"] }));
  expect(await ask(last.pem)).toBe(200);
  pool.destroy();
});

test("TLS 1.2 and 1.3 are spoken, with forward secrecy and authenticated encryption, before and after a change", async () => {
  writePair(selfSignedCertificate({ hosts: ["127.0.0.1"] }));
  const h = await start([], { admin: { listen: "127.0.0.1:0", tls: userPair() } });
  for (const _ of ["before", "after"]) {
    await shown(h.agent.admin, { minVersion: "TLSv1.3" });
    await shown(h.agent.admin, { maxVersion: "TLSv1.2" });
    for (const ciphers of ["ECDHE-ECDSA-AES256-SHA", "ECDHE-ECDSA-AES128-SHA256"])
      await expect(shown(h.agent.admin, { maxVersion: "TLSv1.2", ciphers })).rejects.toThrow(/handshake/);
    await expect(
      shown(h.agent.admin, {
        minVersion: "TLSv1",
        maxVersion: "TLSv1.1",
        ciphers: "DEFAULT@SECLEVEL=0",
      }),
    ).rejects.toThrow();
    writePair(selfSignedCertificate({ hosts: ["127.0.0.1"] }));
  }
});

test("an agent whose certificate cannot be used does not start, and says which file is why", async () => {
  const { certificate, key } = userPair();
  const admin = { listen: "127.0.0.1:0", tls: userPair() };
  const pair = selfSignedCertificate();
  const starts = () => start([], { admin });
  await expect(starts()).rejects.toThrow(`the certificate ${certificate} cannot be read: no such file`);
  writeFileSync(certificate, pair.pem);
  await expect(starts()).rejects.toThrow(`the private key ${key} cannot be read: no such file`);
  writeFileSync(key, pair.pem);
  await expect(starts()).rejects.toThrow(`${key} is no private key (expected PEM, without a passphrase)`);
  writeFileSync(key, selfSignedCertificate().key);
  await expect(starts()).rejects.toThrow(`${key} is not the private key of the certificate ${certificate}`);
  writeFileSync(certificate, "garbage");
  await expect(starts()).rejects.toThrow(`${certificate} is no certificate (expected PEM)`);
});

test("a certificate that has expired is used, since clients say so, and logged", async () => {
  writePair(selfSignedCertificate({ hosts: ["127.0.0.1"], now: Date.now() - 60 * day }));
  const h = await start([], { admin: { listen: "127.0.0.1:0", tls: userPair() } });
  expect(h.logs.join("")).toContain(`the certificate ${userPair().certificate} has expired`);
});

test("plain http is spoken only where agent.yaml says so, and on loopback alone", async () => {
  const h = await start([], { scim: { listen: "127.0.0.1:0", tls: "off" } });
  expect(h.agent.scim).toMatch(/^http:/);
  await h.deploy(await h.release());
  expect((await h.scim("GET", "/Users")).status).toBe(200);
  expect(h.agent.admin).toMatch(/^https:/);

  const problems = async (scim: string) => {
    const file = join(folder, "agent.yaml");
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      file,
      `environment: local
data: data
access: access.db
repositories: repositories
scim: ${scim}
admin: { listen: "127.0.0.1:0" }
references: []
tokens: [{ name: ci, role: reader, sha256: ${"a".repeat(64)} }]
`,
    );
    const config = await loadAgentConfig(file);
    return config.ok ? [] : config.error.map(({ at, message }) => `${at.line}:${at.column} ${message}`);
  };
  const neither = "not a certificate (expected certificate and key, each a file; or off)";
  expect(await problems('{ listen: "127.0.0.1:1", tls: off }')).toEqual([]);
  expect(await problems('{ listen: "0.0.0.0:1", tls: { certificate: a, key: b } }')).toEqual([]);
  expect(await problems('{ listen: "127.0.0.1:1", tls: no }')).toEqual([`5:37 ${neither}`]);
  expect(await problems('{ listen: "127.0.0.1:1", tls: }')).toEqual([`5:37 ${neither}`]);
  expect(await problems('{ listen: "127.0.0.1:1", tls: { certificate: a } }')).toEqual([
    `5:32 missing "key" (expected text)`,
  ]);
  const certificate = "(expected certificate and key, or a loopback address)";
  expect(await problems('{ listen: "0.0.0.0:1", tls: off }')).toEqual([
    `5:35 a listener that other hosts can reach has no certificate ${certificate}`,
  ]);
  expect(await problems('{ listen: "0.0.0.0:1" }')).toEqual([`5:1 missing "tls" ${certificate}`]);
});
