/** Getting Mercurial onto a Debian machine, for those who may; for everybody else the line to run. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { type FoundMercurial, findMercurial, installLine } from "./mercurial.ts";

/**
 * The Mercurial of this machine; installed from Debian when it is missing and this is root.
 *
 * @param say told before anything is installed
 */
export async function ensureMercurial(say: (line: string) => void): Promise<FoundMercurial> {
  const found = await findMercurial();
  if (found.ok || process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return found;
  say(`Mercurial is missing: ${installLine}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const apt = (...args: string[]) =>
    spawnSync("apt-get", args, { env, stdio: ["ignore", "ignore", "inherit"] }).status === 0;
  // the package lists of a fresh machine may be old or absent
  if (!apt("install", "-y", "mercurial") && !(apt("update") && apt("install", "-y", "mercurial")))
    return found;
  return findMercurial();
}
