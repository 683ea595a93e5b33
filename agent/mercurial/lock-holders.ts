/** Who holds a lock on a file, for the log: whoever waits for it wants to know. Source: proc(5), /proc/locks. */
import { readFileSync, statSync } from "node:fs";

/** The processes of this host that have a lock on a file, this one aside: `apache2 (1234)`. Empty where the host does not tell. */
export function lockHolders(file: string): string[] {
  try {
    const { ino } = statSync(file);
    const pids = readFileSync("/proc/locks", "utf8")
      .split("\n")
      .filter((line) => line.trim().split(/\s+/)[5]?.split(":")[2] === String(ino))
      .map((line) => Number(line.trim().split(/\s+/)[4]));
    return [...new Set(pids)].filter((pid) => pid > 0 && pid !== process.pid).map(named);
  } catch {
    return [];
  }
}

function named(pid: number): string {
  try {
    return `${readFileSync(`/proc/${pid}/comm`, "utf8").trim()} (${pid})`;
  } catch {
    return String(pid);
  }
}
