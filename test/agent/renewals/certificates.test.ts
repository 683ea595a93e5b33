/** Certificates of listeners are replaced as hosts replace them, seen by clients over TLS; what is no good never comes in. */
import { X509Certificate } from "node:crypto";
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { Agent as ConnectionPool } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { selfSignedCertificate } from "../../../x509/self-signed.ts";
import { alerting, Receiver } from "../alerts/receiver.ts";
import { until } from "../alerts/until.ts";
import { type Harness, startHarness } from "../harness.ts";
import { send } from "../request.ts";
import { Authority } from "./authority.ts";
import { shownBy } from "./shown-by.ts";

const day = 24 * 3600_000;
const every = 50;

let folder: string;
let h: Harness;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-renewals-"));
});
afterEach(async () => {
  vi.useRealTimers();
  await h.stop();
  rmSync(folder, { recursive: true, force: true });
});

const files = () => ({ certificate: join(folder, "live/tls.pem"), key: join(folder, "live/tls.key") });
interface Made {
  readonly pem: string;
  readonly key: string;
}
const made = (options: Parameters<typeof selfSignedCertificate>[0] = {}): Made =>
  selfSignedCertificate({ hosts: ["127.0.0.1"], ...options });
function put({ pem, key }: Made): void {
  mkdirSync(join(folder, "live"), { recursive: true });
  writeFileSync(files().certificate, pem);
  writeFileSync(files().key, key);
}
const serial = ({ pem }: Made) => new X509Certificate(pem).serialNumber;
const start = async (first: Made, egress: readonly string[] = []) => {
  put(first);
  const tls = files();
  h = await startHarness(
    ["core/api"],
    { admin: { listen: "127.0.0.1:0", tls }, scim: { listen: "127.0.0.1:0", tls }, egress: [...egress] },
    { renewalsEvery: every },
  );
};
const ask = async (path: string, ca: string) => {
  const headers = { authorization: `Bearer ${h.tokens.reader}` };
  const { text } = await send(`${h.agent.admin}${path}`, { ca, headers });
  return JSON.parse(text);
};
const listed = async (ca: string) => (await ask("/v1/certificates", ca)).certificates;
/** What the agent shows, without a connection that has it look. */
const served = async (one: Made) => serial(one) === (await shownBy(h.agent.scim));
const said = (text: string) => h.logs.filter((line) => line.includes(text));

test("both listeners show a new pair without anybody who connects, and audit, list and log say so", async () => {
  const first = made();
  await start(first);
  const [before] = await listed(first.pem);
  expect(before).toMatchObject({ listener: "scim", serial: serial(first), names: ["127.0.0.1"], own: false });

  const next = made({ lifetime: 60 * day });
  put(next);
  await until(() => said("the certificate was replaced")[0]);
  for (const url of [h.agent.scim, h.agent.admin]) expect(await shownBy(url)).toBe(serial(next));
  const now = await listed(next.pem);
  expect(now.map(({ listener }: { listener: string }) => listener)).toEqual(["scim", "admin"]);
  for (const one of now) {
    expect(one).toMatchObject({ serial: serial(next), refused: null });
    expect(one.since).toBeGreaterThanOrEqual(before.since);
  }
  const { rows } = await until(async () => {
    const page = await ask("/v1/audit?last=2", next.pem);
    return page.rows.length === 2 && page;
  });
  const { fingerprint256 } = new X509Certificate(next.pem);
  expect(rows).toMatchObject(
    ["scim", "admin"].map((target) => ({ actor: "agent", operation: "certificate.replace", target })),
  );
  expect(rows[0].detail).toContain(`serial ${serial(next)}, SHA-256 ${fingerprint256}, until `);
  expect(rows[0].detail).toContain(`in place of serial ${serial(first)}`);
  expect(said("the certificate was replaced")[0]).toContain(fingerprint256);
  const key = next.key.split("\n")[1] ?? "";
  expect(h.logs.join("") + JSON.stringify(rows)).not.toContain(key);

  const metrics = await send(`${h.agent.admin}/metrics`, {
    ca: next.pem,
    headers: { authorization: `Bearer ${h.tokens.reader}` },
  });
  const left = Number(/hgscim_certificate_left_seconds\{listener="scim"\} (\S+)/.exec(metrics.text)?.[1]);
  expect(Math.round(left / 86_400)).toBe(60);
});

test("a half-written pair never comes in, and is taken as soon as it is whole; connections that are open go on", async () => {
  const receiver = new Receiver();
  await receiver.start();
  try {
    const first = made();
    await start(first, [receiver.host]);
    const pool = new ConnectionPool({ keepAlive: true, maxSockets: 1, ca: first.pem });
    const headers = { authorization: `Bearer ${h.tokens.reader}` };
    const kept = () => send(`${h.agent.admin}/v1/health`, { agent: pool, headers });
    expect((await kept()).status).toBe(200);
    const [open] = Object.values(pool.freeSockets).flatMap((sockets) => sockets ?? []);
    const release = await h.release(alerting(receiver, { on: ["secrets"] }));
    const { status } = await send(`${h.agent.admin}/v1/release`, {
      ...{ method: "PUT", ca: first.pem, body: JSON.stringify({ release, origin: {} }) },
      headers: { authorization: `Bearer ${h.tokens.deployer}`, "if-none-match": "*" },
    });
    expect(status).toBe(200);

    const next = made();
    writeFileSync(files().certificate, next.pem);
    const why = `${files().key} is not the private key of the certificate ${files().certificate}`;
    const told = await until(() => receiver.of("secrets")[0]);
    expect(told.body.text).toContain(why);
    expect(await served(first)).toBe(true);
    expect(said(`${why}: scim and admin goes on`)).toHaveLength(1);
    const health = JSON.parse((await kept()).text);
    expect(health.conditions).toMatchObject([{ code: "certificateNotTaken" }]);
    expect(health.conditions[0].message).toContain(why);
    expect((await listed(first.pem))[0].refused).toBe(why);
    const preflight = await send(`${h.agent.admin}/v1/preflight`, {
      ...{ method: "POST", ca: first.pem, headers, body: JSON.stringify({ release: null }) },
    });
    expect(JSON.parse(preflight.text).checks).toContainEqual(
      expect.objectContaining({
        ...{ state: "warning", name: files().certificate, what: "certificate of scim and admin" },
        found: `what the files hold is not served: ${why}`,
      }),
    );

    writeFileSync(files().key, next.key);
    await until(() => said("the certificate was replaced")[0]);
    expect(await served(next)).toBe(true);
    expect(JSON.parse((await kept()).text).conditions).toEqual([]);
    expect(Object.values(pool.freeSockets).flatMap((sockets) => sockets ?? [])).toEqual([open]);
    expect(receiver.of("secrets")).toHaveLength(1);
    pool.destroy();
  } finally {
    await receiver.stop();
  }
});

describe("what is no good never comes in", () => {
  const unusable: readonly (readonly [string, (authority: Authority) => Made, string])[] = [
    ["expired", () => made({ now: Date.now() - 60 * day }), "has expired"],
    ["not valid yet", () => made({ now: Date.now() + day }), "on alone"],
    ["cut off", () => ({ ...made(), pem: `${made().pem}-----BEGIN CERTIFICATE-----\nMIIB` }), "ends within"],
    [
      "for clients alone",
      (authority) => authority.sign(["127.0.0.1"], { extra: "extendedKeyUsage=clientAuth" }),
      "is for no server",
    ],
    [
      "with the chain of another",
      (authority) => {
        const { pem, key } = authority.sign(["127.0.0.1"]);
        return { pem: pem + made().pem, key };
      },
      "no certificate in",
    ],
  ];
  test.each(unusable)("%s", async (_, make, why) => {
    const first = made();
    await start(first);
    put(make(new Authority(folder, "a root")));
    await until(() => said(why)[0]);
    expect(await served(first)).toBe(true);
    const good = made();
    put(good);
    await until(() => said("the certificate was replaced")[0]);
    expect(await served(good)).toBe(true);
  });

  test("one that is not valid yet is taken when it is", async () => {
    await start(made());
    const next = made({ now: Date.now() + day });
    put(next);
    await until(() => said("on alone")[0]);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + day });
    await until(() => said("the certificate was replaced")[0]);
    expect(await served(next)).toBe(true);
  });

  test("a chain that ends where the one before went on is not whole yet", async () => {
    const root = new Authority(folder, "a root");
    const below = new Authority(folder, "an authority below", root);
    const whole = () => {
      const { pem, key } = below.sign(["127.0.0.1"]);
      return { pem: pem + below.chain, key };
    };
    await start(whole());
    const next = whole();
    put({ ...next, pem: next.pem.replace(below.chain, "") });
    await until(() => said("the chain in")[0]);
    expect(said("ends before an authority below, which the certificate before sent")).toHaveLength(1);
    put(next);
    await until(() => said("the certificate was replaced")[0]);
    expect(said("the authority of")).toEqual([]);
    expect((await send(`${h.agent.admin}/readyz`, { ca: root.pem })).status).toBe(200);
  });
});

test("names that are lost and another authority are a warning, and taken", async () => {
  await start(made({ hosts: ["127.0.0.1", "scim.example.com", "*.example.org"] }));
  put(new Authority(folder, "a root").sign(["127.0.0.1", "*.example.com"]));
  await until(() => said("the certificate was replaced")[0]);
  expect(said("is not for *.example.org, as the one before was")).toHaveLength(1);
  expect(
    said(
      `scim and admin: the authority of ${files().certificate} is a root, that of the one before was itself (127.0.0.1)`,
    ),
  ).toHaveLength(1);
});

test("the next one lies behind the present one in the same file, and one rename of the key has it shown", async () => {
  const [first, next] = [made(), made({ hosts: ["127.0.0.1", "::1"] })];
  await start(first);
  const { certificate, key } = files();
  const stands = async (one: Made, ...trusted: string[]) => {
    for (const url of [h.agent.scim, h.agent.admin])
      for (const ca of [...trusted, first.pem + next.pem, next.pem + first.pem])
        expect((await send(`${url}/readyz`, { ca })).status).toBeGreaterThan(0);
    expect(await served(one)).toBe(true);
  };
  writeFileSync(certificate, first.pem + next.pem);
  writeFileSync(`${key}.hgscim-new`, next.key);
  await stands(first, first.pem);
  await h.restart();
  await stands(first, first.pem);
  renameSync(`${key}.hgscim-new`, key);
  await stands(next, next.pem);
  await h.restart();
  await stands(next, next.pem);
  writeFileSync(certificate, next.pem);
  await stands(next, next.pem);
  expect(said("goes on with the certificate that it has")).toEqual([]);
  expect(said("the certificate was replaced")).toHaveLength(1);
  expect((await listed(next.pem))[0].names).toEqual(["127.0.0.1", "::1"]);
});

describe("as hosts replace them", () => {
  test("Certbot: links in live/ are swapped one after another", async () => {
    const [first, next] = [made(), made()];
    mkdirSync(join(folder, "archive"));
    for (const [index, { pem, key }] of [first, next].entries()) {
      writeFileSync(join(folder, `archive/tls${index}.pem`), pem);
      writeFileSync(join(folder, `archive/tls${index}.key`), key);
    }
    const link = (index: number, end: string) => {
      const at = join(folder, `live/tls.${end}`);
      rmSync(at, { force: true });
      symlinkSync(`../archive/tls${index}.${end}`, at);
    };
    await start(first);
    link(0, "pem");
    link(0, "key");
    link(1, "pem");
    await until(() => said("is not the private key")[0]);
    expect(await served(first)).toBe(true);
    link(1, "key");
    await until(async () => served(next));
    expect(said("the certificate was replaced")).toHaveLength(1);
  });

  test("Kubernetes: ..data is swapped", async () => {
    const [first, next] = [made(), made()];
    const live = join(folder, "live");
    const lay = ({ pem, key }: Made, name: string) => {
      mkdirSync(join(live, name));
      writeFileSync(join(live, name, "tls.pem"), pem);
      writeFileSync(join(live, name, "tls.key"), key);
      symlinkSync(name, join(live, "..data_tmp"));
      renameSync(join(live, "..data_tmp"), join(live, "..data"));
    };
    await start(first);
    lay(first, "..1");
    for (const end of ["pem", "key"]) {
      unlinkSync(join(live, `tls.${end}`));
      symlinkSync(`..data/tls.${end}`, join(live, `tls.${end}`));
    }
    lay(next, "..2");
    rmSync(join(live, "..1"), { recursive: true });
    await until(async () => served(next));
    expect(await served(next)).toBe(true);
  });

  test("mv: another file in its place, and the one before comes back", async () => {
    const [first, next] = [made(), made()];
    await start(first);
    const move = ({ pem, key }: Made) => {
      for (const [file, text] of [
        [files().key, key],
        [files().certificate, pem],
      ] as const) {
        writeFileSync(`${file}.new`, text);
        renameSync(`${file}.new`, file);
      }
    };
    move(next);
    await until(async () => served(next));
    rmSync(files().key);
    await until(() => said("cannot be read: no such file")[0]);
    writeFileSync(files().key, next.key);
    await until(() => said("holds the certificate that is served again")[0]);
    move(first);
    await until(async () => served(first));
    expect(await served(first)).toBe(true);
  });
});
