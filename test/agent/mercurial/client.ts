/** hg as a person runs it, free of the machine's own configuration; and one for what tests prepare. */
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

/** Runs an hg in a folder. */
export type Hg = (cwd: string, ...args: string[]) => Promise<Ran>;

/** An hg that runs as a process of its own. */
function processOf(command: string): Hg {
  return (cwd, ...args) =>
    new Promise((resolve, reject) => {
      const options = { cwd, env: clientEnvironment, maxBuffer: 1 << 26 };
      execFile(command, args, options, (error, stdout, stderr) => {
        if (error && typeof error.code !== "number") reject(error);
        else resolve({ code: Number(error?.code ?? 0), output: stdout + stderr });
      });
    });
}

const servers = new Map<string, CommandServer>();

/**
 * An hg for this machine's own repositories, to prepare a test or to look at what came of it; in a process that all
 * such commands share, so that none may load an extension.
 */
export function localOf(command: string): Hg {
  return (cwd, ...args) => {
    const server = servers.get(command) ?? new CommandServer(command, clientEnvironment);
    servers.set(command, server);
    return server.run(cwd, args);
  };
}

/** The machine's hg for its own repositories. */
export const local = localOf("hg");

/** Servers that wait for a command, by the hg that they are. */
const waiting = new Map<string, CommandServer[]>();

/**
 * An hg for what speaks to a host: one that runs already, and is no other command's meanwhile, since a start takes as long as a
 * push does; or a process of its own where it loads an extension, which would stay.
 */
export function remoteOf(command: string): Hg {
  const own = processOf(command);
  return async (cwd, ...args) => {
    if (args.some((one) => one.startsWith("extensions."))) return own(cwd, ...args);
    const servers = waiting.get(command) ?? [];
    waiting.set(command, servers);
    const server = servers.pop() ?? new CommandServer(command, clientEnvironment);
    const ran = await server.run(cwd, args);
    servers.push(server);
    return ran;
  };
}

/** The machine's hg as whoever speaks to a host runs it. */
export const hg = remoteOf("hg");

/** What a command said that must succeed. */
export async function succeed(ran: Promise<Ran>): Promise<string> {
  const { code, output } = await ran;
  if (code !== 0) throw new Error(output);
  return output;
}

/** Writes a file of a repository and commits all that is new or changed there. */
export async function commit(
  repository: string,
  name: string,
  content: string | Buffer,
  by: Hg = local,
): Promise<void> {
  writeFileSync(join(repository, name), content);
  await succeed(by(repository, "commit", "-qAm", name));
}

/** A new repository with one changeset. */
export async function makeRepository(path: string, by: Hg = local): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  await succeed(by(dirname(path), "init", path));
  await commit(path, "README", `${path}\n`, by);
}
