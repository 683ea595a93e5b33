/** What Prometheus does beside a load: it reads /metrics again and again. */
import { setTimeout as sleep } from "node:timers/promises";
import { Connection } from "./scim/connection.mjs";

/**
 * Begins to, until it is stopped.
 *
 * @param {{ base: string, token: string }} admin of the agent
 * @returns `stop()`, which answers the milliseconds of each, and the values of the last one by name and labels
 */
export function scrape({ base, token }, everySeconds) {
  const ending = new AbortController();
  const times = [];
  const work = async () => {
    const connection = await Connection.open({ base: new URL(base).origin, token });
    let last;
    const once = async () => {
      const { status, body, milliseconds } = await connection.request("GET", "/metrics");
      if (status !== 200) throw new Error(`/metrics: ${status} ${body}`);
      times.push(milliseconds);
      last = body;
    };
    while (!ending.signal.aborted) {
      await once();
      await sleep(everySeconds * 1_000, undefined, ending).catch(() => undefined);
    }
    await once();
    connection.close();
    return { times, values: valuesOf(last.toString()) };
  };
  const working = work();
  // told to whoever stops it
  working.catch(() => undefined);
  return {
    stop() {
      ending.abort();
      return working;
    },
  };
}

function valuesOf(text) {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.split(" ").at(-1))]));
}
