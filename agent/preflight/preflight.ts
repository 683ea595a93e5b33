/** All that the agent's host can say of a release before it is active: in parallel, in bounded time, and nothing is changed by it. */
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { type FingerprintList, longestLook, type PreflightCheck } from "../../api/preflight.ts";
import type { Release } from "../../model/release.ts";
import type { Milliseconds } from "../../model/time.ts";
import { type LookedAt, unlooked } from "../../preflight/check.ts";
import { weakness } from "../authentication/strength.ts";
import type { ClockReading } from "../clock/rule.ts";
import type { AgentConfig } from "../config.ts";
import type { Arrivals } from "../http/arrivals.ts";
import type { Certificates } from "../http/tls/certificates.ts";
import type { Probed } from "../mercurial/access-rows.ts";
import type { Store } from "../store/schema.ts";
import { addressChecks } from "./address.ts";
import { type Asker, allowanceOf } from "./allowance.ts";
import { webhookChecks } from "./endpoints.ts";
import { hostChecks } from "./host.ts";
import { issuerChecks } from "./issuers.ts";
import { mailChecks } from "./mail.ts";
import { type FindSecret, pointedAt, type Resolve, secretChecks } from "./secrets.ts";
import { tokenChecks } from "./token.ts";

export interface PreflightParts {
  readonly config: AgentConfig;
  readonly certificates: Certificates;
  readonly reads: Store;
  readonly arrivals: Arrivals;
  readonly mark: (account: string, probe: Probed | null) => Promise<void>;
  readonly clock: { read(): ClockReading };
  readonly active: () => Release | undefined;
  readonly resolve: Resolve;
  readonly find: FindSecret;
  /** The system's clock, as servers have it. */
  readonly system: () => number;
  /** Certificate authorities, PEM, beside the public ones. */
  readonly authorities?: readonly string[] | undefined;
}

export class Preflight {
  readonly #parts: PreflightParts;
  /** Where identity providers connect, and the file of the agent's own certificate; known once it listens. */
  #listener: { readonly scim: string; readonly ca: string | undefined } = { scim: "", ca: undefined };

  constructor(parts: PreflightParts) {
    this.#parts = parts;
  }

  listens(listener: { readonly scim: string; readonly ca: string | undefined }): void {
    this.#listener = listener;
  }

  /** The release that is active. */
  get active(): Release | undefined {
    return this.#parts.active();
  }

  /**
   * Looks, for whoever asks.
   *
   * @param patience in which all of it is done
   */
  async check(
    release: Release,
    asker: Asker,
    patience: Milliseconds = longestLook,
  ): Promise<PreflightCheck[]> {
    const { config, certificates, reads, arrivals, mark, resolve, find, clock, authorities, system } =
      this.#parts;
    const end = new AbortController();
    const { now } = clock.read();
    const allowance = allowanceOf(this.active, asker);
    const secretParts = { reads, host: config, now, allowance, find };
    const endpoints = { host: config, allowance, authorities, signal: end.signal, now: system };
    const tokens = { ...endpoints, active: this.active, asker, agentTime: now };
    const hostParts = { config, certificates, mark, resolve, now, system: system() };
    const pointed = pointedAt(release, secretParts);
    const { scim, ca } = this.#listener;
    const parts: Readonly<Record<string, [LookedAt["subject"], Promise<PreflightCheck[]>]>> = {
      secrets: ["secret", pointed.then((found) => secretChecks(release, found, secretParts))],
      "receivers of alerts": ["endpoint", pointed.then((found) => webhookChecks(release, found, endpoints))],
      "e-mail server": ["endpoint", mailChecks(release, config, resolve)],
      issuers: ["issuer", issuerChecks(release, endpoints)],
      "tokens of issuers": ["issuer", pointed.then((found) => tokenChecks(release, found, tokens))],
      "addresses of connectors": [
        "address",
        addressChecks(release, {
          ...{ ...endpoints, host: config, arrivals, listens: scim },
          own: ca === undefined ? undefined : readFileSync(ca, "utf8"),
        }),
      ],
      // what is beside the agent is none of the release's
      ...(asker.only !== "new" && { "Mercurial host": ["host", hostChecks(hostParts)] }),
    };
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<"late">((resolve) => {
      timer = setTimeout(() => {
        end.abort();
        // what is asked ends by that, and says so itself
        timer = setTimeout(() => resolve("late"), 200);
      }, patience);
    });
    const all = Object.entries(parts).map(async ([what, [subject, checks]]) => {
      const looked: LookedAt = { subject, name: what, what: "all of it" };
      const done = await Promise.race([checks, late]);
      return done === "late"
        ? [unlooked(looked, `no answer within ${Math.round(patience / 100) / 10} s`)]
        : done;
    });
    try {
      return (await Promise.all(all)).flat();
    } finally {
      clearTimeout(timer);
      end.abort();
    }
  }

  /**
   * What other environments' agents are compared with: keyed hashes of the values of secrets that nobody can guess. Whoever knows the
   * key could try out those of others, so that there is none of them.
   */
  async fingerprints(release: Release, key: Buffer, asker: Asker): Promise<FingerprintList["fingerprints"]> {
    const { config, reads, clock, find } = this.#parts;
    const allowance = allowanceOf(this.active, asker);
    const parts = { reads, host: config, now: clock.read().now, allowance, find };
    const found = await pointedAt(release, parts);
    return found.flatMap(({ secret, reference, value }) =>
      value === undefined || weakness(value) !== undefined
        ? []
        : [{ secret, reference, hmac: createHmac("sha256", key).update(value).digest("hex") }],
    );
  }
}
