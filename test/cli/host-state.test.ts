/** What `hgscim host check` says of the agent itself: its clock, what it does not do, and tokens near their end. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { adminClient } from "../../api/client.ts";
import { checkDisks, checkRunningAgent } from "../../cli/host/agent-state.ts";
import type { HostFinding } from "../../cli/host/finding.ts";
import { type Harness, startHarness } from "../agent/harness.ts";

const day = 86_400_000;
/** By how much the agent's system is ahead. */
let ahead: number;
let h: Harness;
beforeEach(async () => {
  ahead = 0;
  h = await startHarness(["core/api"], {}, { clock: () => Date.now() + ahead });
});
afterEach(() => h.stop());

const wrongOf = (findings: readonly HostFinding[]) =>
  findings.filter(({ state }) => state === "wrong").map(({ check, found }) => `${check}: ${found}`);
const wrongNow = async () =>
  wrongOf(await checkRunningAgent(adminClient({ url: `unix:${h.agent.socket}`, user: "root" })));

test("an agent without a release, with a token near its end, or in another time than the host", async () => {
  expect(await wrongNow()).toEqual(["health: noRelease: no release is active: nobody has access"]);
  await h.deploy(await h.release());
  expect(await wrongNow()).toEqual([]);
  ahead += 20 * day;
  expect(await wrongNow()).toEqual([
    expect.stringMatching(/^clock: 20\S+Z, and this host's is (20 d|19 d 23 h) away$/),
    expect.stringMatching(/^token of connector okta: ends 20/),
  ]);
  ahead += 20 * day;
  expect(await wrongNow()).toContainEqual(expect.stringMatching(/^token of connector okta: has ended 20/));
});

test("whoever plans and deploys with another version of the package", async () => {
  await h.deploy(await h.release());
  const byTheirs = adminClient({ url: h.agent.admin, token: h.tokens.deployer, ca: h.ca });
  expect(await byTheirs.impact(null)).toMatchObject({ ok: true });
  expect(await wrongNow()).toEqual([]);
  await h.admin("POST", "/impact", { body: { release: null }, headers: { "User-Agent": "hgscim/0.0.9" } });
  await h.admin("POST", "/impact", { body: { release: null }, headers: { "User-Agent": "curl/8" } });
  expect(await wrongNow()).toEqual([
    expect.stringMatching(/^provider: version 0.0.9 planned or deployed at 20/),
  ]);
});

test("a disk that is not there is none that is full", () => {
  expect(checkDisks({ ...h.config, data: "/nowhere" })[0]).toMatchObject({ state: "unchecked" });
});

test("a nonce is laid down over the socket alone, for an account alone", async () => {
  const probe = (account: string) => adminClient({ url: `unix:${h.agent.socket}` }).probe(account);
  expect(await probe("zoe")).toMatchObject({
    ok: true,
    value: { nonce: expect.stringMatching(/^[0-9a-f]{32}$/) },
  });
  expect(await probe("Zoë")).toMatchObject({ ok: false, error: { status: 400 } });
  expect((await h.admin("PUT", "/probes/zoe", { token: h.tokens.approver })).status).toBe(404);
});
