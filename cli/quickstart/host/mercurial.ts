/** The Mercurial that is installed on this machine, and the Python that it runs in. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface Mercurial {
  /** The command. */
  readonly hg: string;
  readonly version: string;
  /** The interpreter that can import `mercurial`; often not the first `python3` on the PATH. */
  readonly python: string;
}

export type FoundMercurial =
  | { readonly ok: true; readonly value: Mercurial }
  | { readonly ok: false; readonly message: string; readonly install: string };

/** The line that installs Mercurial on Debian and Ubuntu; run by root. */
export const installLine = "apt-get install -y mercurial";

/**
 * Looks for Mercurial as `hg` on the PATH and asks it for its interpreter (`hg help debuginstall`).
 *
 * @returns the installation, or what is wrong and the line that installs it
 */
export async function findMercurial(hg = "hg"): Promise<FoundMercurial> {
  const missing = (message: string): FoundMercurial => ({
    ok: false,
    message: `${message} (as root: ${installLine})`,
    install: installLine,
  });
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
    return { ok: true, value: { hg, version, python } };
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
