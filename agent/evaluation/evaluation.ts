/**
 * Evaluation of releases for everybody, in threads of its own: however long it takes, requests and signals are answered
 * meanwhile; and it may not take longer than a deadline, after which its thread is ended.
 */
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
import { leaveThread, takeThread } from "./threads.ts";

/** Less than clients wait, so that they are told. */
const evaluationDeadline: Milliseconds = 25_000;

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
  const { worker } = thread;
  const over = new AbortController();
  let isFree = true;
  try {
    return await new Promise<Ended>((resolve, reject) => {
      const hear = <T>(event: string, listener: (value: T) => void) => {
        worker.on(event, listener);
        // not all listeners, for the library's own are among them
        over.signal.addEventListener("abort", () => worker.off(event, listener));
      };
      hear("error", (error: NodeJS.ErrnoException) =>
        error.code === "ERR_WORKER_OUT_OF_MEMORY" ? resolve("large") : reject(error),
      );
      hear("exit", () => reject(new Error("the thread that evaluates releases has ended")));
      const timer = setTimeout(() => resolve("late"), patience);
      const stop = () => reject(signal.reason);
      signal.addEventListener("abort", stop, { signal: over.signal });
      over.signal.addEventListener("abort", () => clearTimeout(timer));
      if (signal.aborted) stop();
      worker.ref();
      void thread.loaded.then(() => {
        if (over.signal.aborted) return;
        hear("message", (reply: Reply) => {
          isFree = true;
          resolve(reply);
        });
        isFree = false;
        worker.postMessage(question, "port" in question.asks ? [question.asks.port] : []);
      });
    });
  } finally {
    over.abort();
    leaveThread(thread, isFree);
  }
}
