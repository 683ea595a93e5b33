/** Whether a version control system holds a file as it is now. */
import { execFile } from "node:child_process";
import { basename, dirname, resolve } from "node:path";
import { promisify } from "node:util";

/** True when Mercurial or Git has a revision of the file that is equal to it; false when neither does, or is there. */
export async function isCommitted(file: string): Promise<boolean> {
  const [folder, name] = [dirname(resolve(file)), basename(file)];
  const run = (program: string, ...args: string[]) => output(program, args, folder);
  // C: clean (hg help status)
  if ((await run("hg", "status", "--all", "--", name))?.startsWith("C ")) return true;
  if ((await run("git", "ls-files", "--error-unmatch", "--", name)) === undefined) return false;
  return (await run("git", "status", "--porcelain", "--", name)) === "";
}

/** What a program prints; undefined when it fails or is not there. */
async function output(program: string, args: readonly string[], cwd: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(program, args, {
      cwd,
      env: { ...process.env, HGPLAIN: "1" },
      timeout: 30_000,
    });
    return stdout;
  } catch {
    return undefined;
  }
}
