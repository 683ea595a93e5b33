/** Leads through a rotation from wherever it was left: does the next step, waits, and tells where it stands. */
import { setTimeout as sleep } from "node:timers/promises";
import type { AdminError } from "../../api/error.ts";
import type { SlotList } from "../../api/slots.ts";
import type { SecretReference } from "../../model/reference.ts";
import type { Milliseconds } from "../../model/time.ts";
import { type RotationStanding, standingOf } from "../../report/rotation/standing.ts";
import { describeStanding, rotationReport } from "../../report/rotation/words.ts";
import { printable } from "../../report/words.ts";
import { printError, type Reached } from "../agent-client.ts";
import { agrees, mayBegin, nothingBegun } from "./agreement.ts";
import type { RotationCall, SecretOptions } from "./call.ts";
import { Rotation, type RotationTarget, type Stepped } from "./rotation.ts";
import { Teller } from "./teller.ts";

const pause: Milliseconds = 1_000;
const longestPause: Milliseconds = 10_000;

/** How a call ends: its exit code, and why. */
interface End {
  readonly code: 0 | 1;
  readonly reason: string;
}

interface LeadParts {
  readonly reached: Reached;
  readonly secret: string;
  readonly references: readonly SecretReference[];
  readonly options: SecretOptions;
  readonly call: RotationCall;
  readonly interrupted: AbortSignal;
}

export class Lead {
  readonly #reached: Reached;
  readonly #references: readonly SecretReference[];
  readonly #options: SecretOptions;
  readonly #call: RotationCall;
  readonly #rotation: Rotation;
  readonly #interrupted: AbortSignal;
  /** The last that the agent said. */
  #list: SlotList | undefined;
  readonly #teller: Teller;
  #isAgreed: boolean;
  /** Where the new value goes, once that is known. */
  #prepared: RotationTarget | undefined;
  /** Whether this call has ended a rotation, and need not begin another. */
  #isOver = false;
  /** Whether this call has seen one: where it is at rest then, another call or a person has ended it. */
  #isUnderway = false;
  #isShown = false;
  /** Whether the value that a person gives is the new one. */
  #isGivenIn = false;

  constructor({ reached, secret, references, options, call, interrupted }: LeadParts) {
    this.#reached = reached;
    this.#references = references;
    this.#options = options;
    this.#call = call;
    this.#interrupted = interrupted;
    this.#isAgreed = options.yes ?? false;
    this.#teller = new Teller(options.json ? process.stderr : process.stdout);
    const { valueFrom } = options;
    this.#rotation = new Rotation({ client: reached.client, secret, valueFrom, onHost: call.onHost });
  }

  /** Runs it; answers the exit code. */
  async run(): Promise<number> {
    const { code, reason } = await this.#lead();
    const { json } = this.#options;
    if (json && this.#list)
      process.stdout.write(
        `${JSON.stringify(rotationReport(this.#reached.environment.name, this.#list, { done: code === 0, reason }), null, 2)}\n`,
      );
    else if (reason !== "") (code === 0 ? process.stdout : process.stderr).write(`${reason}\n`);
    return code;
  }

  async #lead(): Promise<End> {
    for (let isLost = false; ; ) {
      const looked = await this.#rotation.look();
      if (!looked.ok) {
        const { kind, message } = looked.error;
        // who was never reached may be where nobody is
        const mayCome = kind === "failed" || (kind === "unreachable" && this.#list !== undefined);
        if (!mayCome || !this.#mayWait) return this.#lost(looked.error);
        if (!isLost) this.#teller.say(`${message}; it is asked again`);
        isLost = true;
        if (!(await this.#rest(pause))) return this.#ended();
        continue;
      }
      isLost = false;
      const list = looked.value;
      this.#list = list;
      const other = this.#otherReferences(list);
      if (other) return failed(other);
      const standing = standingOf(list);
      this.#teller.tell(list, standing);
      this.#isUnderway ||= "old" in standing;
      const end = await this.#step(list, standing);
      if (end) return end;
    }
  }

  /** How a call ends that the agent does not answer. */
  #lost(error: AdminError): End {
    this.#teller.endLine();
    const { sources, name } = this.#reached.environment;
    printError(error, sources);
    const done = this.#list ? "Nothing more was done" : "Nothing was done";
    if (error.status === 404) return failed(`${done}. Deploy it first: npx hgscim deploy ${name}`);
    if (error.kind !== "unreachable" && error.kind !== "failed") return failed(`${done}.`);
    return failed(
      `${done}. See that the agent runs, and that delivery.agent is its address as this machine reaches it. Then: ${this.#again}`,
    );
  }

  /** Does what is to be done now, or waits; answers how the call ends, where it does. */
  async #step(list: SlotList, standing: RotationStanding): Promise<End | undefined> {
    const { now, undo } = this.#options;
    switch (standing.step) {
      case "nothing":
        return failed(describeStanding(list, standing));
      case "rest":
        return this.#atRest(list, standing);
      case "unread":
        return this.#wait(list, standing);
      case "spoiled":
        return failed(`Put the value that the provider has into ${standing.slot.reference}.`);
      case "unusable":
        if (!standing.isOldInUse)
          return failed(
            `Nobody comes with the value of ${standing.old.reference}, so nothing is taken back: put the value that the provider has into ${standing.fresh.reference}.`,
          );
        return undo
          ? this.#takeBack(list, standing)
          : failed(`Put another value there, or take it back: ${this.#call.with("--undo")}`);
      default: {
        const other = await this.#otherValue(standing);
        if (other) return failed(other);
        if (undo) return this.#takeBack(list, standing);
        await this.#show(standing);
        if (standing.step !== "ready" && !now) return this.#wait(list, standing);
        const isEarly = standing.step !== "ready";
        const question = `Withdraw the old value now? Whoever comes with it is refused from then on.`;
        if (isEarly && !(await this.#agrees(question))) return declined;
        const { old, fresh } = standing;
        const stepped = await this.#rotation.settle(fresh, old, list, isEarly);
        if (stepped.kind === "used") {
          this.#teller.say(
            "Somebody came with the old value just now: it is let in again, and the quiet time begins anew.",
          );
          return undefined;
        }
        if (stepped.kind === "done") {
          this.#isOver = true;
          this.#teller.say(
            `The old value is withdrawn: ${fresh.reference} and ${old.reference} hold the new one.`,
          );
          if (standing.step === "unswitched")
            this.#teller.say(
              `Enter it at the identity provider of connector ${list.connector} now: it is refused until then.`,
            );
        }
        return this.#after(list, standing, stepped);
      }
    }
  }

  async #atRest(
    list: SlotList,
    standing: Extract<RotationStanding, { step: "rest" }>,
  ): Promise<End | undefined> {
    const { once, undo, now } = this.#options;
    if (this.#isOver) return { code: 0, reason: "" };
    if (this.#isUnderway) return { code: 0, reason: "The rotation is over." };
    if (undo) return { code: 0, reason: "There is no new value to take back." };
    if (!mayBegin({ yes: this.#isAgreed, once: once ?? false })) return { code: 0, reason: nothingBegun };
    const early = now
      ? ` The present one is withdrawn at once: connector ${list.connector} lets nobody in until its provider has the new one.`
      : "";
    if (!this.#prepared) {
      const prepared = await this.#rotation.prepare(standing, list);
      if (!prepared.ok) return this.#after(list, standing, prepared.error);
      this.#prepared = prepared.value;
    }
    if (this.#prepared.note !== undefined) this.#teller.sayOnce([this.#prepared.note]);
    if (!(await this.#agrees(`Put a new value beside the present one?${early}`))) return declined;
    const stepped = await this.#rotation.begin(this.#prepared, standing);
    if (stepped.kind === "done")
      this.#teller.say("A new value is there, and the agent lets it in beside the present one.");
    return this.#after(list, standing, stepped);
  }

  async #takeBack(
    list: SlotList,
    { old, fresh }: Extract<RotationStanding, { readonly old: unknown }>,
  ): Promise<End | undefined> {
    const question = "Take the new value back? Whoever comes with it is refused from then on.";
    if (!(await this.#agrees(question))) return declined;
    const stepped = await this.#rotation.settle(old, fresh, list, true);
    if (stepped.kind === "done") {
      this.#isOver = true;
      this.#teller.say("The new value is taken back: both slots hold the one of before.");
    }
    return this.#after(list, standingOf(list), stepped);
  }

  /** What a step that was not done means for the call. */
  async #after(list: SlotList, standing: RotationStanding, stepped: Stepped): Promise<End | undefined> {
    switch (stepped.kind) {
      case "done":
      case "used":
      case "overtaken":
        return undefined;
      case "failed":
        // who ends it at a question has answered nothing
        return this.#interrupted.aborted ? this.#ended() : failed(stepped.lines.filter(Boolean).join("\n"));
      case "away":
        return !this.#mayWait
          ? failed(`${stepped.error.message}\nWhat was written is there. ${this.#goOn()}`)
          : undefined;
      case "byHand":
        this.#teller.sayOnce(stepped.lines);
        // of whom nobody reads it, nobody does it
        return process.stdin.isTTY
          ? this.#wait(list, standing)
          : failed(`Not yet: that is a person's to do. Call it again then: ${this.#againAfter(standing)}`);
    }
  }

  /** Shows what is to be entered at the provider, or says where it stands. */
  async #show({ step, fresh }: Extract<RotationStanding, { readonly fresh: unknown }>): Promise<void> {
    if (this.#isShown || step !== "unswitched") return;
    this.#isShown = true;
    const place = this.#rotation.placeOf(fresh);
    if (this.#options.show) {
      const value = await this.#rotation.valueOf(fresh);
      if (value.ok) process.stdout.write(`\n  ${printable(value.value)}\n\n`);
      else this.#teller.say([value.error.reason, ...value.error.advice].join("\n"));
    } else if (place.ok) this.#teller.say(`Read it there: ${place.value.reading}   (or --show it here)`);
  }

  /** Whether anything is waited for. What is taken back in a script waits for no provider, and so for nothing. */
  get #mayWait(): boolean {
    const { once, undo } = this.#options;
    return !once && (!undo || process.stdin.isTTY);
  }

  /** Waits for a while, where anything is waited for. */
  async #wait(list: SlotList, standing: RotationStanding): Promise<End | undefined> {
    if (!this.#mayWait) return failed(`Not yet. ${describeStanding(list, standing)}`);
    const span = standing.step === "quiet" ? Math.min(Math.max(standing.left, pause), longestPause) : pause;
    return (await this.#rest(span)) ? undefined : this.#ended();
  }

  #rest(span: Milliseconds): Promise<boolean> {
    return sleep(span, true, { signal: this.#interrupted }).catch(() => false);
  }

  #ended(): End {
    this.#teller.endLine();
    return failed(`Ended, and nothing is lost. ${this.#goOn()}`);
  }

  #goOn(): string {
    return `Whoever calls it again goes on from here: ${this.#again}`;
  }

  /** What a person ends is over: to call it as before would begin another rotation. */
  #againAfter({ step }: RotationStanding): string {
    return step === "rest" ? this.#again : this.#call.with("--once");
  }

  get #again(): string {
    return this.#call.again(this.#isGivenIn);
  }

  /** Whether a person agrees, once for the whole call. */
  async #agrees(question: string): Promise<boolean> {
    this.#isAgreed = await agrees(question, { yes: this.#isAgreed });
    return this.#isAgreed;
  }

  /** Why the new value is not the one that a person gives; undefined where it is, or none is given. */
  async #otherValue({
    fresh,
  }: Extract<RotationStanding, { readonly fresh: unknown }>): Promise<string | undefined> {
    const { valueFrom } = this.#options;
    if (valueFrom === undefined) return undefined;
    const given = await this.#rotation.isGiven(fresh);
    if (!given.ok) return given.error;
    this.#isGivenIn = given.value;
    return given.value
      ? undefined
      : `--value-from ${valueFrom}: another value is the new one already, in ${fresh.reference} (expected that one, or --undo first)`;
  }

  /** Why the agent goes by other places than the file names; undefined where it does not. */
  #otherReferences({ slots }: SlotList): string | undefined {
    const active = slots.map(({ reference }) => reference);
    const { name } = this.#reached.environment;
    if (active.length === 2 && this.#references.every((one) => active.includes(one))) return undefined;
    return [
      `The active release of ${name} has other references than the file: ${active.join(", ")} (expected ${this.#references.join(", ")})`,
      `Deploy the file first: npx hgscim deploy ${name}`,
    ].join("\n");
  }
}

const declined: End = { code: 1, reason: "" };

function failed(reason: string): End {
  return { code: 1, reason };
}
