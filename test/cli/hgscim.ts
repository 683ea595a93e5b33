/** Runs the built command line as a person would: another process, another folder. */
import { spawn } from "node:child_process";
import { resolve } from "node:path";

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  readonly cwd: string;
  /** Nothing of this process's own environment but PATH. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Told of each piece of standard output as it comes. */
  readonly heard?: (text: string) => void;
}

/** Runs a program to its end, with nothing to read. */
export function run(
  program: string,
  args: readonly string[],
  { cwd, env = {}, heard = () => {} }: Surroundings,
): Promise<Finished> {
  return new Promise((done, failed) => {
    const child = spawn(program, args, {
      cwd,
      env: { PATH: process.env.PATH, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const text = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const)
      child[stream].setEncoding("utf8").on("data", (part: string) => {
        text[stream] += part;
        if (stream === "stdout") heard(part);
      });
    child.once("error", failed);
    child.once("close", (code) => done({ code, ...text }));
  });
}

/** Runs `hgscim`. */
export function hgscim(args: readonly string[], surroundings: Surroundings): Promise<Finished> {
  return run(process.execPath, [resolve("dist/cli/main.js"), ...args], surroundings);
}
