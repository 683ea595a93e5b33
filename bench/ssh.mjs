/** What the checks cost hg over SSH: the same sshd and repository by the forced command, and by Mercurial's own hg-ssh. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { tsImport } from "tsx/esm/api";
import { compare, scale } from "./measure.mjs";
import { writeAccessFile } from "./mercurial.mjs";

const users = Math.round(50_000 * scale);
const runs = Math.max(Math.round(40 * scale), 10);
const account = "user-7";

export const note =
  "Each command is a login of its own to a real sshd on this machine, in turn; the time is that of the whole command. The key for hg-ssh is in a file, ours in the access file.";

export async function run() {
  const { SshHost } = await tsImport("../test/agent/mercurial/sshd.ts", import.meta.url);
  // hg that prepares repositories keeps no program from ending
  const awake = setInterval(() => undefined, 1_000);
  const host = await SshHost.make();
  try {
    const [ours, theirs] = [await host.makeKey("ours"), await host.makeKey("theirs")];
    await writeAccessFile(host.access, users, { [account]: [ours] });
    host.close();
    // hg-ssh as it is where nobody checks: with a configuration that has nothing in it
    const bare = host.write(
      "bare.sh",
      `#!/bin/sh\nHGRCPATH= exec /usr/bin/hg-ssh ${host.root("core/api")}\n`,
      0o755,
    );
    const file = host.write("authorized_keys", `restrict,command="${bare}" ${theirs}\n`);
    await host.start(
      host.block("AuthorizedKeysCommand ").replace("AuthorizedKeysFile none", `AuthorizedKeysFile ${file}`),
    );
    const clone = join(host.folder, "clone");
    const env = { HGRCPATH: "", HGPLAIN: "1" };
    spawnSync("hg", ["clone", "-q", host.root("core/api"), clone], { env: { ...process.env, ...env } });
    const rows = [];
    for (const [what, args] of Object.entries({
      "hg identify": ["identify"],
      "hg pull, nothing new": ["pull"],
    })) {
      const task = (key) => {
        const url = host.url(key === "theirs" ? host.root("core/api") : "core/api");
        const [command, ...rest] = args;
        const words = ["hg", command, "--ssh", host.ssh(key).join(" "), ...rest, url];
        return { command: words, env, cwd: clone };
      };
      const { a, b, ratio } = await compare(task("ours"), task("theirs"), runs);
      rows.push({
        what: `${what}, ${users.toLocaleString("en-US")} users`,
        ours: `${(a * 1000).toFixed(0)} ms`,
        beside: `hg-ssh without checks: ${(b * 1000).toFixed(0)} ms`,
        ratio: `${((ratio - 1) * 100).toFixed(0)} % more`,
        goal: "at most 15 % more",
      });
    }
    return rows;
  } finally {
    await host.end();
    clearInterval(awake);
  }
}
