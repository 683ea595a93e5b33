/** Git and Mercurial checkouts for `hgscim scan`, with nothing of the user's own configuration. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Finished, hgscim, run } from "../cli/hgscim.ts";

export class CheckoutFolder {
  readonly folder = mkdtempSync(join(tmpdir(), "hgscim-scan-"));
  readonly #env = {
    HOME: this.folder,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: "ada",
    GIT_AUTHOR_EMAIL: "ada@corp.test",
    GIT_COMMITTER_NAME: "ada",
    GIT_COMMITTER_EMAIL: "ada@corp.test",
    HGRCPATH: "",
    HGUSER: "ada",
    HGENCODING: "utf-8",
  };

  readonly path = (...names: string[]): string => join(this.folder, ...names);

  write(name: string, content: string | Buffer): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), content);
  }

  /** Runs a program in the checkout, whatever its exit code. */
  attempt(program: string, ...args: string[]): Promise<Finished> {
    return run(program, args, { cwd: this.folder, env: this.#env });
  }

  /** Runs a program in the checkout and gives what it prints; failing is an error. */
  async must(program: string, ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.attempt(program, ...args);
    if (code !== 0) throw new Error(`${program} ${args.join(" ")}: ${code}\n${stdout}${stderr}`);
    return stdout.trim();
  }

  /** Exit code and lines of `hgscim scan`. */
  async scan(args: readonly string[], below = ""): Promise<{ code: number | null; lines: string[] }> {
    const { code, stdout, stderr } = await hgscim(["scan", ...args], {
      cwd: this.path(below),
      env: this.#env,
    });
    return { code, lines: (stdout + stderr).trim().split("\n") };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The line that tells a finding. */
export function told(place: string, what: string, changeset?: string): string {
  const where = changeset === undefined ? "" : ` in changeset ${changeset.slice(0, 12)}`;
  return `${place}: what looks like ${what}${where} (expected a reference such as ref+env://NAME)`;
}

/** The line that tells that a path has nothing to scan. */
export function nothingAt(path: string): string {
  const expected = "text that the checkout tracks, or untracked files by their names";
  return `${path}: not scanned: nothing in it to scan (expected ${expected})`;
}
