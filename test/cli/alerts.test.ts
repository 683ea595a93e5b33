/** `hgscim alerts` and its subcommands as processes, against a real agent and a real receiver. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { alerting, Receiver } from "../agent/alerts/receiver.ts";
import { happen, rowsOf } from "../agent/alerts/store.ts";
import { until } from "../agent/alerts/until.ts";
import { type Harness, startHarness } from "../agent/harness.ts";
import { makeProject, type Project } from "../e2e/terraform-project.ts";

const now = Date.UTC(2026, 0, 5, 10);
const own = ["--token", "ref+env://HGSCIM_APPROVER_TOKEN"];
let h: Harness;
let receiver: Receiver;
let project: Project;
beforeEach(async () => {
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
