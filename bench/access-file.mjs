/** What a write waits for the disk: one agent with its access file on a disk, and one with it on a tmpfs, over one connection each. */
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { quantile, scale } from "./measure.mjs";
import { Connection } from "./scim/connection.mjs";
import { startOurs } from "./scim/servers.mjs";
import { patch, userBody } from "./scim/world.mjs";

const pairs = 10;
const writes = Math.max(Math.round(100 * scale), 10);
const tmpfs = "/dev/shm";

export const note = `${pairs} pairs of ${writes} writes each, in turn, one request at a time; the store of both is on the same disk.`;

export async function run() {
  const folder = mkdtempSync(join(tmpfs, "hgscim-bench-"));
  const servers = [await startOurs(undefined, join(folder, "access.db")), await startOurs()];
  try {
    const connections = [];
    for (const server of servers) connections.push(await Connection.open(server));
    const times = { "a user created": [[], []], "a user deactivated": [[], []] };
    for (let pair = -1; pair < pairs; pair++)
      for (const [which, connection] of connections.entries()) {
        const ids = [];
        for (let i = 0; i < writes; i++) {
          const body = userBody(`user-${pair}-${i}@example.com`);
          const { json, milliseconds } = await connection.expect(201, "POST", "/Users", body);
          ids.push(json.id);
          if (pair >= 0) times["a user created"][which].push(milliseconds);
        }
        for (const id of ids) {
          const off = patch({ op: "replace", path: "active", value: false });
          const { milliseconds } = await connection.expect(200, "PATCH", `/Users/${id}`, off);
          if (pair >= 0) times["a user deactivated"][which].push(milliseconds);
        }
      }
    for (const connection of connections) connection.close();
    return Object.entries(times).map(([what, [memory, disk]]) => row(what, memory, disk));
  } finally {
    for (const server of servers) await server.stop();
    rmSync(folder, { recursive: true });
  }
}

function row(what, memory, disk) {
  const [ours, beside] = [memory, disk].map((times) => quantile(times, 0.5));
  return {
    what,
    ours: `access file on a tmpfs: ${ours.toFixed(2)} ms`,
    beside: `on a disk: ${beside.toFixed(2)} ms`,
    ratio: `${(beside / ours).toFixed(2)} times as fast`,
    goal: "at least 1.25 times",
  };
}
