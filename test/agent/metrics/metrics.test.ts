/** Metrics over HTTP, as Prometheus asks for them, and what is made of them: alert rules and a dashboard. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parse } from "yaml";
import { constrained } from "../constraints/constrained.ts";
import { type Harness, startHarness } from "../harness.ts";
import { send } from "../request.ts";

let h: Harness;
beforeEach(async () => {
  h = await startHarness(["core/api", "docs"]);
});
afterEach(() => h.stop());

async function scrape(token = h.tokens.reader): Promise<{ readonly status: number; readonly text: string }> {
  const { status, text } = await send(`${h.agent.admin}/metrics`, {
    method: "GET",
    headers: { Authorization: `Bearer ${token}` },
    body: undefined,
    ca: h.ca,
  });
  return { status, text };
}

/** The values by name and labels, such as `hgscim_held{connector="okta"}`. */
async function values(): Promise<Map<string, number>> {
  const { status, text } = await scrape();
  expect(status).toBe(200);
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.split(" ").at(-1))]));
}

const within = (days: number) => (seconds: number) => Math.abs(seconds / 86_400 - days) < 0.5;

const mail = { values: { of: "userName", domains: ["example.com"] }, owner: "identity" };
const operations = (labels: string) => `hgscim_operations_total{connector="okta",kind="user",${labels}}`;

test("writes are counted by connector, verb, outcome and code, and what stands is told", async () => {
  const looked = {
    require: "!user.userName.startsWith('zoe')",
    otherwise: "hold",
    owner: "identity",
  } as const;
  await h.deploy(await constrained(h, { mail, looked }));
  expect((await h.scim("POST", "/Users", { userName: "zoe@example.com" })).status).toBe(409);
  const { id } = (await h.scim("POST", "/Users", { userName: "ann@example.com" })).body;
  await h.scim("POST", "/Users", { userName: "bob@evil.example" });
  const both = { Operations: [{ op: "replace", value: { active: false, userName: "ann@evil.example" } }] };
  expect((await h.scim("PATCH", `/Users/${id}`, both)).status).toBe(200);
  await h.scim("GET", "/Users", undefined, "nobody-is-called-so");
  const found = await values();
  const expected = {
    [operations('verb="create",outcome="done",code=""')]: 1,
    [operations('verb="create",outcome="refused",code="constraintOnValue"')]: 1,
    'hgscim_operation_seconds_count{kind="user",verb="create"}': 3,
    'hgscim_scim_requests_total{connector="okta",method="POST",status="201"}': 1,
    'hgscim_scim_requests_total{connector="okta",method="POST",status="400"}': 1,
    'hgscim_scim_requests_total{connector="",method="GET",status="401"}': 1,
    'hgscim_failures_standing{connector="okta",what="refused"}': 1,
    'hgscim_failing_people{connector="okta",what="refused"}': 1,
    hgscim_operations_waiting: 0,
    hgscim_operations_oldest_seconds: 0,
    'hgscim_held{connector="okta"}': 1,
    'hgscim_alerts{state="waiting"}': 0,
    'hgscim_alerts{state="dead"}': 0,
    hgscim_ready: 1,
    hgscim_release_active: 1,
  };
  expect(Object.fromEntries(Object.keys(expected).map((name) => [name, found.get(name)]))).toEqual(expected);
  expect(found.get('hgscim_held_oldest_seconds{connector="okta"}')).toBeGreaterThanOrEqual(0);
  expect(found.get("hgscim_access_file_writes_total")).toBeGreaterThan(1);
  expect(found.get('hgscim_token_left_seconds{connector="okta"}')).toSatisfy(within(30));
  for (const listener of ["scim", "admin"])
    expect(found.get(`hgscim_certificate_left_seconds{listener="${listener}"}`)).toSatisfy(within(365));
});

test("no label names a person or a repository, and there are few of each", async () => {
  await h.deploy(await constrained(h, { mail }));
  for (let i = 0; i < 30; i++) {
    await h.scim("POST", "/Users", { userName: `ann${i}@example.com`, externalId: `x${i}`, [`own-${i}`]: 1 });
    await h.scim("PATCH", `/Users/none-${i}`, { Operations: [{ op: "replace", value: { title: "Lead" } }] });
  }
  const { text } = await scrape();
  expect(text).not.toMatch(/ann|none-|own-|core\/api|example\.com/);
  const labels = [...text.matchAll(/(\w+)="([^"]*)"/g)].map(([, name]) => name);
  expect(new Set(labels)).toEqual(
    new Set([
      "connector",
      "kind",
      "verb",
      "outcome",
      "code",
      "method",
      "status",
      "le",
      "what",
      "listener",
      "result",
      "state",
      "version",
    ]),
  );
  expect((text.match(/^hgscim/gm) ?? []).length).toBeLessThan(150);
});

test("only whoever has a token reads them, and two agents in one process count for themselves", async () => {
  expect((await scrape("nobody-is-called-so")).status).toBe(401);
  expect((await scrape(h.tokens.approver)).status).toBe(200);
  const other = await startHarness();
  await other.deploy(await constrained(other, { mail }));
  await other.scim("POST", "/Users", { userName: "ann@example.com" });
  await other.stop();
  expect((await scrape()).text).not.toContain(operations(""));
});

test("the trace of a request is in its audit row, if it is one, and nothing else is", async () => {
  await h.deploy(await constrained(h, { mail }));
  const good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const bad = [
    "00-00000000000000000000000000000000-b7ad6b7169203331-01",
    "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
    "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    `${good}-more`,
    good.toUpperCase(),
    "'; DROP TABLE audit; --",
  ];
  for (const [i, traceparent] of [good, ...bad].entries())
    await send(`${h.agent.scim}/scim/okta/v2/Users`, {
      method: "POST",
      headers: {
        Authorization: `Bearer ${h.tokens.scim}`,
        "Content-Type": "application/scim+json",
        traceparent,
      },
      body: JSON.stringify({ userName: `u${i}@${i === 1 ? "evil" : "own"}.example` }),
      ca: h.ca,
    });
  const { rows } = (await h.admin("GET", "/audit?last=7")).body;
  expect(rows.map(({ traceparent }: { traceparent: string | null }) => traceparent)).toEqual([
    good,
    ...bad.map(() => null),
  ]);
  // and of what comes by the admin API: refused, done, and what somebody does about alerts
  const { digest } = (await h.admin("GET", "/release")).body;
  const asking = (headers: object = {}) => ({
    token: h.tokens.approver,
    headers: { traceparent: good, ...headers },
  });
  const reason = { reason: "mended" };
  await h.admin("POST", "/quarantines/okta/end", { ...asking(), body: reason });
  await h.admin("DELETE", "/owners/nobody", asking());
  await h.admin("PUT", "/renumberings/okta", { ...asking(), body: { until: null } });
  const release = { release: await constrained(h, { mail }), origin: {} };
  await h.admin("PUT", "/release", {
    ...asking({ "If-Match": `"${digest}"` }),
    token: h.tokens.deployer,
    body: release,
  });
  await h.admin("PUT", "/release", {
    ...asking({ "If-Match": `"${digest}"`, traceparent: bad[0] ?? "" }),
    token: h.tokens.deployer,
    body: release,
  });
  const told = (await h.admin("GET", "/audit?last=5")).body.rows.map(
    ({ operation, traceparent }: Record<string, string | null>) => [operation, traceparent],
  );
  expect(told).toEqual([
    ["quarantine.end", good],
    ["account.release", good],
    ["connector.renumber", good],
    ["release.activate", good],
    ["release.activate", null],
  ]);
});

const promtool = (args: readonly string[], input?: string) => {
  const { status, stdout, stderr } = spawnSync("promtool", args, { encoding: "utf8", input });
  return { status, said: `${stdout}${stderr}` };
};
const rules = "docs/metrics/rules.yaml";
const dashboard = JSON.parse(readFileSync("docs/metrics/dashboard.json", "utf8"));
const shown: string[] = dashboard.panels.flatMap(({ targets }: { targets: { expr: string }[] }) =>
  targets.map(({ expr }) => expr),
);
const alerts: { alert: string; expr: string; annotations: Record<string, string> }[] = parse(
  readFileSync(rules, "utf8"),
).groups.flatMap(({ rules }: { rules: unknown[] }) => rules);

test("promtool takes the metrics, the alert rules and every query of the dashboard", async () => {
  await h.deploy(await constrained(h, { mail }));
  await h.scim("POST", "/Users", { userName: "bob@evil.example" });
  const { text } = await scrape();
  expect(promtool(["check", "metrics"], text)).toEqual({ status: 0, said: "" });
  expect(promtool(["check", "rules", rules])).toMatchObject({
    status: 0,
    said: expect.stringContaining(`SUCCESS: ${alerts.length} rules found`),
  });
  const folder = mkdtempSync(join(tmpdir(), "hgscim-rules-"));
  const file = join(folder, "dashboard.json");
  const recorded = shown.map((expr, i) => ({
    record: `shown:${i}`,
    expr: expr.replaceAll("$__rate_interval", "5m").replaceAll("$instance", ".*"),
  }));
  writeFileSync(file, JSON.stringify({ groups: [{ name: "dashboard", rules: recorded }] }));
  expect(promtool(["check", "rules", file])).toMatchObject({ status: 0 });
  rmSync(folder, { recursive: true });
  // whatever is asked for is there
  const there = new Set([...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name));
  const asked = [...shown, ...alerts.map(({ expr }) => expr)].flatMap(
    (expr) => expr.match(/\b(?:hgscim|process)_\w+/g) ?? [],
  );
  expect(asked.length).toBeGreaterThan(20);
  expect(asked.map((name) => name.replace(/_bucket$/, "")).filter((name) => !there.has(name))).toEqual([]);
});

test("an alert goes off by what it is for, and the page says of each what to do", () => {
  const tested = promtool(["test", "rules", "test/agent/metrics/rules.test.yaml"]);
  expect(tested).toMatchObject({ status: 0, said: expect.stringContaining("SUCCESS") });
  const page = readFileSync("docs/metrics.md", "utf8");
  expect(alerts.filter(({ alert }) => !page.includes(`### ${alert}\n`))).toEqual([]);
});
