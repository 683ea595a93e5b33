/** What others wait for while a group with members by the hundred thousand is written: the same load without and with it. */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startAgentOn } from "./large-group/agent.mjs";
import { fillStore } from "./large-group/fill.mjs";
import { othersDuring } from "./large-group/others.mjs";
import { quantile, scale } from "./measure.mjs";
import { Connection } from "./scim/connection.mjs";

export const note = `One connection each deactivates a user (and activates them again), reads a user, and looks up a right in the
access file as the extension does, all the time: first alone, then while another connection writes the group. A body with all
of them has some 16 MiB. The group is in a permission set.`;

const users = Math.round(200_000 * scale);
// a body of 16 MiB has so many ids as objects with a display name
const padding = "x".repeat(20);
const members = (ids) => ids.map((value) => ({ value, display: padding }));
const patch = (...operations) => ({
  schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
  Operations: operations,
});

export async function run() {
  const folder = mkdtempSync(join(tmpdir(), "hgscim-bench-"));
  const first = await startAgentOn(folder, true);
  first.process.kill();
  await once(first.process, "close");
  const ids = fillStore(join(folder, "data", "store.db"), users);
  const agent = await startAgentOn(folder, false);
  try {
    const others = (work) => othersDuring(agent, ids, work);
    const pause = () => new Promise((done) => setTimeout(done, 8_000));
    const connection = await Connection.open(agent);
    const half = ids.slice(0, ids.length / 2);
    let group;
    const write = (status, method, path, body) => async () => {
      const answer = await connection.expect(status, method, path(), body);
      group ??= answer.json?.id;
      return answer.milliseconds;
    };
    const one = () => `/Groups/${group}`;
    const displayName = "engineering";
    const steps = {
      nothing: pause,
      "POST with all": write(201, "POST", () => "/Groups?excludedAttributes=members", {
        displayName,
        members: members(ids),
      }),
      "PATCH remove of half": write(
        204,
        "PATCH",
        one,
        patch({ op: "remove", path: "members", value: members(half) }),
      ),
      "PATCH add of half": write(
        204,
        "PATCH",
        one,
        patch({ op: "add", path: "members", value: members(half) }),
      ),
      "PATCH replace by half": write(
        204,
        "PATCH",
        one,
        patch({ op: "replace", path: "members", value: members(half) }),
      ),
      "PUT with all": write(200, "PUT", () => `${one()}?excludedAttributes=members`, {
        displayName,
        members: members(ids),
      }),
      "GET of it": write(200, "GET", one),
      "a PUT that is refused": write(400, "PUT", one, {
        displayName: "\u0007",
        members: members(ids).map(({ value }) => ({ value: `x${value}` })),
      }),
      DELETE: write(204, "DELETE", one),
      "nothing, again": pause,
    };
    const rows = [];
    let alone;
    for (const [what, work] of Object.entries(steps)) {
      const { took, times } = await others(work);
      console.error(
        what,
        took,
        Object.entries(times).map(([kind, some]) => `${kind}: ${spread(some)}`),
      );
      alone ??= times;
      for (const [kind, some] of Object.entries(times)) rows.push(rowOf(what, took, kind, some, alone[kind]));
    }
    connection.close();
    return rows;
  } finally {
    agent.process.kill();
    await once(agent.process, "close");
    rmSync(folder, { recursive: true });
  }
}

const ms = (value) => `${Math.round(value)} ms`;
const spread = (times) =>
  `p50 ${ms(quantile(times, 0.5))}, p99 ${ms(quantile(times, 0.99))}, most ${ms(Math.max(...times))} (of ${times.length})`;

function rowOf(what, took, kind, times, alone) {
  const more = quantile(times, 0.99) - quantile(alone, 0.99);
  return {
    what: `${what}${took === undefined ? "" : ` (${(took / 1000).toFixed(1)} s)`}: ${kind}`,
    ours: spread(times),
    beside: `alone: ${spread(alone)}`,
    ratio: `p99 ${more < 0 ? "" : "+"}${ms(more)}`,
    goal: "at most +100 ms",
  };
}
