/**
 * Which versions of hgscim have planned and deployed here: the provider runs on other machines, and the agent is the one place where
 * all of them are seen.
 */
import type { Planner } from "../../api/contract.ts";
import type { Time } from "../../model/time.ts";

/** How many versions are remembered: what a header says is anybody's with a token. */
const most = 10;

export class Planners {
  readonly #last = new Map<string, Time>();

  /** Notes by what a request was sent (`User-Agent`, RFC 9110, section 10.1.5); what is not hgscim is nobody. */
  note(userAgent: string | undefined, now: Time): void {
    const version = /^hgscim\/([0-9A-Za-z.+-]{1,64})$/.exec(userAgent ?? "")?.[1];
    if (version === undefined) return;
    this.#last.delete(version);
    this.#last.set(version, now);
    for (const oldest of this.#last.keys()) if (this.#last.size > most) this.#last.delete(oldest);
  }

  /** Those since the start, the last one first. */
  get all(): Planner[] {
    return [...this.#last].map(([version, at]) => ({ version, at })).reverse();
  }
}
