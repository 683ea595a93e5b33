/** How all connectors stand: which of them only take access away, since too many of their writes failed. */
import type { Release } from "../../../model/release.ts";
import type { Time } from "../../../model/time.ts";
import type { Store } from "../../store/schema.ts";
import type { ResourceOperation } from "../operation.ts";
import { orderly, type Quarantined, type QuarantineState, ruleOf, trialSize } from "./rule.ts";

export type Quarantines = ReadonlyMap<string, QuarantineState>;

/** Those that are stored. How many writes failed lately is not: it is counted anew from the start of an agent. */
export async function readQuarantines(store: Store): Promise<Quarantines> {
  const rows = await store.selectFrom("quarantines").selectAll().execute();
  return new Map(rows.map(({ connector, ...quarantined }) => [connector, { ...orderly, quarantined }]));
}

export interface QuarantinedConnector extends Quarantined {
  readonly connector: string;
  /** Whether writes are let through to try it. */
  readonly isTried: boolean;
}

/** Those that a release keeps, by name. */
export function quarantinedOf(
  quarantines: Quarantines,
  release: Release | undefined,
  now: Time,
): QuarantinedConnector[] {
  return [...quarantines]
    .flatMap(([connector, { quarantined }]) =>
      quarantined && ruleOf(release?.connectors[connector])
        ? [{ connector, ...quarantined, isTried: now >= quarantined.until }]
        : [],
    )
    .sort((one, other) => (one.connector < other.connector ? -1 : 1));
}

/** Decides about the writes of one commit. */
export class Guard {
  readonly #quarantines: Quarantines;
  readonly #release: Release | undefined;
  readonly #letThrough = new Map<string, number>();

  constructor(quarantines: Quarantines, release: Release | undefined) {
    this.#quarantines = quarantines;
    this.#release = release;
  }

  /** Whether a connector is not in order yet, also while it is tried: what waits of it waits on. */
  isQuarantined(connector: string): boolean {
    return this.#standing(connector).quarantined !== undefined;
  }

  /** Whether a write may only take away. Of those that try a connector, few are let through at once. */
  limits({ connector, verb }: ResourceOperation, now: Time): boolean {
    const { quarantined, trial } = this.#standing(connector);
    if (!quarantined) return false;
    if (now < quarantined.until) return true;
    if (verb === "delete") return false;
    const letThrough = this.#letThrough.get(connector) ?? 0;
    this.#letThrough.set(connector, letThrough + 1);
    return trial.writes + letThrough >= trialSize;
  }

  /** By the release that runs. */
  #standing(connector: string): QuarantineState {
    return (ruleOf(this.#release?.connectors[connector]) && this.#quarantines.get(connector)) || orderly;
  }
}
