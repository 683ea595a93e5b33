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

test("what cannot be sent is refused when it is deployed, and no part of an address is in what is said", async () => {
  const refusal = async (address: string, secret: string) => {
    const release = await h.release(alerting(receiver, { on: ["held"] }));
    process.env.SCIM_TEST_WEBHOOK = address;
    process.env.SCIM_TEST_SIGNING = secret;
    const { body } = await h.admin("PUT", "/release", {
      body: { release, origin: {} },
      headers: { "If-None-Match": "*" },
    });
    return body.error;
  };
  expect(await refusal("https://hooks.elsewhere.example/hunter2", signingSecret)).toMatchObject({
    code: "secretUnusable",
    problems: [
      "secrets.alert-webhook.refs.0: the value is an address to which the agent's configuration does not allow to connect (see egress in agent.yaml)",
    ],
  });
  expect((await refusal("hunter2", "hunter2")).problems).toEqual([
    "secrets.alert-webhook.refs.0: the value is no address of a webhook (expected https://…)",
    "secrets.alert-secret.refs.0: the value is no key to sign by (expected whsec_ and 24 to 64 bytes in Base64)",
  ]);
  expect(h.logs.join("")).not.toMatch(/hunter2|elsewhere/);
});

test("two secrets sign, so that a receiver may have either; without one nothing signs", async () => {
  const next = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
  process.env.SCIM_TEST_NEXT = next;
  const digest = await h.deploy(
    await h.release((draft) => {
      alerting(receiver, { on: ["deployed"] })(draft);
      draft.secrets["alert-secret"].refs.push("ref+env://SCIM_TEST_NEXT");
    }),
  );
  const sent = await until(() => receiver.received[0]);
  for (const secret of [signingSecret, next])
    expect(new Webhook(secret).verify(sent.text, sent.headers as Record<string, string>)).toEqual(sent.body);
  await h.deploy(
    await h.release((draft) => {
      alerting(receiver, { on: ["deployed"] })(draft);
      delete draft.settings.alerts[0].secret;
      delete draft.variables.ALERT_SECRET;
      delete draft.secrets["alert-secret"];
    }),
    digest,
  );
  const unsigned = await until(() => receiver.received[1]);
  expect(unsigned.headers).not.toHaveProperty("webhook-signature");
  expect(unsigned.headers["webhook-id"]).not.toBe(sent.headers["webhook-id"]);
});
