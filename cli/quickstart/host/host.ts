/** The demonstration host as a child process: Mercurial's hgweb with the hgscim extension, on loopback. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { packageFile } from "../../../model/package.ts";
import { fail, ok, type Result } from "../../../model/result.ts";
import type { Milliseconds } from "../../../model/time.ts";
import type { Mercurial } from "./mercurial.ts";

export interface HostOptions {
  readonly mercurial: Mercurial;
  /** The folder that repositories are found below, and that their names start from. */
  readonly root: string;
  /** The access file, see `access-schema.sql`. The host starts without it, and refuses everything until it is there. */
  readonly access: string;
  /** The users file, see `users.ts`. */
  readonly users: string;
  /** Whom a refusal tells people to ask. */
  readonly contact?: string;
  /** Where to listen; port 0 is any that is free. */
  readonly listen?: string;
  /** The program; tests give one that adds to the host's configuration. */
  readonly program?: string;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Takes what the host writes to its error log. Without it the log is dropped. */
  readonly log?: (text: string) => void;
}

export interface Host {
  /** `http://127.0.0.1:PORT`; a repository's address is this, a slash and its name. */
  readonly url: string;
  readonly pid: number;
  /** Answers the requests under way, then ends; killed after `grace`. May be called again. */
  stop(grace?: Milliseconds): Promise<void>;
}

/**
 * Starts the host and waits until it listens. It ends with this process, even when this one is killed, since its
 * standard input closes then.
 *
 * @returns the running host, or what it said before it ended
 */
export async function startHost(options: HostOptions): Promise<Result<Host, string>> {
  const {
    mercurial,
    root,
    access,
    users,
    contact,
    listen = "127.0.0.1:0",
    program = packageFile("cli/quickstart/host/host.py"),
  } = options;
  const extension = packageFile("agent/mercurial/hgscim");
  const settings = [
    "--listen",
    listen,
    "--extension",
    extension,
    "--root",
    root,
    "--access",
    access,
    "--users",
    users,
  ];
  if (contact !== undefined) settings.push("--contact", contact);
  const child = spawn(mercurial.python, [program, ...settings], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...options.env },
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-4096);
    options.log?.(text);
  });
  const ended = new Promise<undefined>((resolve) => {
    child.once("close", () => resolve(undefined));
    child.once("error", (error) => {
      said ||= error.message;
      resolve(undefined);
    });
  });
  const ready = once(createInterface(child.stdout), "line") as Promise<[string]>;
  const url = await Promise.race([ready.then(([line]) => line), ended]);
  if (url === undefined || child.pid === undefined)
    return fail(said.trim() || "the Mercurial host ended before it was ready");
  return ok({ url, pid: child.pid, stop: (grace) => stop(child, ended, grace) });
}

async function stop(
  child: ChildProcess,
  ended: Promise<undefined>,
  grace: Milliseconds = 10_000,
): Promise<void> {
  child.kill("SIGTERM");
  const kill = setTimeout(() => child.kill("SIGKILL"), grace);
  await ended;
  clearTimeout(kill);
}
