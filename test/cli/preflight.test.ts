/** `hgscim preflight` as a process, against real agents: what it finds, where it is written, how it is printed, and what it says where it cannot look. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { gfm } from "micromark-extension-gfm";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type Harness, type ReleaseShape, startHarness } from "../agent/harness.ts";
import { Servers } from "../agent/preflight/servers.ts";
import { localFile, makeProject, type Project, policyFile } from "../e2e/terraform-project.ts";
import { hgscimAtTerminal } from "./terminal.ts";

let h: Harness;
let project: Project;
beforeAll(async () => {
  h = await startHarness(["core/api", "core/archive/x", "docs", "releases/one"]);
});
beforeEach(async () => {
  project = await makeProject(h);
});
afterEach(() => project.remove());
afterAll(() => h.stop());

const preflight = (...args: string[]) => project.hgscim("preflight", "local", ...args);
const checksOf = ({ stdout }: { readonly stdout: string }): Check[] => JSON.parse(stdout).checks;
interface Check {
  readonly name: string;
  readonly what: string;
  readonly state: string;
  readonly found: string;
  readonly mend?: string;
  readonly owner?: string;
  readonly at?: string;
}

test("what is as it must be, by the files and by the agent, and what was not checked", async () => {
  const { code, stdout, stderr } = await preflight();
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  for (const part of [
    /^ok +SCIM_AUTH_TOKEN +value of ref\+env:\/\/SCIM_TEST_\w+ +there, and nobody can guess it$/m,
    /^ok +SCIM_PAGE_SIZE +integer +100 \(1 to 1000\)$/m,
    /^ok +permissions +repositories and groups /m,
    /^warning +SCIM_MAIL_DOMAIN +string +example\.com looks like a sample\n +expected: a value of yours\n +to mend: give SCIM_MAIL_DOMAIN its value/m,
    /^unknown +SCIM_API_BASE_URL +requests to connector okta +not checked: egress in agent\.yaml does not name 127\.0\.0\.1:7480$/m,
    /^ +owner: identity\n +at: environments\/local\.yaml:\d+:3$/m,
    /^unknown +secrets +comparison with staging +not checked: this machine does not speak to hg-staging\.example\.com:7443/m,
    /^\d+ as they must be, 0 failed, \d+ warnings?, \d+ not checked\n$/m,
  ])
    expect(stdout).toMatch(part);
  const terminal = await hgscimAtTerminal(["preflight", "local"], { cwd: project.folder, env: project.env });
  expect(terminal).toContain("waiting for the agent of local");
});

test("every fault of a file at once: each with its variable, its line, its owner and how to mend it", async () => {
  const tenant = "6f1c1a52-64c9-4f0e-9d3c-0d8b8a2f7c11";
  project.edit(policyFile, (text) =>
    text
      .replace(
        "connectors:\n",
        `  SCIM_ENTRA_URL: { type: url, value: "http://hg.example.com/scim/entra/v2", owner: entra-team }
  SCIM_ENTRA_TENANT: { type: tenant-id, value: ${tenant}, owner: entra-team }
  SCIM_ENTRA_ISSUER: { type: url, value: "https://login.microsoftonline.com/00000000-1111-2222-3333-444444444444/v2.0" }
  SCIM_ENTRA_AUDIENCE: { type: string, value: "api://hgscim " }
  SCIM_ENTRA_KEYS: { type: url, value: "https://login.microsoftonline.com/common/keys" }
  SCIM_INSIDE_URL: { type: url, value: "https://10.1.2.3/scim/inside/v2" }
  SCIM_INSIDE_ISSUER: { type: url, value: "https://sso.corp.lan/realms/hg?x=1" }
  SCIM_INSIDE_KEYS: { type: url, value: "https://sso.corp.lan/keys" }
  SCIM_REGION: { type: string, value: changeme }
  SCIM_ANY_PAGE: { type: page-size, value: 500 }

connectors:
  entra:
    idp: entra
    endpoint: { var: SCIM_ENTRA_URL }
    tenant: { var: SCIM_ENTRA_TENANT }
    auth: { oauth: { issuer: { var: SCIM_ENTRA_ISSUER }, audience: { var: SCIM_ENTRA_AUDIENCE }, jwks: { var: SCIM_ENTRA_KEYS } } }
    mapping: { account: user.userName }
    groups: []
  inside:
    idp: keycloak
    endpoint: { var: SCIM_INSIDE_URL }
    auth: { oauth: { issuer: { var: SCIM_INSIDE_ISSUER }, audience: { var: SCIM_ENTRA_AUDIENCE }, jwks: { var: SCIM_INSIDE_KEYS } } }
    mapping: { account: user.userName }
    groups: []
`,
      )
      .replace(
        "\nconstraints:\n",
        `\nconstraints:\n  region: { on: [user.create], require: 'vars.SCIM_REGION != ""' }\n`,
      ),
  );
  project.edit(localFile, (text) =>
    text.replace(/url: "https:\/\/127[^"]*"/, 'url: "https://hg-admin.example.net:7443"'),
  );
  project.edit(policyFile, (text) =>
    text
      .replace("default: 100,", "default: 500,")
      .replace("    idp: keycloak\n", "    idp: keycloak\n    pageSize: { var: SCIM_ANY_PAGE }\n"),
  );
  const offline = await preflight("--offline", "--json");
  expect(offline.code).toBe(1);
  expect(offline.stderr).toBe("");
  const found = new Map(checksOf(offline).map((check) => [check.name, check]));
  for (const [name, state, told, mend] of [
    [
      "SCIM_API_BASE_URL",
      "failed",
      /loopback, and the agent is on another host/,
      /public address of connector okta/,
    ],
    ["SCIM_ENTRA_URL", "failed", /in clear text/, /an address with TLS/],
    ["SCIM_ENTRA_TENANT", "failed", /is of the tenant 00000000-1111/, /Entra's overview/],
    ["SCIM_INSIDE_ISSUER", "failed", /"\?x=1" behind the issuer/, /take "\?x=1" out/],
    ["SCIM_ENTRA_AUDIENCE", "warning", /a blank/, /take the blanks out/],
    ["SCIM_INSIDE_URL", "warning", /private network/, /the public name/],
    ["SCIM_PAGE_SIZE", "warning", /okta asks for 100 a page.*no effect/, /the value 100/],
    ["SCIM_REGION", "warning", /looks like a sample/, /its value in this environment/],
    ["agent", "unknown", /--offline asks nobody/, /where the agent can be reached/],
  ] as const) {
    const check = found.get(name);
    expect([name, check?.state]).toEqual([name, state]);
    expect(check?.found).toMatch(told);
    expect(check?.mend).toMatch(mend);
  }
  expect(found.get("SCIM_ANY_PAGE")).toMatchObject({ state: "ok", found: "500 (1 to 1000)" });
  expect(found.get("SCIM_ENTRA_TENANT")).toMatchObject({
    owner: "entra-team",
    at: expect.stringMatching(/^environments\/shared\/policy\.yaml:\d+:3$/),
  });

  const { stdout } = await preflight("--offline", "--format", "markdown");
  const tree = fromMarkdown(stdout, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });
  const [table] = tree.children.filter(({ type }) => type === "table");
  expect(table && "children" in table && table.children.length).toBeGreaterThan(7);
  expect(stdout).toContain("### Preflight of `local`");
  expect(stdout).toContain("| **failed** | `SCIM_ENTRA_TENANT` tenant-id |");
});

test("what does not fit its type or bounds is told as validation tells it, at its line", async () => {
  project.edit(localFile, (text) =>
    text.replace(
      "variables:\n",
      'variables:\n  SCIM_PAGE_SIZE: { value: 5000 }\n  SCIM_TENANT_ID: { type: uuid, value: none }\n  SCIM_STAY: { type: duration, value: 3 weeks }\n  SCIM_ZONE: { type: enum, values: [eu, us], value: ue }\n  SCIM_HOST: { type: url, value: "hg.example.com" }\n',
    ),
  );
  const { code, stdout, stderr } = await preflight("--offline");
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  for (const part of [
    /local\.yaml:\d+:\d+: .*5000 is out of bounds/,
    /local\.yaml:\d+:\d+: .*not a UUID/,
    /local\.yaml:\d+:\d+: .*(duration|time span|span)/,
    /local\.yaml:\d+:\d+: .*none of the values .*eu/,
    /local\.yaml:\d+:\d+: .*not a URL/,
  ])
    expect(stderr).toMatch(part);
});

test("an agent that cannot be asked: each reason with the part of the address that is wrong", async () => {
  const agentCheck = async (env: Record<string, string>, change = (text: string) => text) => {
    Object.assign(project.env, env);
    project.edit(localFile, change);
    const done = await preflight("--json");
    return [done.code, checksOf(done).find(({ what }) => what === "the agent")] as const;
  };
  const expected = (found: RegExp, mend: RegExp) => [
    1,
    expect.objectContaining({
      state: "failed",
      found: expect.stringMatching(found),
      mend: expect.stringMatching(mend),
      at: expect.stringMatching(/^environments\/local\.yaml:\d+:\d+$/),
    }),
  ];
  const { HGSCIM_TOKEN = "", HGSCIM_CA = "" } = project.env;
  expect(await agentCheck({ HGSCIM_TOKEN: "" })).toEqual(
    expected(/HGSCIM_TOKEN is empty/, /delivery\.agent\.token/),
  );
  expect(await agentCheck({ HGSCIM_TOKEN: "nobody-knows-this-token" })).toEqual(
    expected(/401/, /delivery\.agent\.token/),
  );
  expect(await agentCheck({ HGSCIM_TOKEN, HGSCIM_CA: "no certificate" })).toEqual(
    expected(/no certificate/, /delivery\.agent\.ca/),
  );
  expect(await agentCheck({ HGSCIM_CA: (await other()).ca })).toEqual(
    expected(/not signed by a known authority/, /delivery\.agent\.ca/),
  );
  const nobody = createServer();
  await new Promise<void>((done) => nobody.listen(0, "127.0.0.1", done));
  const { port } = nobody.address() as { port: number };
  await new Promise((done) => nobody.close(done));
  const at = (url: string) => (text: string) => text.replace(/url: "[^"]*"/, `url: "${url}"`);
  expect(await agentCheck({ HGSCIM_CA }, at(`https://127.0.0.1:${port}`))).toEqual(
    expected(/nothing listens there/, /a running agent/),
  );
  const twin = await other();
  expect(
    await agentCheck({ HGSCIM_CA: twin.ca, HGSCIM_TOKEN: twin.tokens.reader }, at(twin.agent.admin)),
  ).toEqual(expected(/that of twin \(expected that of local\)/, /this environment's own agent/));
});

let twin: Harness | undefined;
/** The agent of another environment. */
async function other(): Promise<Harness> {
  twin ??= await startHarness([], { environment: "twin" });
  return twin;
}
afterAll(() => twin?.stop());

test("a secret that another environment has too is found by the agents, and no value of it is told", async () => {
  const there = await other();
  process.env.SCIM_TEST_COPIED = h.tokens.scim;
  await there.deploy(
    await there.release((release: ReleaseShape) => {
      release.environment = "twin";
      release.secrets["okta-token"].refs = ["ref+env://SCIM_TEST_COPIED"];
    }),
  );
  const text = project
    .read(localFile)
    .replaceAll("HGSCIM_TOKEN", "HGSCIM_TWIN_TOKEN")
    .replaceAll("HGSCIM_CA", "HGSCIM_TWIN_CA")
    .replace(h.agent.admin, there.agent.admin)
    .replace(/ref\+env:\/\/SCIM_TEST_\w+/, "ref+env://SCIM_TEST_COPIED");
  writeFileSync(join(project.folder, "environments/twin.yaml"), text);
  Object.assign(project.env, { HGSCIM_TWIN_TOKEN: there.tokens.reader, HGSCIM_TWIN_CA: there.ca });
  const done = await preflight("--json");
  expect(done.code).toBe(1);
  expect(checksOf(done)).toContainEqual(
    expect.objectContaining({
      name: "SCIM_AUTH_TOKEN",
      state: "failed",
      found: "the same value as secrets.okta-token of twin (ref+env://SCIM_TEST_COPIED)",
      mend: expect.stringContaining("openssl rand"),
      owner: "identity",
    }),
  );
  for (const printed of project.printed) expect(printed).not.toContain(h.tokens.scim);
});

test("where nobody answers, each is told by name, and nothing keeps the command from its end", async () => {
  // a pipe into which the token comes late, and an agent that takes a connection and says nothing
  const pipe = join(project.folder, "late-token");
  execFileSync("mkfifo", [pipe]);
  const silent = new Servers();
  try {
    const url = await silent.silent();
    project.edit(localFile, (text) =>
      text.replace(h.agent.admin, url).replace("ref+env://HGSCIM_TOKEN", `ref+file://${pipe}`),
    );
    const twinFile = join(project.folder, "environments/twin.yaml");
    // another environment whose token never comes
    const never = join(project.folder, "no-token");
    execFileSync("mkfifo", [never]);
    const other = project.read(localFile).replace(`ref+file://${pipe}`, `ref+file://${never}`);
    writeFileSync(
      twinFile,
      other
        .replace(url, await silent.silent())
        .replace(/ref\+env:\/\/SCIM_TEST_\w+/, "ref+env://SCIM_TEST_TWIN"),
    );
    const writer = spawn("sh", ["-c", `sleep 2; printf late-but-right-token > ${pipe}`]);
    const { code, stdout, stderr } = await preflight("--json");
    expect([code, stderr]).toEqual([1, ""]);
    const told = JSON.parse(stdout).checks as Check[];
    expect(told).toContainEqual(
      expect.objectContaining({
        ...{ name: "local", what: "the agent", state: "failed" },
        found: expect.stringMatching(/no answer within [1-7](\.\d+)? s/),
      }),
    );
    expect(told).toContainEqual(
      expect.objectContaining({
        ...{ name: "agent", what: "secrets, endpoints, issuers, addresses, repositories", state: "unknown" },
        found: "not checked: the agent has not answered",
      }),
    );
    expect(told).toContainEqual(
      expect.objectContaining({
        ...{ what: "comparison with twin", state: "unknown" },
        found: `not checked: ref+file://${never}: no answer within 5 s (expected a plain file)`,
      }),
    );
    expect(stdout).not.toContain("late-but-right-token");
    // it was read
    if (writer.exitCode === null) await once(writer, "exit");
    expect(writer.exitCode).toBe(0);
  } finally {
    await silent.stop();
  }
});

test("wrong usage", async () => {
  for (const [args, told] of [
    [["--format", "text", "--json"], "expected one of them"],
    [["--format", "html"], 'no format "html"'],
    [["--ofline"], "--offline"],
  ] as const)
    expect(await preflight(...args)).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining(told),
    });
});
