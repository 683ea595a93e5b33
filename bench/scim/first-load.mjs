/** The first load: everybody and every group over SCIM, into an agent that has none. */
import { readFileSync } from "node:fs";
import Database from "libsql";
import { fillGroups, fillUsers, groupsOf } from "./world.mjs";

const size = 1_000;

/**
 * @returns what it made, how many seconds it took, the most memory that the agent held in bytes, and what its access file
 *   has: that the load arrived is told by what is enforced
 */
export async function firstLoad(server, users, groups) {
  const start = performance.now();
  const ids = await fillUsers(server, users);
  const loaded = performance.now();
  const made = await fillGroups(server, groupsOf(Array(groups).fill(size), users, "load"), ids);
  const seconds = (performance.now() - start) / 1_000;
  const memory = mostMemory(server.pid);
  const enforced = count(server.accessFile);
  if (enforced.accounts !== users || enforced.memberships !== groups * size)
    throw new Error(`the access file has ${JSON.stringify(enforced)}`);
  return { ids, groups: made, seconds, usersSeconds: (loaded - start) / 1_000, memory, enforced };
}

/** The most memory that a process has held so far, in bytes: `VmHWM` of proc(5), so on Linux. */
function mostMemory(pid) {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;
}

function count(accessFile) {
  const database = new Database(accessFile, { readonly: true });
  const rows = (table) => database.prepare(`SELECT count(*) AS n FROM ${table}`).get().n;
  const counted = { accounts: rows("accounts"), memberships: rows("memberships") };
  database.close();
  return counted;
}
