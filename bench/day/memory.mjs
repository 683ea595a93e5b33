/** How much memory a process holds while a day goes on. */
import { readFileSync } from "node:fs";
import { quantile } from "../measure.mjs";

/** Looks at it so often; `stop()` answers the median of each quarter of the time, in bytes: `VmRSS` of proc(5), so on Linux. */
export function watchMemory(pid, everySeconds) {
  const seen = [];
  const look = () =>
    seen.push(Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024);
  const timer = setInterval(look, everySeconds * 1_000);
  return {
    stop() {
      clearInterval(timer);
      const size = Math.floor(seen.length / 4);
      if (size === 0) throw new Error("the day was too short to look at memory");
      return [0, 1, 2, 3].map((i) => quantile(seen.slice(i * size, (i + 1) * size), 0.5));
    },
  };
}
