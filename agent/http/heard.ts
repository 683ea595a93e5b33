/**
 * The last requests of each connector, for whoever watches an identity provider come: in memory alone, bounded, without any value of
 * theirs. An audit row is of a write; what only reads, and who is not let in, stands here.
 */
import { randomUUID } from "node:crypto";
import type { HeardPage, HeardRequest } from "../../api/heard.ts";

/** How many of a connector are kept: those that were let in, and those that were not, who could else push these out. */
const [mostLetIn, mostTurnedAway] = [500, 50];

export class HeardRequests {
  readonly #run = randomUUID();
  #last = 0;
  readonly #kept = new Map<string, HeardRequest[]>();

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
    const requests = [`in ${connector}`, `away ${connector}`, "away "]
      .flatMap((key) => this.#kept.get(key) ?? [])
      .filter((request) => request.number > number)
      .sort((one, other) => one.number - other.number);
    return { run: this.#run, last: this.#last, requests };
  }
}
