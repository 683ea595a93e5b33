/**
 * The last requests of each connector, for whoever watches an identity provider come: in memory alone, bounded, without any value of
 * theirs. An audit row is of a write; what only reads, and who is not let in, stands here.
 */
import { randomUUID } from "node:crypto";
import type { HeardPage, HeardRequest, TestRequest } from "../../api/heard.ts";
import type { Milliseconds } from "../../model/time.ts";

/** How many of a connector are kept: those that were let in, and those that were not, who could else push these out. */
const [mostLetIn, mostTurnedAway] = [500, 50];
/** Whoever watches asks each second: so long after the last time somebody does, and after a start, which they go on to watch. */
const watched: Milliseconds = 60_000;

interface Kept {
  readonly request: HeardRequest;
  /** The digest of the policy by which it was answered, where one was. */
  readonly policy: string | undefined;
}

export class HeardRequests {
  readonly #run = randomUUID();
  #last = 0;
  readonly #kept = new Map<string, Kept[]>();
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

  /**
   * Notes one that was answered.
   *
   * @param policy by which, as its digest
   */
  note(request: Omit<HeardRequest, "number">, policy?: string): void {
    const wasLetIn = request.outcome !== "turnedAway" && request.connector !== null;
    const key = `${wasLetIn ? "in" : "away"} ${request.connector ?? ""}`;
    const kept = this.#kept.get(key) ?? [];
    this.#kept.set(key, kept);
    kept.push({ request: { ...request, number: ++this.#last }, policy });
    if (kept.length > (wasLetIn ? mostLetIn : mostTurnedAway)) kept.shift();
  }

  /** Those of a connector after a number, and those that came to no connector's address. */
  after(connector: string, number: number): HeardPage {
    this.#watchedUntil = this.#now() + watched;
    const requests = [`in ${connector}`, `away ${connector}`, "away "]
      .flatMap((key) => this.#kept.get(key) ?? [])
      .flatMap(({ request }) => (request.number > number ? request : []))
      .sort((one, other) => one.number - other.number);
    return { run: this.#run, last: this.#last, requests };
  }

  /** Those of a connector after a number that a policy answered; undefined where the numbers are of another start. */
  answeredBy(policy: string, { run, connector, after }: TestRequest): HeardRequest[] | undefined {
    if (run !== this.#run) return undefined;
    return (this.#kept.get(`in ${connector}`) ?? []).flatMap((kept) =>
      kept.policy === policy && kept.request.number > after ? kept.request : [],
    );
  }
}
