/** The unix users of a host: the agent's own, and the one that serves repositories over HTTP and SSH. */
import { spawnSync } from "node:child_process";
import type { Ownership } from "./replace-file.ts";
import type { Settings } from "./settings.ts";

/** A user that is missing, and the command that makes it. */
export interface MissingUser {
  readonly name: string;
  readonly command: readonly string[];
}

const system = ["useradd", "--system", "--user-group"] as const;

/** Those that are to be made. A shell runs sshd's forced command; with `*` no password is the right one, and nothing is locked. */
export function missingUsers({ user }: Settings): MissingUser[] {
  const wanted = [
    {
      name: "hgscim",
      how: ["--home-dir", "/var/lib/hgscim", "--no-create-home", "--shell", "/usr/sbin/nologin"],
    },
    { name: user, how: ["--home-dir", "/", "--no-create-home", "--shell", "/bin/sh", "--password", "*"] },
  ];
  return wanted
    .filter(({ name }) => entry("passwd", name) === undefined)
    .map(({ name, how }) => ({ name, command: [...system, ...how, name] }));
}

/** A sentence about a user that is there and that sshd would run nothing for. */
export function unfitUser({ user, ssh }: Settings): string[] {
  const shell = entry("passwd", user)?.[6] ?? "";
  if (!ssh || !/\/(nologin|false)$/.test(shell)) return [];
  return [
    `the user ${user} has the shell ${shell}, so sshd runs nothing for it (expected usermod --shell /bin/sh ${user}, or another --user)`,
  ];
}

/**
 * Whose something is, by numbers.
 *
 * @param absent for a user or group that there is not
 * @throws {Error} where there is none, and nothing stands for it
 */
export function ownership(owner: string, group: string, absent?: Ownership): Ownership {
  const [uid, gid] = [entry("passwd", owner)?.[2], entry("group", group)?.[2]];
  if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  if (absent) return absent;
  const missing = uid === undefined ? `user ${owner}` : `group ${group}`;
  throw new Error(`there is no ${missing} (expected it, or another --user)`);
}

/** The name of a user, or its number where it has none. */
export const userName = (uid: number): string => entry("passwd", String(uid))?.[0] ?? String(uid);

/** The home of a user; undefined where there is no such user. */
export const homeOf = (user: string): string | undefined => entry("passwd", user)?.[5];

/** The fields of a user or group, wherever the host keeps them. */
function entry(database: "passwd" | "group", name: string): string[] | undefined {
  const { status, stdout } = spawnSync("getent", [database, name], { encoding: "utf8" });
  return status === 0 ? stdout.trim().split(":") : undefined;
}
