/** Which identity providers went quiet: those that a release wants to hear in a cycle, and that were not heard for longer. */
import { Cron } from "croner";
import { milliseconds } from "../../model/duration.ts";
import type { Connector } from "../../model/environment/connector.ts";
import type { Release } from "../../model/release.ts";
import type { Milliseconds } from "../../model/time.ts";
import { describeDuration } from "../../report/duration.ts";
import type { AlertEvent } from "../alerts/event.ts";
import type { Moment } from "../alerts/outbox.ts";

/** By how much two clocks may differ that both keep to a schedule. */
const slack: Milliseconds = 60_000;

export class Cycles {
  readonly #heard = new Map<string, Moment>();
  readonly #late = new Set<string>();

  /** Notes that a connector's provider was let in. */
  heard(connector: string, moment: Moment): void {
    this.#heard.set(connector, moment);
    this.#late.delete(connector);
  }

  /** What is told of those that are late by now, once until they are heard again. One that is new has a cycle from here on. */
  look(release: Release | undefined, now: Moment): AlertEvent[] {
    const connectors = release?.connectors ?? {};
    for (const name of this.#heard.keys())
      if (!Object.hasOwn(connectors, name)) {
        this.#heard.delete(name);
        this.#late.delete(name);
      }
    return Object.entries(connectors).flatMap(([name, { cycle, read, owner }]): AlertEvent[] => {
      if (!cycle || read) return [];
      const last = this.#heard.get(name);
      if (!last) this.#heard.set(name, now);
      if (!last || this.#late.has(name) || !isOver(cycle, last, now)) return [];
      this.#late.add(name);
      const silence = describeDuration(now.measured - last.measured);
      const expected = cycle.every === undefined ? `by ${cycle.cron}` : `each ${cycle.every}`;
      const summary = `connector ${name} was not heard for ${silence} (expected ${expected}): look whether its identity provider still provisions, and what it says`;
      return [{ kind: "cycle-late", connector: name, owner, subject: "cycle", summary, detail: summary }];
    });
  }
}

function isOver(
  { every, cron, jitter }: NonNullable<Connector["cycle"]>,
  last: Moment,
  now: Moment,
): boolean {
  const grace = milliseconds(jitter);
  if (every !== undefined) return now.measured - last.measured > milliseconds(every) + grace;
  const schedule = new Cron(cron ?? "", { paused: true, mode: "5-part", utcOffset: 0 });
  // the clock may have gone back since
  const heard = Math.min(last.at, now.at - (now.measured - last.measured));
  const next = schedule.nextRun(new Date(heard + slack))?.getTime();
  return next !== undefined && now.at > next + grace + slack;
}
