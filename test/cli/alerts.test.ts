/** `hgscim alerts` and its subcommands as processes, against a real agent and a real receiver. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { alerting, Receiver } from "../agent/alerts/receiver.ts";
import { happen, rowsOf } from "../agent/alerts/store.ts";
import { until } from "../agent/alerts/until.ts";
import { type Harness, startHarness } from "../agent/harness.ts";
import { makeProject, type Project } from "../e2e/terraform-project.ts";

let now: number;
const own = ["--token", "ref+env://HGSCIM_APPROVER_TOKEN"];
let h: Harness;
let receiver: Receiver;
let project: Project;
beforeEach(async () => {
  now = Date.UTC(2026, 0, 5, 10);
  receiver = new Receiver();
  await receiver.start();
  h = await startHarness(["core/api"], { egress: [receiver.host] }, { clock: () => now });
  project = await makeProject(h);
  project.env.HGSCIM_APPROVER_TOKEN = h.tokens.approver;
  await h.deploy(await h.release(alerting(receiver, { on: ["held"] })));
});
afterEach(async () => {
  project.remove();
  await h.stop();
  await receiver.stop();
});
const alerts = (...args: string[]) => project.hgscim("alerts", ...args);
/** What somebody did about alerts, by the audit. */
const audited = async () =>
  (await h.admin("GET", "/audit?last=100")).body.rows.flatMap(
    ({ actor, operation, target, detail }: Record<string, string>) =>
      operation?.startsWith("alert.") ? [[actor, operation, target, detail]] : [],
  );
const cells = (text: string) => text.split("\n").map((line) => line.split(/ {2,}/));

test("what is given up is listed until it is sent again, by whoever may approve", async () => {
  expect((await alerts("list", "local")).stdout).toBe("Nobody was told of anything of late.\n");
  expect((await alerts("list", "local", "--dead")).stdout).toBe("No alert was given up.\n");
  receiver.answer = (response) => void response.writeHead(410).end();
  happen(h, now, { kind: "held", connector: "okta", rule: "mass" });
  await until(() => rowsOf(h, "SELECT 1 FROM deliveries WHERE state = 'dead'").length > 0);
  const [{ id } = {}] = rowsOf(h, "SELECT id FROM deliveries");
  const listed = await alerts("list", "local", "--dead");
  expect(listed).toMatchObject({ code: 0, stderr: "" });
  expect(cells(listed.stdout)).toEqual([
    ["at", "to", "state", "tries", "events", "matter", "id", "why not"],
    [...["2026-01-05T10:00:00Z", "ALERT_WEBHOOK", "dead", "1", "1", "held/okta/mass", id], "it answered 410"],
    [""],
    ["To send again what was given up: hgscim alerts retry local --all"],
    [""],
  ]);
  expect(JSON.parse((await alerts("list", "local", "--json")).stdout)).toMatchObject({
    environment: "local",
    counts: { dead: 1, waiting: 0 },
    alerts: [{ id, state: "dead", summary: "it happened", at: "2026-01-05T10:00:00Z" }],
  });

  receiver.answer = undefined;
  expect((await alerts("retry", "local")).code).toBe(2);
  const refused = await alerts("retry", "local", "--all");
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain("(expected approver)");
  expect(await alerts("retry", "local", "--all", ...own)).toEqual({
    code: 0,
    stdout: "local: 1 alert is sent again.\n",
    stderr: "",
  });
  await until(() => receiver.received.length === 2);
  expect(new Set(receiver.received.map(({ headers }) => headers["webhook-id"]))).toEqual(new Set([id]));
  expect((await alerts("retry", "local", String(id), ...own)).code).toBe(1);
  expect(await audited()).toEqual([["admin:approver", "alert.retry", "", "1 alert is sent again"]]);
});

test("what is given up is discarded with a reason, by whoever may approve, and what waits or has arrived is not", async () => {
  await alerts("test", "local", ...own);
  receiver.answer = (response) => void response.writeHead(410).end();
  for (const rule of ["mass", "mail", "keep"]) happen(h, now, { kind: "held", connector: "okta", rule });
  const dead = () =>
    rowsOf(h, "SELECT id, matter FROM deliveries WHERE state = 'dead' ORDER BY matter") as {
      id: string;
      matter: string;
    }[];
  await until(() => {
    // a receiver that failed is left alone for a second
    now += 1_000;
    return dead().length === 3;
  });
  const [one, two, three] = dead();
  const reason = ["--reason", "the pager of before"];
  expect((await alerts("discard", "local", "--all", ...own)).code).toBe(2);
  expect((await alerts("discard", "local", ...reason, ...own)).code).toBe(2);
  expect((await alerts("discard", "local", "--all", "--reason", " ", ...own)).code).toBe(1);
  expect((await alerts("discard", "local", "--all", ...reason)).stderr).toContain("(expected approver)");
  expect(dead()).toHaveLength(3);
  const first = await alerts("discard", "local", String(one?.id), "msg_none", ...reason, ...own);
  expect(first).toEqual({ code: 1, stdout: "local: 1 alert is discarded.\n", stderr: "" });
  expect(dead()).toEqual([two, three]);
  receiver.answer = undefined;
  expect((await alerts("retry", "local", String(two?.id), ...own)).code).toBe(0);
  await until(() => receiver.received.some(({ headers }) => headers["webhook-id"] === two?.id));
  await until(() => rowsOf(h, "SELECT 1 FROM deliveries WHERE state = 'delivered'").length === 1);
  expect((await alerts("discard", "local", "--all", ...reason, ...own)).stdout).toBe(
    "local: 1 alert is discarded.\n",
  );
  expect(rowsOf(h, "SELECT id FROM deliveries")).toEqual([{ id: two?.id }]);
  expect((await alerts("list", "local", "--dead")).stdout).toBe("No alert was given up.\n");
  const gone = (alert?: { id: string; matter: string }) =>
    `discarded ${alert?.id} (${alert?.matter} to ALERT_WEBHOOK); the pager of before`;
  expect(await audited()).toEqual([
    ["admin:approver", "alert.test", "", "ALERT_WEBHOOK: taken"],
    ["admin:approver", "alert.discard", "", gone(one)],
    ["admin:approver", "alert.retry", two?.id, "1 alert is sent again"],
    ["admin:approver", "alert.discard", "", gone(three)],
  ]);
});

test("a test says whether its receivers took it, and why not", async () => {
  expect(await alerts("test", "local", ...own)).toEqual({
    code: 0,
    stdout: "ALERT_WEBHOOK: taken\n",
    stderr: "",
  });
  expect(receiver.of("test")[0]?.body.text).toBe("hgscim local: test: this is a test: nothing happened");
  await receiver.stop();
  const failed = await alerts("test", "local", "--to", "ALERT_WEBHOOK", "--json", ...own);
  expect(failed.code).toBe(1);
  expect(JSON.parse(failed.stdout).results).toEqual([
    { destination: "ALERT_WEBHOOK", taken: false, reason: "nothing listens there" },
  ]);
  const unknown = await alerts("test", "local", "--to", "OTHER", ...own);
  expect(unknown.stderr).toContain("no alert of the active release goes to OTHER");
  // a test is nothing that happened
  expect(rowsOf(h, "SELECT 1 FROM deliveries").length).toBe(0);
});
