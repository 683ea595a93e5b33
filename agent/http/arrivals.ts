/**
 * Requests of the agent to itself, by way of the address that identity providers have: what arrives of them says what stands between.
 * Each is known by a nonce in its query, made for this one request and forgotten after seconds; it gives nobody anything.
 */
import { randomBytes } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { Milliseconds } from "../../model/time.ts";

/** A request as the listener got it. */
export interface Arrival {
  readonly method: string;
  /** With its query, as it came. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** How many bytes of a body came. */
  readonly bytes: number;
}

/** The query parameter. */
export const nonceParameter = "hgscim-preflight";

/** For how long one is known. */
const lifetime: Milliseconds = 30_000;

/** A request that is on its way. */
export interface ExpectedArrival {
  readonly nonce: string;
  /** What arrived of it; undefined where nothing has. */
  readonly arrived: () => Arrival | undefined;
  readonly forget: () => void;
}

export class Arrivals {
  readonly #open = new Map<string, { arrived: Arrival | undefined }>();

  /** Begins to know one. */
  expect(): ExpectedArrival {
    const nonce = randomBytes(16).toString("hex");
    const kept: { arrived: Arrival | undefined } = { arrived: undefined };
    this.#open.set(nonce, kept);
    const timer = setTimeout(() => this.#open.delete(nonce), lifetime).unref();
    return {
      nonce,
      arrived: () => kept.arrived,
      forget: () => {
        clearTimeout(timer);
        this.#open.delete(nonce);
      },
    };
  }

  /** Whether a request is one of these, by its URL: most are not, and there is mostly none. */
  knows(url: string): boolean {
    return this.#open.size > 0 && this.#keptOf(url) !== undefined;
  }

  /** Notes what came. */
  note(arrival: Arrival): void {
    const kept = this.#keptOf(arrival.url);
    if (kept) kept.arrived = arrival;
  }

  #keptOf(url: string): { arrived: Arrival | undefined } | undefined {
    const [, nonce = ""] = new RegExp(`[?&]${nonceParameter}=([0-9a-f]{32})(?:&|$)`).exec(url) ?? [];
    return this.#open.get(nonce);
  }
}
