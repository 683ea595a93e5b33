/** Looks now and then for what nobody does and somebody has to know: what ends soon, and who went quiet. */
import type { FastifyBaseLogger } from "fastify";
import type { Release } from "../../model/release.ts";
import type { Milliseconds } from "../../model/time.ts";
import type { AlertEvent } from "../alerts/event.ts";
import type { Moment } from "../alerts/outbox.ts";
import type { Store } from "../store/schema.ts";
import type { Cycles } from "./cycles.ts";
import { endingEvent, type TokenEnding } from "./token-ends.ts";

/** How often it looks, and how often at what changes by the day. */
const pause: Milliseconds = 1_000;
const dailyPause: Milliseconds = 60_000;

export interface EventWatchParts {
  readonly reads: Store;
  readonly moment: () => Moment;
  readonly release: () => Release | undefined;
  readonly cycles: Cycles;
  /** What has an end now. */
  readonly endings: () => readonly TokenEnding[];
  readonly tell: (...events: readonly AlertEvent[]) => void;
  readonly log: FastifyBaseLogger;
}

/**
 * Begins to look.
 *
 * @returns what ends it
 */
export function watchEvents({
  reads,
  moment,
  release,
  cycles,
  endings,
  tell,
  log,
}: EventWatchParts): () => void {
  let looked = Number.NEGATIVE_INFINITY;
  // the store has them as soon as they are written, and not before
  const told = new Set<string>();
  const lookAtEndings = async (now: Moment) => {
    for (const ending of endings()) {
      const event = endingEvent(ending, now.at);
      if (!event || told.has(event.subject)) continue;
      told.add(event.subject);
      if (!(await wasTold(reads, event))) tell(event);
    }
  };
  const look = () => {
    const now = moment();
    tell(...cycles.look(release(), now));
    if (now.measured - looked < dailyPause) return;
    looked = now.measured;
    void lookAtEndings(now).catch((error) => log.error(error, "what ends soon cannot be looked for"));
  };
  const timer = setInterval(look, pause).unref();
  return () => clearInterval(timer);
}

/** Whether it was told before, by an earlier process too. */
async function wasTold(reads: Store, { kind, subject }: AlertEvent): Promise<boolean> {
  const row = await reads
    .selectFrom("events")
    .select("sequence")
    .where("kind", "=", kind)
    .where("subject", "=", subject)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
