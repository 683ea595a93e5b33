/** A Mercurial host with repositories, accounts and clients of its own, in a folder that is removed afterwards. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Host, startHost } from "../../../cli/quickstart/host/host.ts";
import type { Mercurial } from "../../../cli/quickstart/host/mercurial.ts";
import { type UserEntry, userEntry } from "../../../cli/quickstart/host/users.ts";
import { packageFile } from "../../../model/package.ts";
import type { Access } from "./access.ts";
import { commit, type Hg, local, localOf, makeRepository } from "./client.ts";
import { installed } from "./installed.ts";

export const password = "correct horse";

/** ada writes to core, rob reads it; gone did both; eve has an account and no right. Nobody knows zoe. */
export const access: Access = {
  accounts: { ada: true, rob: true, gone: false, eve: true },
  memberships: {
    ada: ["okta/core-team", "okta/engineering"],
    rob: ["okta/engineering"],
    gone: ["okta/core-team"],
  },
  permissions: {
    core: {
      repositories: ["core/**", "!core/archive/**"],
      read: ["okta/engineering"],
      write: ["okta/core-team"],
    },
  },
};

export interface WorldOptions {
  /** Added to the host's Mercurial configuration. */
  readonly more?: string;
  readonly unprivileged?: boolean;
  /** What the host runs, and makes its repositories with; without it the machine's. */
  readonly mercurial?: Mercurial;
}

export class World {
  readonly folder: string;
  readonly host: Host;
  /** The host's error log so far. */
  readonly log: string[] = [];
  /** The host's own hg, on its own repositories. */
  readonly hg: Hg;

  private constructor(folder: string, host: Host, log: string[], hg: Hg) {
    this.folder = folder;
    this.host = host;
    this.log = log;
    this.hg = hg;
  }

  /** Repositories `core/api`, `core/archive/old` and `lab`, one changeset each, and accounts that may all log in. */
  static async make(options: WorldOptions = {}): Promise<World> {
    const folder = mkdtempSync(join(tmpdir(), "hgscim-world-"));
    chmodSync(folder, 0o755);
    for (const name of ["root", "signals", "tmp"]) mkdirSync(join(folder, name));
    chmodSync(join(folder, "tmp"), 0o777);
    const mercurial = options.mercurial ?? (await installed());
    const hg = options.mercurial === undefined ? local : localOf(mercurial.hg);
    for (const name of ["core/api", "core/archive/old", "lab"])
      await makeRepository(join(folder, "root", name), hg);
    const entry = await userEntry(password);
    const users: Record<string, UserEntry> = {};
    for (const account of ["ada", "rob", "gone", "eve", "zoe"]) users[account] = entry;
    writeFileSync(join(folder, "users.json"), JSON.stringify(users));
    const log: string[] = [];
    const host = await startHost({
      mercurial,
      root: join(folder, "root"),
      access: join(folder, "access.db"),
      users: join(folder, "users.json"),
      contact: "hg-admins@example.com",
      program: fileURLToPath(new URL("altered_host.py", import.meta.url)),
      env: {
        HOST_FOLDER: dirname(packageFile("cli/quickstart/host/host.py")),
        HOST_MORE: options.more?.replaceAll("$SIGNALS", join(folder, "signals")) ?? "",
        HOST_UNPRIVILEGED: options.unprivileged ? "1" : "",
        TMPDIR: join(folder, "tmp"),
      },
      log: (text) => log.push(text),
    });
    if (!host.ok) {
      rmSync(folder, { recursive: true });
      throw new Error(host.error);
    }
    return new World(folder, host.value, log, hg);
  }

  get access(): string {
    return join(this.folder, "access.db");
  }

  path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  /** A repository's address, with the account's credentials in it; none for an empty account. */
  url(account: string, repository = "core/api", base = this.host.url): string {
    const credentials = account && `${account}:${encodeURIComponent(password)}@`;
    return `${base.replace("://", `://${credentials}`)}/${repository}`;
  }

  /** The ids of all changesets on the server, newest first. */
  async changesets(repository = "core/api"): Promise<string[]> {
    const { output } = await this.hg(this.path("root", repository), "log", "-T", "{node}\\n");
    return output.trim().split("\n");
  }

  /** A clone of what is on the server, with one more changeset in it. */
  async work(name: string, content: string | Buffer = name, repository = "core/api"): Promise<string> {
    const clone = this.path(name);
    await local(this.folder, "clone", "-q", this.path("root", repository), clone);
    await commit(clone, name, content);
    return clone;
  }

  signal(name: "reached" | "go"): string {
    return this.path("signals", name);
  }

  /** Lets a push go on that stopped at `[meddle] at`. */
  go(how: "on" | "fail" = "on"): void {
    writeFileSync(this.signal("go"), how);
  }

  async end(): Promise<void> {
    await this.host.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The configuration line that loads the extension `meddle.py`, with its section begun. */
export const meddle = `
[extensions]
meddle = ${fileURLToPath(new URL("meddle.py", import.meta.url))}
[meddle]
signals = $SIGNALS
`;

/** Waits for something that is certain to come; the test's own timeout is the bound. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}

/** Waits for a file to be there. */
export async function appears(path: string): Promise<void> {
  await until(() => existsSync(path));
}
