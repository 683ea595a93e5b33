/** hg as a person runs it, free of the machine's own configuration; and a quicker one for what tests prepare. */
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CommandServer } from "./command-server.ts";

export interface Ran {
  readonly code: number;
  /** What the person sees: standard output and error, in order of arrival at each. */
  readonly output: string;
}

export const clientEnvironment = {
  PATH: process.env.PATH,
  HGRCPATH: "",
  HGPLAIN: "1",
  HGUSER: "tester",
  LC_ALL: "C.UTF-8",
  PYTHONDONTWRITEBYTECODE: "1",
};

/** Runs hg as a process of its own: whatever speaks to a host. */
export async function hg(cwd: string, ...args: string[]): Promise<Ran> {
  return new Promise((resolve, reject) => {
    execFile("hg", args, { cwd, env: clientEnvironment, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      if (error && typeof error.code !== "number") reject(error);
      else resolve({ code: Number(error?.code ?? 0), output: stdout + stderr });
    });
  });
}

let server: CommandServer | undefined;

/**
 * Runs hg on this machine's own repositories, to prepare a test or to look at what came of it; in a process that all
 * such commands share, so that none may load an extension.
 */
export function local(cwd: string, ...args: string[]): Promise<Ran> {
  server ??= new CommandServer(clientEnvironment);
  return server.run(cwd, args);
}

/** What a command said that must succeed. */
export async function succeed(ran: Promise<Ran>): Promise<string> {
  const { code, output } = await ran;
  if (code !== 0) throw new Error(output);
  return output;
}

/** Writes a file of a repository and commits all that is new or changed there. */
export async function commit(repository: string, name: string, content: string | Buffer): Promise<void> {
  writeFileSync(join(repository, name), content);
  await succeed(local(repository, "commit", "-qAm", name));
}

/** A new repository with one changeset. */
export async function makeRepository(path: string): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  await succeed(local(dirname(path), "init", path));
  await commit(path, "README", `${path}\n`);
}
