/** Asks an agent each second what a connector's identity provider has sent since. */
import { setTimeout as sleep } from "node:timers/promises";
import type { AdminClient } from "../../api/client.ts";
import type { AdminError } from "../../api/error.ts";
import type { HeardRequest, TestRequest } from "../../api/heard.ts";
import { ok, type Result } from "../../model/result.ts";
import type { Milliseconds, Time } from "../../model/time.ts";
import { onInterrupt } from "../interrupt.ts";

const pause: Milliseconds = 1_000;

interface Follower {
  readonly until: Time;
  /** Whatever comes from now on is heard. */
  readonly began: () => void;
  /** Answers whether it is enough. */
  readonly heard: (request: HeardRequest) => boolean;
  /** The agent does not answer any more: told once, until it does. */
  readonly lost: (error: AdminError) => void;
}

/**
 * Hands over each request that comes after its begin, in order, until it is enough, the time is over, or the process is interrupted.
 *
 * @returns what the agent may be asked to keep; why it could not begin, or cannot go on
 */
export async function followRequests(
  client: AdminClient,
  connector: string,
  { until, began, heard, lost }: Follower,
): Promise<Result<TestRequest, AdminError>> {
  const first = await client.heard(connector, Number.MAX_SAFE_INTEGER);
  if (!first.ok) return first;
  let { run, last } = first.value;
  const watched = { connector, run, after: last };
  began();

  const interrupt = new AbortController();
  const off = onInterrupt(() => interrupt.abort());
  try {
    for (let isLost = false; ; ) {
      const isOver = interrupt.signal.aborted || Date.now() >= until;
      let answer = await client.heard(connector, last);
      // started anew: it counts from the beginning
      if (answer.ok && answer.value.run !== run) {
        answer = await client.heard(connector, 0);
        if (answer.ok) Object.assign(watched, { run: answer.value.run, after: 0 });
      }
      if (answer.ok) {
        isLost = false;
        ({ run, last } = answer.value);
        const enough = answer.value.requests.map(heard).includes(true);
        if (enough) return ok(watched);
      } else if (answer.error.kind !== "unreachable" && answer.error.kind !== "failed") return answer;
      else if (!isLost) {
        isLost = true;
        lost(answer.error);
      }
      if (isOver) return ok(watched);
      const wait = Math.min(pause, Math.max(0, until - Date.now()));
      await sleep(wait, undefined, { signal: interrupt.signal }).catch(() => undefined);
    }
  } finally {
    off();
  }
}
