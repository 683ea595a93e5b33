/**
 * Evaluation of releases for everybody, in threads of its own: however long it takes, requests and signals are answered
 * meanwhile; and it may not take longer than a deadline, after which its thread is ended.
 */
import { Worker } from "node:worker_threads";
import { fail, ok, type Result } from "../../model/result.ts";
import type { Milliseconds } from "../../model/time.ts";
import type {
  Evaluator,
  Question,
  QuestionName,
  Questions,
  Reply,
  Setting,
  TookTooLong,
} from "../releases/evaluator.ts";
import { threadProgram } from "./program.ts";

/** Less than clients wait, so that they are told. */
const evaluationDeadline: Milliseconds = 25_000;

/**
 * How long a thread that nobody waits for any more may go on: one that is ended while it is inside SQLite takes the whole process with
 * it, since the binding cannot answer a thread that is gone. Reading everybody takes less, and what takes longer is evaluation.
 */
const grace: Milliseconds = 5_000;

/** Threads that are kept for the next question; starting one takes longer than most answers. */
const mostIdle = 2;

/** The agent is stopping, and nothing came of the question. */
export class EvaluationStopped extends Error {}

type Lane = "questions" | "lists" | "activations" | "releases" | "verifications" | "bodies";

const lanes = {
  impact: "questions",
  review: "questions",
  preflight: "questions",
  access: "questions",
  owners: "lists",
  activation: "releases",
  admission: "activations",
  verification: "verifications",
  groupWhole: "bodies",
  groupTaken: "bodies",
} as const satisfies Record<QuestionName, Lane>;

type Asked<Name extends QuestionName> = Promise<Result<Questions[Name]["answer"], TookTooLong>>;

export interface EvaluationParts {
  /** The folder of the store. */
  readonly folder: string;
  readonly host: Setting["host"];
  readonly deadline?: Milliseconds;
}

export class Evaluation implements Evaluator {
  readonly #parts: EvaluationParts;
  readonly #deadline: Milliseconds;
  /** The end of the last question of each lane: who only asks does not keep an activation or a write waiting. */
  readonly #lanes = new Map<Lane, Promise<unknown>>();
  readonly #stop = new AbortController();

  constructor(parts: EvaluationParts) {
    this.#parts = parts;
    this.#deadline = parts.deadline ?? evaluationDeadline;
  }

  /**
   * Asks for an evaluation, behind those that were asked before; the deadline counts from now.
   *
   * @param spent what of the deadline is over already
   * @throws {EvaluationStopped} when the agent stops before the answer
   */
  ask<Name extends QuestionName>(
    name: Name,
    asks: Questions[Name]["asks"],
    at: Omit<Setting, "folder" | "host">,
    spent: Milliseconds = 0,
  ): Asked<Name> {
    const { folder, host } = this.#parts;
    // what passes between threads is copied, and the configuration has tokens
    const { environment, repositories, references, egress, mail, vault, helpers = {} } = host;
    const rules = {
      ...{ environment, repositories, references },
      ...(egress && { egress }),
      ...(mail && { mail }),
      // which stores there are, and nothing of how they are reached
      ...(vault && { vault: {} }),
      helpers: Object.fromEntries(Object.keys(helpers).map((name) => [name, {}])),
    };
    const question: Question<Name> = { name, asks, setting: { folder, host: rules, ...at } };
    const latest = performance.now() + this.#deadline - spent;
    const lane = lanes[name];
    const answer = (this.#lanes.get(lane) ?? Promise.resolve()).then(() =>
      this.#answer(question, latest - performance.now()),
    );
    this.#lanes.set(
      lane,
      answer.catch(() => undefined),
    );
    return answer;
  }

  /** Ends what is under way; whoever asked is told. */
  close(): void {
    this.#stop.abort(new EvaluationStopped("the agent is stopping"));
  }

  async #answer<Name extends QuestionName>(question: Question<Name>, patience: Milliseconds): Asked<Name> {
    this.#stop.signal.throwIfAborted();
    const tooLong = (than: string) =>
      fail({ code: "tookTooLong", detail: `evaluating it for everybody takes ${than}` } as const);
    const [late, large] = [`longer than ${this.#deadline / 1000} s`, "more memory than a thread may have"];
    if (patience <= 0) return tooLong(late);
    const ended = await onThread(question, patience, this.#stop.signal);
    if (ended === "late") return tooLong(late);
    if (ended === "large") return tooLong(large);
    if ("failure" in ended) throw Object.assign(ended.failure, { code: ended.code });
    return ok(ended.answer as Questions[Name]["answer"]);
  }
}

type Ended = Reply | "late" | "large";

/** Lets a thread answer a question; one that does not in time, or any more, is ended. */
async function onThread(question: Question, patience: Milliseconds, signal: AbortSignal): Promise<Ended> {
  const thread = await takeThread();
  const over = new AbortController();
  let ended: Ended | undefined;
  try {
    ended = await new Promise<Ended>((resolve, reject) => {
      const hear = <T>(event: string, listener: (value: T) => void) => {
        thread.on(event, listener);
        // not all listeners, for the library's own are among them
        over.signal.addEventListener("abort", () => thread.off(event, listener));
      };
      hear("message", (reply: Reply) => resolve(reply));
      hear("error", (error: NodeJS.ErrnoException) =>
        error.code === "ERR_WORKER_OUT_OF_MEMORY" ? resolve("large") : reject(error),
      );
      hear("exit", () => reject(new Error("the thread that evaluates releases has ended")));
      const timer = setTimeout(() => resolve("late"), patience);
      const stop = () => reject(signal.reason);
      signal.addEventListener("abort", stop, { signal: over.signal });
      over.signal.addEventListener("abort", () => clearTimeout(timer));
      if (signal.aborted) stop();
      thread.ref();
      thread.postMessage(question, "port" in question.asks ? [question.asks.port] : []);
    });
    return ended;
  } finally {
    over.abort();
    leaveThread(thread, typeof ended === "object");
  }
}

const idle = new Set<Worker>();

async function takeThread(): Promise<Worker> {
  const [kept] = idle;
  if (kept) {
    idle.delete(kept);
    return kept;
  }
  const thread = new Worker(await threadProgram());
  thread.on("exit", () => idle.delete(thread));
  // while it is idle, or being ended, what it fails of is nobody's concern
  thread.on("error", () => {});
  return thread;
}

/** Keeps a thread that has answered, and has any other one end. */
function leaveThread(thread: Worker, hasAnswered: boolean): void {
  if (hasAnswered && idle.size < mostIdle) {
    thread.unref();
    idle.add(thread);
  } else if (hasAnswered) void thread.terminate();
  else endThread(thread);
}

/** Ends a thread when it has answered, or after its grace. */
function endThread(thread: Worker): void {
  thread.unref();
  const end = () => void thread.terminate();
  const timer = setTimeout(end, grace).unref();
  thread.once("message", end).once("exit", () => clearTimeout(timer));
}
