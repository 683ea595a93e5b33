/** A Python program beside this file, inside Mercurial's Python, that answers each line of JSON by one. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { dirname } from "node:path";
import { createInterface, type Interface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { packageFile } from "../../../model/package.ts";
import { clientEnvironment } from "./client.ts";
import { installed } from "./installed.ts";

export class Answering {
  readonly #python: ChildProcessByStdio<Writable, Readable, null>;
  readonly #answers: Interface;
  readonly #ended: Promise<never>;

  private constructor(python: ChildProcessByStdio<Writable, Readable, null>) {
    this.#python = python;
    this.#answers = createInterface(python.stdout);
    this.#ended = once(this.#answers, "close").then(() => {
      throw new Error("the program has ended");
    });
    this.#ended.catch(() => undefined);
  }

  static async start(program: "ask.py" | "hostile.py"): Promise<Answering> {
    const file = fileURLToPath(new URL(program, import.meta.url));
    const extension = dirname(packageFile("agent/mercurial/hgscim"));
    return new Answering(
      spawn((await installed()).python, [file, extension], {
        stdio: ["pipe", "pipe", "inherit"],
        env: clientEnvironment,
      }),
    );
  }

  async ask(asked: unknown): Promise<unknown> {
    this.#python.stdin.write(`${JSON.stringify(asked)}\n`);
    const [line] = (await Promise.race([once(this.#answers, "line"), this.#ended])) as [string];
    return JSON.parse(line);
  }

  async end(): Promise<void> {
    this.#python.stdin.end();
    if (this.#python.exitCode === null) await once(this.#python, "close");
  }
}
