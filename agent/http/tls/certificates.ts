/** The certificates of the agent's listeners: the configured ones, or the agent's own, which both share. */
import type { FastifyBaseLogger } from "fastify";
import type { Time } from "../../../model/time.ts";
import type { AgentConfig } from "../../config.ts";
import { hostOf } from "../address.ts";
import { laidBeside } from "./next.ts";
import { nextShownFrom, ownPairFiles, ownPairKeeper } from "./own.ts";
import { certificateEnd } from "./pair.ts";
import { type CertificateSource, ServedCertificate } from "./served.ts";

const names = ["scim", "admin"] as const;
export type ListenerName = (typeof names)[number];

/** A certificate, and the listeners that show it. */
export interface OfListeners {
  readonly listeners: readonly ListenerName[];
  readonly served: ServedCertificate;
}

export class Certificates {
  /** Each one once. */
  readonly all: readonly OfListeners[];

  /** @throws {Error} with a sentence when one cannot be used */
  constructor(config: Pick<AgentConfig, "data" | ListenerName>, log: FastifyBaseLogger) {
    const byFiles = new Map<
      string,
      { readonly source: CertificateSource; readonly listeners: ListenerName[] }
    >();
    for (const name of names) {
      const source = sourceOf(config, name);
      if (!source) continue;
      const key = JSON.stringify(source.files);
      const known = byFiles.get(key) ?? { source, listeners: [] };
      known.listeners.push(name);
      byFiles.set(key, known);
    }
    this.all = [...byFiles.values()].map(({ source, listeners }) => ({
      listeners,
      served: new ServedCertificate(source, listeners, log),
    }));
  }

  /** That of a listener; undefined where it speaks plain http. */
  of(name: ListenerName): ServedCertificate | undefined {
    return this.all.find(({ listeners }) => listeners.includes(name))?.served;
  }

  /** Looks what the files hold by now. */
  look(): void {
    for (const { served } of this.all) served.look(true);
  }

  /** When those end that somebody has to renew, which are served, and copies of the agent's own, which it makes anew itself. */
  get endings(): { readonly what: string; readonly since?: Time; readonly expires: Time }[] {
    return this.all.flatMap(({ served: { files, isOwn, pair } }) => {
      if (!isOwn) return { what: `the certificate ${files.certificate}`, expires: certificateEnd(pair) };
      const next = laidBeside(files);
      const what = `each copy of the agent's own certificate ${files.certificate} that lacks the next one`;
      return next ? { what, since: next.since, expires: nextShownFrom(pair, next.pair) } : [];
    });
  }
}

function sourceOf(
  config: Pick<AgentConfig, "data" | ListenerName>,
  name: ListenerName,
): CertificateSource | undefined {
  const { tls } = config[name];
  if (tls === "off") return undefined;
  if (tls) return { files: tls };
  const files = ownPairFiles(config.data);
  const hosts = names
    .filter((one) => config[one].tls === undefined)
    .map((one) => hostOf(config[one].listen).replace(/^\[|\]$/g, ""));
  return { files, keep: ownPairKeeper(files, [...new Set(["localhost", "127.0.0.1", "::1", ...hosts])]) };
}
