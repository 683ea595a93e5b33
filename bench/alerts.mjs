/** From a payload that breaks a rule to the alert at its receiver: the agent as a process of its own, the receiver in this one. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startAgent } from "./agent.mjs";
import { built, quantile, scale } from "./measure.mjs";
import { startReceiver } from "./receiver.mjs";

const runs = Math.max(Math.round(50 * scale), 5);
const [token, scimToken] = ["a".repeat(48), "b".repeat(48)];
const numbers = Array.from({ length: runs + 1 }, (_, i) => i);

export const note =
  "Each is a user whom a constraint refuses, by HTTP on loopback, one after the other and with a pause; the time is from before the request until the receiver has the signed webhook. Each is refused by a rule of its own, since a failure is told when it begins; `coolDown` is 0s.";

export async function run() {
  const folder = mkdtempSync(join(tmpdir(), "hgscim-bench-alerts-"));
  let arrive;
  const receiver = await startReceiver({
    told: ({ type, data }, at) => type === "hgscim.failed" && arrive?.({ at, data }),
  });
  const listener = { listen: "127.0.0.1:0", tls: "off" };
  const agent = await startAgent(folder, {
    ...{ token, scimToken, scim: listener, admin: listener },
    egress: receiver.egress,
    secrets: receiver.secrets,
  });
  try {
    await deploy(agent, receiver);
    const answers = [];
    const alerts = [];
    for (const i of numbers) {
      const told = new Promise((resolve) => {
        arrive = resolve;
      });
      const begun = performance.now();
      const reply = await fetch(`${agent.scim}/scim/okta/v2/Users`, {
        method: "POST",
        headers: { Authorization: `Bearer ${scimToken}`, "Content-Type": "application/scim+json" },
        body: JSON.stringify({
          userName: `refused-${i}.@example.com`,
          externalId: `refused-${i}`,
          active: true,
        }),
      });
      await reply.text();
      const answered = performance.now();
      if (reply.ok) throw new Error(`a user whom rule-${i} refuses was answered ${reply.status}`);
      const alert = await Promise.race([told, sleep(10_000)]);
      if (alert?.data.rule !== `rule-${i}`)
        throw new Error(`no alert of rule-${i} came within 10 s ${receiver.refused}`);
      // the first one warms up
      if (i > 0) {
        answers.push(answered - begun);
        alerts.push(alert.at - begun);
      }
      await sleep(500);
    }
    const ms = (values, part) => `${quantile(values, part).toFixed(0)} ms`;
    return [
      {
        what: `a refused user is told, ${runs} runs`,
        ours: `${ms(alerts, 0.5)}, at most ${ms(alerts, 1)}`,
        beside: `the answer alone: ${ms(answers, 0.5)}`,
        ratio: `${(quantile(alerts, 0.5) - quantile(answers, 0.5)).toFixed(0)} ms more`,
        goal: "under 2 s",
      },
    ];
  } finally {
    agent.process.kill();
    receiver.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function deploy(agent, receiver) {
  const { loadEnvironment } = await built("model/load.js");
  const { adminClient } = await built("api/client.js");
  const loaded = await loadEnvironment("environments/local.yaml");
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const release = structuredClone(loaded.value.release);
  for (const i of numbers)
    release.constraints[`rule-${i}`] = {
      on: ["user.create"],
      require: `!user.userName.startsWith("refused-${i}.")`,
      otherwise: "reject",
    };
  receiver.alert(release, { on: ["failed"], coolDown: "0s" });
  const client = adminClient({ url: agent.admin, token });
  const activated = await client.activate({ release, origin: {} }, null);
  if (!activated.ok) throw new Error(JSON.stringify(activated.error));
}
