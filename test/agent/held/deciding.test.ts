/** Two approvers at once, and who may say what. */
import { expect, test } from "vitest";
import { deactivate, staff } from "../people.ts";
import { group, h, id, staffed } from "./staffed.ts";
import { decide, deployConstraints, held, holdId, letIn, shown, waiting } from "./world.ts";

staffed();

const mass = held({ limit: { deactivations: 1, per: "1h" } });

test("two approvers whose batches have holds in common: each is decided once", async () => {
  const more = await staff(h, { others: ["joe", "kim", "lea"] });
  await deployConstraints(h, { mass });
  await deactivate(h, id("ada"));
  for (const one of [id("bob"), id("eve"), ...more.values()]) await deactivate(h, one);
  const all = (await waiting(h)).map(({ id, fingerprint }) => ({ id, fingerprint }));
  expect(all).toHaveLength(5);
  const say = (decision: string, holds: object[]) =>
    h.admin("POST", "/held", { token: h.tokens.approver, body: { decision, reason: "as agreed", holds } });
  const [one, other] = await Promise.all([say("approve", all.slice(0, 4)), say("discard", all.slice(1))]);
  const told = [...one.body.results, ...other.body.results];
  expect(told.filter(({ error }) => error).map(({ error }) => error.code)).toEqual(
    Array(3).fill("holdEnded"),
  );
  expect(await waiting(h)).toEqual([]);
  expect(letIn(h)).toHaveLength(told.filter(({ state }) => state === "discarded").length);
  const { rows } = (await h.admin("GET", "/audit?last=20")).body;
  const words = rows.filter(
    ({ operation, outcome }: Record<string, string>) =>
      outcome === "done" && /^hold\.(approve|discard)$/.test(String(operation)),
  );
  expect(new Set(words.map(({ target }: { target: string }) => target)).size).toBe(5);
  expect(words).toHaveLength(5);
});

test("nobody discards what would take themselves out, though another constraint stands against it by now", async () => {
  const approver = h.config.tokens.find(({ role }) => role === "approver");
  Object.assign(approver ?? {}, { account: "ada" });
  await h.restart();
  const protect = { protect: { groups: ["okta/core-team"] } };
  await deployConstraints(h, { guard: held(protect) });
  const hold = holdId(await h.scim("PUT", group("core-team"), { displayName: "core-team", members: [] }));
  const end = holdId(await h.scim("DELETE", group("core-team")));
  expect(end).not.toBe(hold);
  await deployConstraints(h, { guard: held(protect), more: protect });
  expect((await decide(h, end, "discard")).body.error?.code).toBe("ownAccount");
  expect((await shown(h, end)).state).toBe("pending");
});

test.each(["reader", "deployer"] as const)("a %s decides about nothing", async (role) => {
  const token = h.tokens[role];
  const asked: [string, string, object | undefined][] = [
    ["POST", "/held", { decision: "approve", reason: "x", holds: [] }],
    ["POST", "/held/1", { decision: "approve", reason: "x", fingerprint: "1" }],
    ["POST", "/alerts/retry", {}],
    ["POST", "/alerts/discard", { reason: "x" }],
    ["POST", "/alerts/test", {}],
    ["POST", "/quarantines/okta/end", { reason: "x" }],
    ["POST", "/clock", { time: 0, reason: "x" }],
  ];
  for (const [method, url, body] of asked) {
    const reply = await h.admin(method as "POST", url, { token, ...(body && { body }) });
    expect([url, reply.status]).toEqual([url, 403]);
  }
});
