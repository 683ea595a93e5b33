/** A deploy by the real terraform looks at what is new before it is active, and stops at what would not work; whoever wants it all the same is in the history. */
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Harness, startHarness } from "../agent/harness.ts";
import { keylessIssuer } from "../agent/preflight/keyless.ts";
import { json, Servers } from "../agent/preflight/servers.ts";
import { send } from "../agent/request.ts";
import { long } from "../long.ts";
import { flat, localFile, makeProject, type Project, policyFile } from "./terraform-project.ts";

const servers = new Servers();
const asked: string[] = [];
let origin: string;
let h: Harness;
let project: Project;
beforeAll(async () => {
  const answers = json({ "/keys": { keys: [] } });
  origin = await servers.plain((request, response) => {
    asked.push(request.url ?? "");
    answers(request, response);
  });
  // by itself it would look a minute after its start, and be taken for a deploy on a slow machine
  const never = { every: 86_400_000, again: 86_400_000 };
  h = await startHarness(["core/api"], { egress: servers.hosts }, { preflights: never });
  project = await makeProject(h);
});
afterAll(async () => {
  project.remove();
  await h.stop();
  await servers.stop();
});

const deploy = (...args: string[]) => project.hgscim("deploy", "local", "--yes", ...args);
const active = async () => (await h.admin("GET", "/release")).body.digest;

test("what is new and would not work stops a deploy, by its variable and line; --no-preflight is in history and audit", async () => {
  expect(await deploy()).toMatchObject({ code: 0 });
  const first = await active();

  // a connector of an issuer that has no key
  project.edit(policyFile, (text) =>
    text.replace(
      "connectors:\n",
      `  SCIM_SSO_URL: { type: url, value: "https://127.0.0.1:7480/scim/sso/v2", owner: sso-team }
  SCIM_SSO_ISSUER: { type: url, value: "${origin}", owner: sso-team }
  SCIM_SSO_AUDIENCE: { type: string, value: "api://hgscim", owner: sso-team }
  SCIM_SSO_KEYS: { type: url, value: "${origin}/keys", owner: sso-team }

connectors:
  sso:
    idp: keycloak
    endpoint: { var: SCIM_SSO_URL }
    auth: { oauth: { issuer: { var: SCIM_SSO_ISSUER }, audience: { var: SCIM_SSO_AUDIENCE }, jwks: { var: SCIM_SSO_KEYS } } }
    mapping: { account: user.userName }
    groups: []
`,
    ),
  );
  const planned = await project.hgscim("plan", "local");
  expect(planned.code).toBe(0);
  expect(asked).toEqual([]);

  const stopped = await deploy();
  expect(stopped.code).toBe(1);
  const told = flat(stopped)
    .replace(/[│╷╵] ?/g, "")
    .replace(/\s+/g, " ");
  expect(told).toContain("The preflight of this release fails");
  expect(told).toMatch(/policy\.yaml:\d+:3: SCIM_SSO_KEYS: keys of connector sso: it has no key/);
  expect(told).toContain("to mend: have the issuer make a signing key");
  expect(told).toContain("(sso-team)");
  expect(told).toContain("--no-preflight");
  expect(await active()).toBe(first);
  expect(asked).toContain("/keys");

  expect(await deploy("--no-preflight")).toMatchObject({ code: 0 });
  const second = await active();
  expect(second).not.toBe(first);
  const history = await project.hgscim("history", "local", "--json");
  expect(JSON.parse(history.stdout).entries.map((entry: { preflight?: string }) => entry.preflight)).toEqual([
    "skipped",
    undefined,
  ]);
  expect((await project.hgscim("history", "local")).stdout).toMatch(/preflight[\s\S]*skipped/);
  const { rows } = (await h.admin("GET", "/audit?last=20")).body;
  expect(
    rows.filter(({ detail }: { detail: string }) => detail.includes("without a preflight")),
  ).toHaveLength(1);

  // what was so before stops nothing: somebody may have to lose access
  asked.length = 0;
  project.edit(policyFile, (text) => text.replace("default: 100", "default: 101"));
  expect(await deploy()).toMatchObject({ code: 0 });
  expect(asked).toEqual([]);
});

test("an agent that does not say whether it would work stops a deploy, too", async () => {
  const before = await active();
  project.edit(policyFile, (text) => text.replace("default: 101", "default: 102"));
  // the agent, but for one answer
  const between = await servers.plain(async (request, response) => {
    const { method = "GET", url = "", headers } = request;
    if (url === "/v1/preflight") return response.writeHead(503).end("{}");
    const { host: _, ...others } = headers as Record<string, string>;
    const body = await text(request);
    const reply = await send(`${h.agent.admin}${url}`, {
      method,
      headers: others,
      ca: h.ca,
      ...(body && { body }),
    });
    return response.writeHead(reply.status, { "content-type": "application/json" }).end(reply.text);
  });
  const own = project.read(localFile);
  project.edit(localFile, (text) => text.replace(h.agent.admin, between));
  const stopped = await deploy();
  project.edit(localFile, () => own);
  expect(stopped.code).toBe(1);
  expect(flat(stopped)).toContain("The agent does not say whether this release would work");
  expect(await active()).toBe(before);
});

test("a rollback goes past what does not work by now, tells it, and says so in the history", async () => {
  const current = await active();
  const plain = await h.deploy(await h.release(), current);
  const silent = new Servers();
  try {
    const keyless = await h.deploy(await h.release(keylessIssuer(origin)), plain);
    const away = await silent.silent();
    h.config.egress?.push(...silent.hosts);
    const unanswered = await h.deploy(await h.release(keylessIssuer(away)), keyless);
    const third = await h.deploy(await h.release(), unanswered);

    const back = async (to: string) => project.hgscim("rollback", "local", "--to", to, "--now", "--yes");
    const first = await back(keyless);
    expect(first.code).toBe(0);
    expect(first.stderr).toMatch(
      /^Not as it must be by now, which stops no rollback:\n {2}SCIM_KEYS: keys of connector okta: it has no key/,
    );
    expect(await active()).toBe(keyless);
    await h.deploy(await h.release(), keyless);
    // a server that takes every packet and says nothing does not hold it up
    const second = await back(unanswered);
    expect(second.code).toBe(0);
    expect(second.stderr).toMatch(/SCIM_KEYS: keys of connector okta: .*does not answer within 2\.\d s/);
    const { entries } = (await h.admin("GET", "/history")).body;
    expect(entries.slice(0, 3).map((entry: { preflight?: string }) => entry.preflight)).toEqual([
      "skipped",
      undefined,
      "skipped",
    ]);
    // what is as it must be is no news
    const last = await back(third);
    expect(last).toMatchObject({ code: 0, stderr: "" });
  } finally {
    await silent.stop();
  }
});

long("what a variable says by itself fails the plan already", async () => {
  project.edit(policyFile, (text) => text.replace(`value: "${origin}"`, `value: "${origin}/?x=1"`));
  const planned = await project.hgscim("plan", "local");
  expect(planned.code).toBe(1);
  expect(flat(planned)).toContain('"?x=1" behind the issuer');
  project.env.HGSCIM_PREFLIGHT = "no";
  expect(flat(await project.hgscim("plan", "local"))).toContain("HGSCIM_PREFLIGHT is no setting");
  project.env.HGSCIM_PREFLIGHT = "off";
  expect((await project.hgscim("plan", "local")).code).toBe(0);
});
