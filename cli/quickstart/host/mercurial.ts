/** The Mercurial that is installed on this machine, and the Python that it runs in. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { fail, ok, type Result } from "../../../model/result.ts";

const run = promisify(execFile);

export interface Mercurial {
  /** The command. */
  readonly hg: string;
  readonly version: string;
  /** The interpreter that can import `mercurial`; often not the first `python3` on the PATH. */
  readonly python: string;
}

/** The installation, or what is wrong and the line that installs it. */
export type FoundMercurial = Result<Mercurial, string>;

/** The line that installs Mercurial on Debian and Ubuntu; run by root. */
export const installLine = "apt-get install -y mercurial";

/** Looks for Mercurial as `hg` on the PATH and asks it for its interpreter (`hg help debuginstall`). */
export async function findMercurial(hg = "hg"): Promise<FoundMercurial> {
  const missing = (message: string) => fail(`${message} (as root: ${installLine})`);
  try {
    // without a configuration, so that neither the user's nor the system's extensions are loaded
    const env = { ...process.env, HGRCPATH: "", HGPLAIN: "1", HGUSER: "hgscim" };
    // fails as well for what does not matter here, such as a missing editor: what counts is that it answers
    const { stdout } = await run(hg, ["debuginstall", "-T", "{hgver}\n{pythonexe}\n"], { env }).catch(
      answered,
    );
    const [version = "", python = ""] = stdout.split("\n");
    if (!version || !python) return missing(`${hg} does not say which Python it runs in`);
    await run(python, ["-c", "import mercurial, sqlite3"]);
    return ok({ hg, version, python });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT")
      return missing(`Mercurial is not installed: there is no command ${hg}`);
    const stderr = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : String(error);
    return missing(`Mercurial does not work: ${stderr.split("\n").at(-1)}`);
  }
}

function answered(error: Error & { stdout?: string }): { stdout: string } {
  if (!error.stdout) throw error;
  return { stdout: error.stdout };
}
