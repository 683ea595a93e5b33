/** A developer of the story: real `hg` commands with nobody's configuration but what is said here. */
import { randomBytes } from "node:crypto";
import { appendFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Finished, runCommand } from "./command.ts";

export interface Developer {
  readonly account: string;
  readonly password: string;
  clone(repository: string): Promise<Finished>;
  pull(repository: string): Promise<Finished>;
  /** Takes over what others did, commits a line to a file of a clone, and pushes it. */
  push(repository: string, message: string): Promise<Finished>;
}

/** A developer who works in a folder against a Mercurial host. */
export async function developer(account: string, host: string, folder: string): Promise<Developer> {
  const password = randomBytes(12).toString("base64url");
  const home = join(folder, account);
  await mkdir(home, { recursive: true });
  const clone = (repository: string) => join(home, repository.replaceAll("/", "-"));
  const env = { PATH: process.env.PATH, HOME: home, HGRCPATH: "", HGPLAIN: "1", HGUSER: account };
  const hg = (...args: string[]) =>
    runCommand(
      "hg",
      [
        ...["--noninteractive", "--config", `auth.host.prefix=${host}`],
        ...["--config", `auth.host.username=${account}`, "--config", `auth.host.password=${password}`],
        ...args,
      ],
      { cwd: home, env },
    );
  return {
    account,
    password,
    clone: (repository) => hg("clone", `${host}/${repository}`, clone(repository)),
    pull: (repository) => hg("-R", clone(repository), "pull", "-u"),
    async push(repository, message) {
      await hg("-R", clone(repository), "pull", "-u");
      await appendFile(join(clone(repository), "NOTES"), `${message}\n`);
      await hg("-R", clone(repository), "commit", "-A", "-m", message, "-u", account);
      return hg("-R", clone(repository), "push");
    },
  };
}
