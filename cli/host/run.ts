/** A program of the host's, run to its end as one of the host's users. */
import { spawnSync } from "node:child_process";
import type { Milliseconds } from "../../model/time.ts";

export interface HostRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const patience: Milliseconds = 60_000;

/** Nothing of who starts the check: neither what Mercurial nor what Python is told by the environment. */
const environment = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", LANG: "C.UTF-8" };

export const isRoot = (): boolean => process.geteuid?.() === 0;

/** Runs it as whoever checks. */
export function runHere(
  program: string,
  args: readonly string[],
  { env = {}, input = "" }: { env?: Record<string, string>; input?: string } = {},
): HostRun {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: "/",
    env: { ...environment, ...env },
    input,
    timeout: patience,
    encoding: "utf8",
  });
  return { code: status ?? -1, stdout: stdout ?? "", stderr: error?.message ?? stderr };
}

/** Runs it as another user, with that user's groups; wants root. */
export function runAs(
  user: string,
  program: string,
  args: readonly string[],
  given: { env?: Record<string, string>; input?: string } = {},
): HostRun {
  return runHere("runuser", ["-u", user, "--", program, ...args], given);
}

/** The name of a user by number; undefined where there is none. */
export function userOf(uid: number): string | undefined {
  const { code, stdout } = runHere("id", ["-nu", String(uid)]);
  return code === 0 ? stdout.trim() : undefined;
}
