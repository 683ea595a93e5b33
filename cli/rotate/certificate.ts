/**
 * Replaces the certificate of a listener: what is shown is asked over TLS, the new pair is judged and laid beside, shown once those who
 * connect trust it, and taken back where the agent does not show it. Called again it goes on.
 */
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { type AgentConfig, loadAgentConfig } from "../../agent/config.ts";
import type { ListenerName } from "../../agent/http/tls/certificates.ts";
import { laidBeside } from "../../agent/http/tls/next.ts";
import { ownPairFiles } from "../../agent/http/tls/own.ts";
import {
  certificateEnd,
  isOwnAuthority,
  type Pair,
  type PairFiles,
  readPair,
} from "../../agent/http/tls/pair.ts";
import { type Duration, milliseconds } from "../../model/duration.ts";
import { formatProblem } from "../../model/problem.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { systemSentence } from "../../model/system-error.ts";
import { describeDuration } from "../../report/duration.ts";
import { isoTime } from "../../report/time.ts";
import { localAgent } from "../agent/local.ts";
import { UsageError } from "../usage.ts";
import { agrees, mayBegin, nothingBegun } from "./agreement.ts";
import {
  contentOf,
  keepOne,
  keyOfBefore,
  layPairBeside,
  pairHeld,
  putForward,
  putPairBack,
  restore,
  takePairAway,
} from "./certificate-files.ts";
import { givenBy, judgedNext, madeFor } from "./certificate-next.ts";
import {
  certificateInWords,
  certificateReport,
  listenersOf,
  whoTrusts,
  whyOther,
} from "./certificate-words.ts";
import { isLink } from "./place.ts";
import { type ShownCertificate, shownAt } from "./shown.ts";

export interface RenewalOptions {
  readonly listener: ListenerName;
  /** The file of the agent's configuration. */
  readonly config: string;
  /** `new.pem,new.key` */
  readonly from: string | undefined;
  readonly selfSigned: boolean;
  /** How long the next one lies beside before it is shown and nobody is asked. */
  readonly quiet: Duration;
  readonly once: boolean;
  readonly now: boolean;
  readonly undo: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

const patience = 20_000;
const meanwhile = "somebody else replaces the certificate in this moment (expected a call again)";

/** Says what is shown, or does the next steps; answers the exit code. */
export async function rotateCertificate(options: RenewalOptions): Promise<number> {
  const { from, selfSigned, undo, now } = options;
  const files = from?.split(",");
  if (files !== undefined && (files.length !== 2 || files.includes("")))
    throw new UsageError(`--from is "${from}" (expected the certificate and its key: new.pem,new.key)`);
  if (files !== undefined && selfSigned)
    throw new UsageError("--from and --self-signed are two certificates (expected one of them)");
  if (undo && (now || selfSigned || files !== undefined))
    throw new UsageError(
      "--undo takes the new certificate back (expected it without --now, --from and --self-signed)",
    );
  try {
    const renewal = await Renewal.of(options);
    const done = renewal.ok ? await renewal.value.run(files) : renewal;
    if (done.ok) return done.value;
    for (const line of done.error.split("\n")) process.stderr.write(`hgscim rotate: ${line}\n`);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    process.stderr.write(`hgscim rotate: ${systemSentence(error as Error)}\n`);
  }
  return 1;
}

class Renewal {
  readonly #options: RenewalOptions;
  readonly #config: AgentConfig;
  readonly #files: PairFiles;
  readonly #isOwn: boolean;
  #shown: ShownCertificate;

  private constructor(
    options: RenewalOptions,
    config: AgentConfig,
    files: { readonly files: PairFiles; readonly isOwn: boolean },
    shown: ShownCertificate,
  ) {
    this.#options = options;
    this.#config = config;
    this.#files = files.files;
    this.#isOwn = files.isOwn;
    this.#shown = shown;
  }

  static async of(options: RenewalOptions): Promise<Result<Renewal, string>> {
    const { listener, config: file } = options;
    const found = await loadAgentConfig(file);
    if (!found.ok) return fail(found.error.map(formatProblem).join("\n"));
    const { listen, tls } = found.value[listener];
    if (tls === "off")
      return fail(
        `${listener} speaks plain http: the web server before it has the certificate (expected tls in ${file})`,
      );
    if (listen.endsWith(":0"))
      return fail(
        `${listener} listens on any port, so nobody knows which (expected its port in listen of ${file})`,
      );
    const shown = await shownAt(listen);
    if (!shown.ok) return shown;
    const files = { files: tls ?? ownPairFiles(found.value.data), isOwn: tls === undefined };
    return ok(new Renewal(options, found.value, files, shown.value));
  }

  async run(from: readonly string[] | undefined): Promise<Result<number, string>> {
    const { once, now, undo, selfSigned, config: file } = this.#options;
    const isAsked = once || now || undo || selfSigned || from !== undefined;
    if (!isAsked) return this.#told();
    if (from !== undefined && this.#isOwn)
      return fail(
        `${this.#options.listener} has the agent's own certificate (expected tls in ${file}, or --self-signed)`,
      );
    const linked = [this.#files.certificate, this.#files.key].find(isLink);
    if (linked !== undefined)
      return fail(
        `${linked} is a link, which whoever made it swaps, such as Certbot or Kubernetes (expected a renewal there)`,
      );
    if (this.#isInterrupted && !undo) return this.#show();
    if (this.#isInterrupted) putPairBack(this.#files);
    const laid = laidBeside(this.#files);
    if (laid) return this.#goOn(laid, from);
    if (undo) return this.#end("rest", "There is no new certificate to take back.");
    if (from === undefined && !selfSigned) {
      if (now)
        throw new UsageError("which certificate comes in its place? (expected --from or --self-signed)");
      return this.#end("rest", nothingBegun);
    }
    return this.#begin(from);
  }

  /** Whether the next one is in its place, and nobody has seen yet that it is shown. */
  get #isInterrupted(): boolean {
    return existsSync(keyOfBefore(this.#files)) && !laidBeside(this.#files);
  }

  /** Judges the pair; lays it beside, or has it shown at once. */
  async #begin(from: readonly string[] | undefined): Promise<Result<number, string>> {
    const [listener, shown] = [this.#options.listener, this.#shown];
    if (from === undefined && !isOwnAuthority(shown.x509))
      return fail(`the certificate of ${listener} is not its own authority (expected --from)`);
    const next = from === undefined ? madeFor(shown) : givenBy(from);
    if (next.x509.raw.equals(shown.x509.raw)) return this.#end("done", `${listener} shows it already.`);
    const judged = judgedNext(next, shown, from ?? ["the new certificate", "its key"]);
    if (!judged.ok) return judged;
    // where nobody has to trust another one, nobody is asked
    const { once, yes } = this.#options;
    if (judged.value.length > 0 ? !mayBegin(this.#options) : once && !yes)
      return this.#end("rest", nothingBegun);
    this.#say(`shown by ${this.#whose}: ${certificateInWords(shown)}\nnew: ${certificateInWords(next)}`);
    const held = pairHeld(this.#files);
    const isTrustedItself = isOwnAuthority(next.x509) && isOwnAuthority(shown.x509);
    if (isTrustedItself && held?.x509.raw.equals(shown.x509.raw) && !this.#options.now) {
      const question = "Lay the new certificate beside the present one? Nobody is refused by that.";
      if (!(await agrees(question, this.#options))) return ok(1);
      layPairBeside(this.#files, next);
      this.#say("The new certificate lies beside the present one.");
      const laid = laidBeside(this.#files);
      return laid ? this.#wait(laid) : fail(meanwhile);
    }
    for (const remark of judged.value) this.#say(`warning: ${remark}`);
    if (judged.value.length > 0) {
      this.#say(
        isTrustedItself
          ? "Whoever has a copy of the old one refuses the new one until they have a copy of that:"
          : "Whoever trusts the old one alone refuses the new one. Before it is shown:",
      );
      const file = isTrustedItself ? this.#files.certificate : undefined;
      for (const line of await this.#whoTrusts(file)) this.#say(line);
      if (!(await agrees("Show the new certificate now?", this.#options))) return ok(1);
    }
    return this.#showAtOnce(next);
  }

  /** Does the next step with the one that is laid  */
  async #goOn(
    { pair, since }: { readonly pair: Pair; readonly since: number },
    from: readonly string[] | undefined,
  ): Promise<Result<number, string>> {
    if (from !== undefined && !givenBy(from).x509.raw.equals(pair.x509.raw))
      return fail(
        `another certificate lies beside already, ${certificateInWords(pair)} (expected that one, or --undo first)`,
      );
    this.#say(
      `shown by ${this.#whose}: ${certificateInWords(this.#shown)}\nbeside it since ${isoTime(since)}: ${certificateInWords(pair)}`,
    );
    if (this.#options.undo) {
      if (!(await agrees("Take the new certificate back?", this.#options))) return ok(1);
      takePairAway(this.#files);
      return this.#end("rest", "The new certificate is taken back: the present one goes on alone.");
    }
    return this.#wait({ since });
  }

  /** Has it shown when that is due, or somebody says so. */
  async #wait({ since }: { readonly since: number }): Promise<Result<number, string>> {
    const { now, once, yes, quiet } = this.#options;
    const left = since + milliseconds(quiet) - Date.now();
    if (left > 0 || now) {
      this.#say(
        `${this.#files.certificate} holds both. Whoever trusts the old one alone refuses the new one. Before it is shown:`,
      );
      for (const line of await this.#whoTrusts(this.#files.certificate)) this.#say(line);
    }
    if (now) {
      if (!(await agrees("Show the new certificate now?", this.#options))) return ok(1);
      return this.#show();
    }
    const mayAsk = process.stdin.isTTY && !once && !yes;
    if (
      left > 0 &&
      !(mayAsk && (await agrees("Do they all trust both by now? Then it is shown.", this.#options)))
    ) {
      const reason = `not yet: it is shown by a call in ${describeDuration(left)} at the earliest, or with --now; --undo takes it back`;
      if (!this.#options.json) return fail(reason);
      this.#print("waiting", reason);
      return ok(1);
    }
    return this.#show();
  }

  /** One that is not laid beside for long. */
  async #showAtOnce(next: Pair): Promise<Result<number, string>> {
    const before = contentOf(this.#files);
    layPairBeside(this.#files, next);
    if (!laidBeside(this.#files)?.pair.x509.raw.equals(next.x509.raw)) return fail(meanwhile);
    const shown = await this.#show();
    // one that is shown stays
    if (!shown.ok && laidBeside(this.#files)) restore(this.#files, before);
    return shown;
  }

  /** Has the agent show the one that is laid beside, and takes the old one out; else it is as it was. */
  async #show(): Promise<Result<number, string>> {
    const { listener } = this.#options;
    if (laidBeside(this.#files)) putForward(this.#files);
    const next = readPair(this.#files);
    const begun = performance.now();
    while (performance.now() - begun < patience) {
      const shown = await shownAt(this.#config[listener].listen);
      if (shown.ok && shown.value.x509.raw.equals(next.x509.raw)) {
        this.#shown = shown.value;
        try {
          keepOne(this.#files);
        } catch (error) {
          return fail(
            `the new certificate is shown by ${this.#whose}, and the old one stays in the file beside it: ${systemSentence(error as Error)}\nCall this again once that is mended.`,
          );
        }
        return this.#end("done", `The new certificate is shown by ${this.#whose}.`);
      }
      await sleep(500);
    }
    putPairBack(this.#files);
    return fail(
      `${listener} did not show the new certificate within ${patience / 1_000} s: the one before is in its place again; the agent's log says why`,
    );
  }

  /** What is shown, and whether it is what the files hold. */
  #told(): Result<number, string> {
    const [files, shown, laid] = [this.#files, this.#shown, laidBeside(this.#files)];
    const problem =
      whyOther(files, shown, this.#isInterrupted) ??
      (certificateEnd(shown) <= Date.now() ? "it has ended" : null);
    if (this.#options.json) this.#print(laid ? "waiting" : "rest", problem);
    else {
      this.#say(`shown by ${this.#whose}: ${certificateInWords(shown)}`);
      this.#say(problem ?? `${files.certificate} holds the same one.`);
      if (laid)
        this.#say(
          `The next one lies beside it since ${isoTime(laid.since)}: ${certificateInWords(laid.pair)}. It is shown by --once when it has lain there for --quiet, or by --now; --undo takes it back.`,
        );
    }
    return ok(problem === null ? 0 : 1);
  }

  get #whose(): string {
    return listenersOf(this.#config, this.#options.listener).join(" and ");
  }

  async #whoTrusts(file: string | undefined): Promise<readonly string[]> {
    const client = await localAgent({ config: this.#options.config, socket: undefined });
    return whoTrusts(listenersOf(this.#config, this.#options.listener), file, client);
  }

  #say(line: string): void {
    (this.#options.json ? process.stderr : process.stdout).write(`${line}\n`);
  }

  #end(state: "rest" | "done", sentence: string): Result<number, string> {
    this.#say(sentence);
    if (this.#options.json) this.#print(state, null);
    return ok(0);
  }

  #print(state: "rest" | "waiting" | "done", problem: string | null): void {
    const laid = laidBeside(this.#files);
    const next = laid ? { ...certificateReport(laid.pair), since: isoTime(laid.since) } : null;
    const report = {
      listener: this.#options.listener,
      state,
      ...certificateReport(this.#shown),
      next,
      problem,
    };
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  }
}
