/** The checkout in which files lie, and what its version control system says of them. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";

/** Whose the innermost checkout around a folder is; undefined where there is none. */
export function checkoutAround(folder: string): "hg" | "git" | undefined {
  const whole = resolve(folder);
  if (existsSync(join(whole, ".hg"))) return "hg";
  if (existsSync(join(whole, ".git"))) return "git";
  const above = dirname(whole);
  return above === whole ? undefined : checkoutAround(above);
}

/** What `hg` or `git` prints in a folder; undefined when it fails or is not there. */
export async function askCheckout(
  program: "hg" | "git",
  args: readonly string[],
  cwd: string,
): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(program, args, {
      cwd,
      // a .hg that came with the files must not say what runs
      env: { ...process.env, HGPLAIN: "1", HGRCSKIPREPO: "1" },
      timeout: 30_000,
      maxBuffer: 256 * 1024 * 1024,
    });
    return stdout;
  } catch {
    return undefined;
  }
}
