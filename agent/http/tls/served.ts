/**
 * The certificate of listeners while they run: what its files hold by now takes the place of the one that is served once it is
 * whole and clients would accept it; until then that one goes on. Connections that are open keep theirs.
 */
import { statSync } from "node:fs";
import type { FastifyBaseLogger } from "fastify";
import { systemSentence } from "../../../model/system-error.ts";
import type { Time } from "../../../model/time.ts";
import { isoTime } from "../../../report/time.ts";
import { judgePair } from "./judge.ts";
import { certificateEnd, type Pair, type PairFiles, readPair } from "./pair.ts";

export interface CertificateSource {
  readonly files: PairFiles;
  /** Puts the files right where that is due. May throw. */
  readonly keep?: () => void;
}

/** What is there that is not served. */
interface Refused {
  readonly why: string;
  /** How often it was looked for since, and found so. */
  readonly looks: number;
}

export class ServedCertificate {
  readonly files: PairFiles;
  /** Whether the agent makes it. */
  readonly isOwn: boolean;
  readonly #keep: (() => void) | undefined;
  readonly #log: FastifyBaseLogger;
  /** The listeners that show it, in a sentence. */
  readonly #whose: string;
  readonly #takers: ((now: Pair, before: Pair) => void)[] = [];
  #pair: Pair;
  #since: Time = Date.now();
  #seen: string;
  #refused: Refused | undefined;

  /** @throws {Error} with a sentence when there is no pair */
  constructor({ files, keep }: CertificateSource, listeners: readonly string[], log: FastifyBaseLogger) {
    this.files = files;
    this.isOwn = keep !== undefined;
    this.#keep = keep;
    this.#log = log;
    this.#whose = listeners.join(" and ");
    const wrong = this.#keepRight();
    this.#seen = stamp(files);
    try {
      this.#pair = readPair(files);
    } catch (error) {
      throw wrong === undefined ? error : new Error(wrong);
    }
    // at a start there is no better one
    const { why } = judgePair(this.#pair, files, Date.now());
    if (why !== undefined) log.warn(`${why}: clients of ${this.#whose} will refuse it`);
  }

  /** What is served. */
  get pair(): Pair {
    return this.#pair;
  }

  /** Since when, by the system's clock. */
  get since(): Time {
    return this.#since;
  }

  /** Why that is not what the files hold; undefined where it is. */
  get refused(): Refused | undefined {
    return this.#refused;
  }

  /** Has somebody told of each one that is served from then on. */
  onReplaced(taker: (now: Pair, before: Pair) => void): void {
    this.#takers.push(taker);
  }

  /**
   * Looks what the files hold, and serves it where that can be.
   *
   * @param again judges what was refused once more, also where the files are as they were: it may be valid by now
   */
  look(again = false): void {
    this.#keepRight();
    const now = stamp(this.files);
    const isStill = now === this.#seen;
    if (isStill && !(again && this.#refused)) return;
    this.#seen = now;
    try {
      const pair = readPair(this.files);
      if (pair.cert.equals(this.#pair.cert)) this.#end();
      else this.#take(pair);
    } catch (error) {
      this.#refuse((error as Error).message, again);
    }
  }

  /** Answers why that cannot be, such as on a full disk: the pair that is there may do. */
  #keepRight(): string | undefined {
    try {
      this.#keep?.();
      return undefined;
    } catch (error) {
      const why = systemSentence(error as Error);
      this.#log.error(`${why}: ${this.#whose} cannot be given another certificate`);
      return why;
    }
  }

  #take(pair: Pair): void {
    const before = this.#pair;
    const { why, lost, remarks } = judgePair(pair, this.files, Date.now(), before);
    if (why !== undefined) throw new Error(why);
    this.#pair = pair;
    this.#since = Date.now();
    this.#refused = undefined;
    for (const taker of this.#takers) taker(pair, before);
    const { serialNumber, fingerprint256 } = pair.x509;
    this.#log.info(
      {
        listeners: this.#whose,
        certificate: this.files.certificate,
        serial: serialNumber,
        sha256: fingerprint256,
        until: isoTime(certificateEnd(pair)),
      },
      "the certificate was replaced",
    );
    if (lost.length > 0)
      this.#log.warn(
        `the certificate ${this.files.certificate} is not for ${lost.join(", ")}, as the one before was: who connects to ${this.#whose} by that name refuses it`,
      );
    for (const remark of remarks) this.#log.warn(`${this.#whose}: ${remark}`);
  }

  #refuse(why: string, isLook: boolean): void {
    if (why !== this.#refused?.why)
      this.#log.error(`${why}: ${this.#whose} goes on with the certificate that it has`);
    this.#refused = { why, looks: (this.#refused?.looks ?? 0) + Number(isLook) };
  }

  /** The files hold what is served. */
  #end(): void {
    if (this.#refused) this.#log.info(`${this.files.certificate} holds the certificate that is served again`);
    this.#refused = undefined;
  }
}

/** Differs when either file is another one or was written to; a file that is not there counts as well. */
function stamp({ certificate, key }: PairFiles): string {
  return [certificate, key]
    .map((file) => {
      try {
        const found = statSync(file, { bigint: true });
        return [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join();
      } catch {
        return "none";
      }
    })
    .join(" ");
}
