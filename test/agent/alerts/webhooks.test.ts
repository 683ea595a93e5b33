/** From an event to a signed webhook at a real receiver. */
import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Harness, startHarness } from "../harness.ts";
import { alerting, Receiver, signingSecret } from "./receiver.ts";
import { until } from "./until.ts";

let h: Harness;
let receiver: Receiver;
beforeEach(async () => {
  receiver = new Receiver();
  await receiver.start();
  h = await startHarness(["core/api"], { egress: [receiver.host] });
});
afterEach(async () => {
  await h.stop();
  await receiver.stop();
});

test("a deploy comes as a webhook that its receiver can verify, and names nobody", async () => {
  const release = await h.release(alerting(receiver, { on: ["deployed"] }));
  const reply = await h.admin("PUT", "/release", {
    body: { release, origin: { author: "Ada Lovelace", revision: "f00" } },
    headers: { "If-None-Match": "*" },
  });
  expect(reply.status).toBe(200);
  const sent = await until(() => receiver.of("deployed")[0]);
  const verified = new Webhook(signingSecret).verify(sent.text, sent.headers as Record<string, string>);
  expect(verified).toEqual(sent.body);
  const { data } = sent.body;
  expect(data).toMatchObject({ environment: "local", count: 1 });
  expect(data.summary).toBe(
    `release ${reply.body.digest} is active, policy ${reply.body.policyDigest}, revision f00, 0 lose a right, 0 gain one`,
  );
  expect(sent.text).not.toContain("Ada");
  expect(data).not.toHaveProperty("detail");
});
