/**
 * How many requests came lately with a fixed token that lets nobody in, and from where the last one did: by it somebody learns that a
 * provider has another token than the connector. Nothing of a token is kept, not even a hash.
 */
import type { RefusedRequests } from "../../api/slots.ts";
import type { Milliseconds, Time } from "../../model/time.ts";

/** So long is remembered … */
const memory: Milliseconds = 3_600_000;
/** … in parts of this span. */
const span: Milliseconds = 60_000;

type Kind = RefusedRequests["kind"];
const kinds: readonly Kind[] = ["unknown", "former", "ended"];

/** A moment, by the clock and by what the agent has measured. */
interface Moment {
  readonly now: Time;
  readonly measured: Milliseconds;
}

interface Counted {
  /** How many came in each span, by its number. */
  readonly spans: Map<number, number>;
  last: RefusedRequests["last"];
}

export class RefusedTokens {
  readonly #counted = new Map<string, Counted>();
  readonly #start: Milliseconds;

  /** @param start when this process began to count */
  constructor(start: Milliseconds) {
    this.#start = start;
  }

  /** Counts a request. */
  note(connector: string, kind: Kind, from: string, { now, measured }: Moment): void {
    const key = `${connector} ${kind}`;
    const { spans } = this.#counted.get(key) ?? { spans: new Map<number, number>() };
    const present = Math.floor(measured / span);
    spans.set(present, (spans.get(present) ?? 0) + 1);
    forget(spans, measured);
    this.#counted.set(key, { spans, last: { at: now, from } });
  }

  /** What came to a connector of late, of each kind that came at all. */
  lately(connector: string, { now, measured }: Moment): RefusedRequests[] {
    return kinds.flatMap((kind) => {
      const { spans, last } = this.#counted.get(`${connector} ${kind}`) ?? {};
      if (!spans || !last) return [];
      forget(spans, measured);
      const requests = [...spans.values()].reduce((sum, count) => sum + count, 0);
      return requests === 0
        ? []
        : {
            ...{ kind, requests, within: Math.min(memory, measured - this.#start) },
            last: { ...last, at: Math.min(last.at, now) },
          };
    });
  }
}

function forget(spans: Map<number, number>, measured: Milliseconds): void {
  for (const number of spans.keys())
    if (number <= Math.floor((measured - memory) / span)) spans.delete(number);
}
