/** What is beside the agent: repositories, groups, the Mercurial host and the listeners' certificates, looked at before a release is active. */
import { renameSync, writeFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { join } from "node:path";
import Database from "libsql";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { PreflightCheck } from "../../../api/preflight.ts";
import { selfSignedCertificate } from "../../../x509/self-signed.ts";
import { type Harness, startHarness } from "../harness.ts";
import { Servers } from "./servers.ts";
import { expectTold, preflight, type Told } from "./world.ts";

const day = 86_400_000;
const servers = new Servers();
let answer: RequestListener;
let h: Harness;
let before: readonly PreflightCheck[];
const certificate = (name: string) => join(h.folder, `${name}.pem`);

beforeAll(async () => {
  const url = await servers.plain((request, response) => answer(request, response));
  process.env.TEST_PREFLIGHT_PROBE = "a password of the probe";
  const probe = { url, account: "probe", password: "ref+env://TEST_PREFLIGHT_PROBE", repository: "core/api" };
  h = await startHarness(["core/api", "core/archive/x", "docs", "releases/one"], { host: { probe } });
  // what the extension says to who may not read, with what the agent laid down for this moment
  answer = (_, response) => {
    const [row] = probeRows();
    response.writeHead(403).end(`probe may not read repository core/api (probe ${row})`);
  };
  await h.deploy(await h.release());
  for (const displayName of ["engineering", "core-team", "docs-team", "release-managers"])
    await h.scim("POST", "/Groups", {
      schemas: ["urn:ietf:params:scim:schemas:core:2.0:Group"],
      displayName,
    });
  before = await preflight(h);
});
afterAll(async () => {
  await h.stop();
  await servers.stop();
});

function probeRows(): string[] {
  const database = new Database(h.config.access, { readonly: true });
  const rows = database.prepare("SELECT nonce FROM probes").raw().all().map(String);
  database.close();
  return rows;
}

test("what is as it must be is said to be so", () => {
  const beside = before.filter(({ subject }) => subject === "host" || subject === "set");
  expect(beside.map(({ name, state }) => [name, state])).toEqual([
    ["host.probe", "ok"],
    ["permissions", "ok"],
  ]);
});

const faults: readonly [what: string, make: () => Promise<readonly PreflightCheck[]>, told: Told][] = [
  [
    "a repository that is not there",
    () => preflight(h, (release) => release.permissions.docs.repositories.push("dcos")),
    {
      name: "permissions.docs",
      found: /no repository matches "dcos"/,
      mend: /correct the pattern/,
      state: "warning",
    },
  ],
  [
    "a group that nobody has sent",
    () =>
      preflight(h, (release) => {
        release.connectors.okta.groups.push("writers");
        release.permissions.docs.write.push("okta/writers");
      }),
    {
      name: "permissions.docs",
      found: /okta has sent no group "writers"/,
      mend: /assign the group/,
      state: "warning",
    },
  ],
  [
    "what the agent does not act on",
    () =>
      preflight(h, (release) => {
        delete release.connectors.okta.endpoint;
        delete release.connectors.okta.auth;
        release.connectors.okta.read = {
          url: { var: "SCIM_API_BASE_URL" },
          bearer: { var: "SCIM_AUTH_TOKEN" },
        };
        release.connectors.okta.cycle = { every: "40m" };
      }),
    { name: "connectors.okta.read", found: /does not act on it yet/, mend: /take it out/ },
  ],
  [
    "repositories that cannot be listed",
    async () => {
      renameSync(h.config.repositories, `${h.config.repositories}.away`);
      try {
        return await preflight(h);
      } finally {
        renameSync(`${h.config.repositories}.away`, h.config.repositories);
      }
    },
    { name: "permissions", found: /cannot be listed: it does not exist/, mend: /chmod o\+rx/ },
  ],
  [
    "a host that lets everybody in",
    () => answering((_, response) => response.end("capabilities")),
    { name: "host.probe", found: /lets probe in, who may read nothing/, mend: /hgscim host check/ },
  ],
  [
    "a host that goes by another access file",
    () => answering((_, response) => response.writeHead(403).end("probe may not read repository core/api")),
    { name: "host.probe", found: /by another access file/, mend: /hgscim host check/ },
  ],
  [
    "a host that does not take the probe's password",
    () => answering((_, response) => response.writeHead(401).end()),
    { name: "host.probe", found: /answers 401/, mend: /hgscim host check/ },
  ],
  [
    "a listener whose certificate has ended",
    () => listeningBy({ now: Date.now() - 60 * day }),
    { name: "/listener.pem", found: /it ended/, mend: /renew it/ },
  ],
  [
    "a listener whose certificate ends soon",
    () => listeningBy({ lifetime: 5 * day }),
    { name: "/listener.pem", found: /it ends in 5 d|it ends in 4 d/, mend: /renew it/, state: "warning" },
  ],
];

async function answering(listener: RequestListener): Promise<readonly PreflightCheck[]> {
  const right = answer;
  answer = listener;
  try {
    return await preflight(h);
  } finally {
    answer = right;
  }
}

/** Of an agent whose host gives a listener such a certificate. */
async function listeningBy(
  options: Parameters<typeof selfSignedCertificate>[0],
): Promise<readonly PreflightCheck[]> {
  const files = { certificate: certificate("listener"), key: join(h.folder, "listener.key") };
  const { pem, key } = selfSignedCertificate(options);
  writeFileSync(files.certificate, pem);
  writeFileSync(files.key, key);
  const other = await startHarness([], { scim: { listen: "127.0.0.1:0", tls: files } });
  try {
    return (await preflight(other)).map((check) => ({ ...check, name: check.name.replace(h.folder, "") }));
  } finally {
    await other.stop();
  }
}

test.each(faults)("%s", async (_, make, told) => {
  expectTold(await make(), before, told);
});
