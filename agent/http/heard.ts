/**
 * The last requests of each connector, for whoever watches an identity provider come: in memory alone, bounded, without any value of
 * theirs. An audit row is of a write; what only reads, and who is not let in, stands here.
 */
import { randomUUID } from "node:crypto";
import type { HeardPage, HeardRequest } from "../../api/heard.ts";
import type { Milliseconds } from "../../model/time.ts";

/** How many of a connector are kept: those that were let in, and those that were not, who could else push these out. */
const [mostLetIn, mostTurnedAway] = [500, 50];
/** Whoever watches asks each second: so long after the last time somebody does, and after a start, which they go on to watch. */
const watched: Milliseconds = 60_000;

export class HeardRequests {
  readonly #run = randomUUID();
  #last = 0;
  readonly #kept = new Map<string, HeardRequest[]>();
  readonly #now: () => Milliseconds;
  #watchedUntil: Milliseconds;

  /** @param now a clock that only goes on */
  constructor(now: () => Milliseconds = () => performance.now()) {
    this.#now = now;
    this.#watchedUntil = now() + watched;
  }

  /** Whether anybody watches: what a body holds is read again for nobody else. */
  get isWatched(): boolean {
    return this.#now() < this.#watchedUntil;
  }

  /** Notes one that was answered. */
  note(request: Omit<HeardRequest, "number">): void {
    const wasLetIn = request.outcome !== "turnedAway" && request.connector !== null;
    const key = `${wasLetIn ? "in" : "away"} ${request.connector ?? ""}`;
    const kept = this.#kept.get(key) ?? [];
    this.#kept.set(key, kept);
    kept.push({ ...request, number: ++this.#last });
    if (kept.length > (wasLetIn ? mostLetIn : mostTurnedAway)) kept.shift();
  }

  /** Those of a connector after a number, and those that came to no connector's address. */
  after(connector: string, number: number): HeardPage {
    this.#watchedUntil = this.#now() + watched;
    const requests = [`in ${connector}`, `away ${connector}`, "away "]
      .flatMap((key) => this.#kept.get(key) ?? [])
      .filter((request) => request.number > number)
      .sort((one, other) => one.number - other.number);
    return { run: this.#run, last: this.#last, requests };
  }
}
