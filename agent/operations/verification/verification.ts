/**
 * What is approved is what runs: after a release became active, it is verified that Mercurial goes by it. A wrong answer has the access
 * file made anew; if it is still wrong the release before comes back, once; and if that is wrong too, everything is refused. Each hour
 * the same is looked at, and then the file is made anew and nothing comes back. A release that ends is verified too: where it is wrong, nothing
 * can come back, and everything is refused.
 */
import type { FastifyBaseLogger } from "fastify";
import type { Milliseconds } from "../../../model/time.ts";
import {
  describeFindings,
  describeShut,
  summarizeFindings,
  type VerificationFinding,
} from "../../../report/verification.ts";
import { Archive } from "../../releases/archive.ts";
import { type KeptVerification, keepVerification, readVerification } from "../../releases/verified.ts";
import type { Store } from "../../store/schema.ts";
import { type Outcome, refused } from "../outcome.ts";
import { type Looked, type LookParts, look } from "./look.ts";
import { noteDrift, noteShut, noteUnseen } from "./noted.ts";

export interface VerificationParts extends LookParts {
  readonly reads: Store;
  readonly log: FastifyBaseLogger;
  /** How often it is looked when nobody asks: each hour when it is absent. */
  readonly every?: Milliseconds | undefined;
  /** Is told what each look came to, to count it. */
  readonly looked: (result: "same" | "differs" | "unknown") => void;
}

/** How far the last release is. */
export interface Verified {
  readonly state: "underway" | "settled" | "shut";
  /** What could not be looked at when it was verified. */
  readonly missing: readonly VerificationFinding[];
}

/** What is not answered by then is missing: several looks are less than a client waits. */
const patience: Milliseconds = 20_000;

const hour: Milliseconds = 3_600_000;

/** What could not be compared is compared again after so long. */
const minute: Milliseconds = 60_000;

/** What is told of each finding in the answer to a deploy. */
const mostProblems = 10;

export class Verifier {
  readonly #parts: VerificationParts;
  readonly #timer: NodeJS.Timeout;
  /** What is being verified or looked at, one after the other. */
  #last: Promise<unknown> = Promise.resolve();
  #looking: Promise<Looked> | undefined;
  /** How many that became active or ended wait for their last word. */
  #unsettled = 0;
  #isUnderway = false;
  #isOver = false;
  #missing: readonly VerificationFinding[] = [];
  /** Whether it is told that the file cannot be compared, since it last could. */
  #isUnseenTold = false;
  #again: NodeJS.Timeout | undefined;

  constructor(parts: VerificationParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => void this.#goOn(), parts.every ?? hour).unref();
  }

  /** How far the release is that is active. */
  get verified(): Verified {
    const isShut = this.#parts.writer.shutBecause !== undefined;
    const state = this.#isUnderway ? "underway" : isShut ? "shut" : "settled";
    return { state, missing: this.#missing };
  }

  /** Has the last word of a release that became active, or has ended; of anything else it is the outcome itself. */
  readonly settle = async (outcome: Outcome): Promise<Outcome> => {
    if (outcome.kind !== "done") return outcome;
    try {
      return await this.#lastWord(() => this.#verify(outcome));
    } catch (error) {
      this.#parts.log.error(error, "the release could not be verified");
      this.#tryAgain();
      return outcome;
    }
  };

  /** Goes on with what an earlier process left, or could not be compared. What fails of it is tried again. */
  async resume(): Promise<KeptVerification["state"] | undefined> {
    try {
      const { state, detail } = await readVerification(this.#parts.reads);
      if (state === "pending") await this.#lastWord(() => this.#verify(undefined));
      else if (state === "returned") await this.#lastWord(() => this.#verifyReturn(detail));
      return state;
    } catch (error) {
      this.#parts.log.error(error, "the release could not be verified");
      this.#tryAgain();
      return undefined;
    }
  }

  /** What is done now and then. */
  async #goOn(): Promise<void> {
    if (this.#unsettled > 0 || this.#isUnderway || this.#isOver) return;
    const found = await this.resume();
    if (found === "settled" || found === "shut") await this.#lookNowAndThen();
  }

  async #lastWord<T>(work: () => Promise<T>): Promise<T> {
    this.#unsettled++;
    try {
      return await this.#alone(work);
    } finally {
      this.#unsettled--;
    }
  }

  /** Looks now, for whoever asks, and changes nothing; those who ask at one time have one answer. */
  check(): Promise<Looked> {
    if (this.#isUnderway) {
      const message = "a release is being verified: ask again when it is done";
      return Promise.resolve({
        ...{ findings: [], missing: [{ step: "tables", message }] },
        ...{ wantsNew: false, isUnseen: true },
      });
    }
    this.#looking ??= this.#look()
      .then(async (looked) => {
        if (looked.findings.length > 0) await this.#note(looked.findings, "seen");
        return looked;
      })
      .finally(() => {
        this.#looking = undefined;
      });
    return this.#looking;
  }

  /** Looks, and makes the file anew where it differs. Nothing comes back by that. */
  async #lookNowAndThen(): Promise<void> {
    await this.#alone(async () => {
      const { first, last } = await this.#lookAndMend();
      if (first.findings.length > 0)
        await this.#note(first.findings, last.findings.length === 0 ? "mended" : "still so");
      if (last.isUnseen) await this.#unseen(last);
      else this.#isUnseenTold = false;
    }).catch((error) => this.#parts.log.error(error, "the access file cannot be verified now"));
  }

  /** Begins nothing from then on, and waits for the end of what is under way. */
  async close(): Promise<void> {
    this.#isOver = true;
    clearInterval(this.#timer);
    clearTimeout(this.#again);
    await this.#last;
    await this.#looking?.catch(() => undefined);
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(async () => {
      this.#isUnderway = true;
      try {
        // its copy is in the same place, and what it finds is of before
        await this.#looking?.catch(() => undefined);
        return await work();
      } finally {
        this.#isUnderway = false;
      }
    });
    this.#last = result.catch(() => undefined);
    return result;
  }

  async #look(): Promise<Looked> {
    const looked = await look(this.#parts, patience);
    const { findings, missing } = looked;
    this.#parts.writer.stands(findings);
    this.#parts.looked(findings.length > 0 ? "differs" : missing.length > 0 ? "unknown" : "same");
    return looked;
  }

  /** Looks; where something is wrong, or the file cannot be compared, it is made anew, and looked at again. */
  async #lookAndMend(): Promise<{ readonly first: Looked; readonly last: Looked }> {
    const first = await this.#look();
    if (first.findings.length === 0 && (!first.isUnseen || this.#isUnseenTold)) return { first, last: first };
    await this.#parts.writer.remake(first.wantsNew);
    return { first, last: await this.#look() };
  }

  /** @param outcome what the release came to; undefined where nobody waits for it any more */
  async #verify<T extends Outcome | undefined>(outcome: T): Promise<T | Outcome> {
    const { shutBecause } = this.#parts.writer;
    // what came before it had its last word, and nothing has come since
    if (shutBecause !== undefined) return refused("accessShut", shutBecause);
    const { first, last } = await this.#lookAndMend();
    if (last.findings.length > 0) return this.#goBack(last.findings);
    if (first.findings.length > 0) await this.#note(first.findings, "mended");
    if (!last.isUnseen) return this.#settled(last, outcome);
    await this.#unseen(last);
    return outcome;
  }

  /** The release before comes back. */
  async #goBack(findings: readonly VerificationFinding[]): Promise<Outcome> {
    const { writer, reads, config, log } = this.#parts;
    const because = summarizeFindings(findings);
    const failed = writer.active?.active.digest;
    const before = await new Archive(reads).beforeLast(config.environment);
    // the same release would be as wrong
    if (failed === undefined || before === undefined || before?.digest === failed)
      return this.#shut(findings, findings);
    log.error(
      { release: failed, problems: describeFindings(findings) },
      "Mercurial does not go by the release",
    );
    const returned = await writer.submit({
      ...{ actor: "agent", kind: "release", verb: "return", id: config.environment },
      body: before && { release: before.release, origin: before.origin },
      ...{ condition: failed, because },
    });
    if (returned.kind !== "done") return this.#shut(findings, [{ step: "tables", message: returned.detail }]);
    return this.#verifyReturn(failed, findings);
  }

  /** @param because what was found before; nothing where an earlier process found it */
  async #verifyReturn(failed: string, because: readonly VerificationFinding[] = []): Promise<Outcome> {
    const looked = await this.#look();
    if (looked.findings.length > 0) return this.#shut(because, looked.findings);
    const active = this.#parts.writer.active?.active.digest;
    if (looked.isUnseen) await this.#unseen(looked);
    else await this.#settled(looked, undefined);
    const now = active === undefined ? "no release is active again" : `release ${active} is active again`;
    return refused(
      "verificationFailed",
      `Mercurial did not go by release ${failed}, by ${summarizeFindings(because)}, also when the access file was made anew: ${now}`,
      describeFindings(because).slice(0, mostProblems),
    );
  }

  async #shut(found: readonly VerificationFinding[], last: readonly VerificationFinding[]): Promise<Outcome> {
    const { writer, log } = this.#parts;
    const because = describeShut(summarizeFindings(last));
    log.error({ problems: describeFindings(last) }, because);
    await writer.shut(because, async (store) => {
      await keepVerification(store, "shut", because);
      await noteShut(store, writer.clock.now(), because, last);
    });
    return refused("accessShut", because, describeFindings([...found, ...last]).slice(0, mostProblems));
  }

  async #settled<T>({ missing }: Looked, outcome: T): Promise<T> {
    const { writer } = this.#parts;
    this.#lacks(missing);
    this.#isUnseenTold = false;
    // what the end of the process leaves out, the next one looks at; and what has come meanwhile is yet to be
    if (!this.#isOver && this.#unsettled <= 1)
      await writer.aside((store) => keepVerification(store, "settled"));
    return outcome;
  }

  /** The file could not be compared, so that nobody knows: it stays to be verified, which is told, and tried until it can be. */
  async #unseen({ missing }: Looked): Promise<void> {
    const { writer } = this.#parts;
    this.#lacks(missing);
    this.#tryAgain();
    if (this.#isUnseenTold || this.#isOver) return;
    await writer.aside((store) => noteUnseen(store, writer.clock.now(), missing));
    this.#isUnseenTold = true;
  }

  #lacks(missing: readonly VerificationFinding[]): void {
    this.#missing = missing;
    for (const problem of describeFindings(missing)) this.#parts.log.warn(`not verified: ${problem}`);
  }

  #tryAgain(): void {
    clearTimeout(this.#again);
    const { every = hour } = this.#parts;
    if (!this.#isOver) this.#again = setTimeout(() => void this.#goOn(), Math.min(every, minute)).unref();
  }

  #note(findings: readonly VerificationFinding[], became: Parameters<typeof noteDrift>[3]): Promise<void> {
    const { writer, log } = this.#parts;
    log.error({ problems: describeFindings(findings) }, "Mercurial does not go by what is stored");
    return writer.aside((store) => noteDrift(store, writer.clock.now(), findings, became));
  }
}
