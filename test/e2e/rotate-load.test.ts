/**
 * A token is replaced while its provider sends a hundred requests a second over TLS: the command is killed at each of its steps and
 * called again, and the agent is killed in the middle. Nobody who has the token that counts is refused.
 */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadEnvironment } from "../../model/load.ts";
import type { ReleaseShape } from "../agent/harness.ts";
import { send } from "../agent/request.ts";
import { type KillWorld, makeKillWorld } from "./kill-world.ts";

const one = randomBytes(32).toString("hex");
const every = 10;

/** An identity provider that sends a request each hundredth of a second, and knows what each was answered. */
class Provider {
  readonly answers = new Map<number, number>();
  /** Requests on which the connection broke. */
  broken = 0;
  token = one;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 20 });
  readonly #timer: NodeJS.Timeout;
  readonly #underway = new Set<Promise<void>>();

  constructor({ url, ca }: KillWorld["scim"]) {
    this.#timer = setInterval(() => {
      const headers = { Authorization: `Bearer ${this.token}` };
      const asked = send(`${url}/Users?count=1`, { headers, ca, agent: this.#agent }).then(
        ({ status }) => void this.answers.set(status, (this.answers.get(status) ?? 0) + 1),
        () => void this.broken++,
      );
      this.#underway.add(asked);
      void asked.finally(() => this.#underway.delete(asked));
    }, every);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#underway);
    this.#agent.destroy();
  }
}

test("the command killed at each step, the agent killed in the middle: no 401 and no 5xx from begin to end", async () => {
  const slots = mkdtempSync(join(tmpdir(), "hgscim-slots-"));
  const [current, next] = [join(slots, "current"), join(slots, "next")];
  writeFileSync(current, one, { mode: 0o600 });
  const refs = [`ref+file://${current}`, `ref+file://${next}`];
  const world = await makeKillWorld({
    references: [`ref+file://${slots}/*`],
    edit: (text) =>
      text.replace(/okta-token: \{ refs: \[.*?\],/, `okta-token: { refs: [${refs.join(", ")}], quiet: 2s,`),
  });
  const loaded = await loadEnvironment("environments/local.yaml");
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const release: ReleaseShape = structuredClone(loaded.value.release);
  Object.assign(release.secrets["okta-token"], { refs, quiet: "2s" });
  const active = await world.admin.activate({ release, origin: {} }, null);
  if (!active.ok) throw new Error(active.error.message);
  /** Calls the command, and kills it when it says that. */
  const killedAt = async (says: string) => {
    const child = world.start("rotate", "local", "okta-token", "--yes");
    const closed = once(child, "close");
    let said = "";
    for await (const part of child.stdout ?? []) {
      said += part;
      if (said.includes(says)) child.kill("SIGKILL");
    }
    await closed;
    expect(said).toContain(says);
    expect(child.signalCode).toBe("SIGKILL");
  };
  const provider = new Provider(world.scim);
  try {
    await killedAt("At rest:");
    // whatever it had done by then
    await killedAt("nobody has come with it yet");
    const two = readFileSync(next, "utf8").trim();
    expect(two).not.toBe(one);
    expect(provider.broken).toBe(0);
    world.kill("agent");
    await world.revive();
    const brokenThen = provider.broken;
    expect((await world.hgscim("rotate", "local", "okta-token", "--once")).code).toBe(1);
    provider.token = two;
    await killedAt("The new value is in use");
    expect(readFileSync(current, "utf8").trim()).toBe(one);
    await killedAt("The old value is withdrawn");
    const rest = await world.hgscim("rotate", "local", "okta-token", "--once");
    expect(rest.code).toBe(0);
    expect(rest.stdout).toContain("both slots hold it");
    // what was under way while the agent was killed broke off with its connection
    expect(provider.broken).toBe(brokenThen);
    await provider.stop();
    expect([...provider.answers.keys()]).toEqual([200]);
    expect(provider.answers.get(200)).toBeGreaterThan(100);
    expect([readFileSync(current, "utf8"), readFileSync(next, "utf8")]).toEqual([`${two}\n`, `${two}\n`]);
    const { url, ca } = world.scim;
    const refused = await send(`${url}/Users`, { headers: { Authorization: `Bearer ${one}` }, ca });
    expect(refused.status).toBe(401);
  } finally {
    await provider.stop();
    await world.stop();
    rmSync(slots, { recursive: true });
  }
});
