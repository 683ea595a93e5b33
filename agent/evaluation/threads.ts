/** The threads that evaluate: some are kept for the next question, and all are ended outside of native code, with the process as well. */
import { writeSync } from "node:fs";
import { type ResourceLimits, Worker } from "node:worker_threads";
import type { Milliseconds } from "../../model/time.ts";
import { NativeGate } from "../store/native-gate.ts";
import { threadProgram } from "./program.ts";

export interface EvaluationThread {
  readonly worker: Worker;
  readonly gate: NativeGate;
  /** It waits for questions: what a busy machine takes to start it is spent once, whoever waited for it. */
  readonly loaded: Promise<unknown>;
}

/** Threads that are kept for the next question; starting one takes longer than most answers. */
const mostIdle = 2;

/** How long a process that is over waits for a call of SQLite, which takes milliseconds where the disk answers. */
const lastWait: Milliseconds = 60_000;

/** Everybody is looked at as objects that live until the answer: a young generation of V8's own size copies them again and again. */
const resourceLimits: ResourceLimits = { maxYoungGenerationSizeMb: 128 };

const idle = new Set<EvaluationThread>();
const living = new Set<EvaluationThread>();

/** One that waits for a question, or will when it is loaded. */
export async function takeThread(): Promise<EvaluationThread> {
  // the one that has answered last, whose code is compiled
  const kept = [...idle].at(-1);
  if (kept) {
    idle.delete(kept);
    return kept;
  }
  const program = await threadProgram();
  const gate = new NativeGate();
  const worker = new Worker(program, { workerData: gate.shared, resourceLimits });
  const loaded = new Promise((resolve) => worker.once("message", resolve));
  const thread = { worker, gate, loaded };
  if (living.size === 0) process.on("exit", atExit);
  living.add(thread);
  worker.on("exit", () => {
    idle.delete(thread);
    living.delete(thread);
    if (living.size === 0) process.off("exit", atExit);
  });
  // while it is idle, or being ended, what it fails of is nobody's concern
  worker.on("error", () => {});
  return thread;
}

/** Keeps a thread that has no question, and ends any other. */
export function leaveThread(thread: EvaluationThread, isFree: boolean): void {
  if (!living.has(thread)) return;
  thread.worker.unref();
  if (isFree && idle.size < mostIdle) idle.add(thread);
  else void thread.gate.shut().then(() => thread.worker.terminate());
}

/** The process ends its threads itself, wherever they are, and waits for them. */
function atExit(): void {
  const latest = performance.now() + lastWait;
  const within = () => Math.max(0, latest - performance.now());
  if ([...living].every(({ gate }) => gate.shutWithin(within()))) return;
  writeSync(2, `the store has not answered for ${lastWait / 1000} s, so that the process is killed\n`);
  process.kill(process.pid, "SIGKILL");
}
