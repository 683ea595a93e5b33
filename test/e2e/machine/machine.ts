/**
 * A Debian machine of a company, in namespaces of its own: whatever is done to /etc, /var, /srv and the rest of it, and whoever
 * listens at 443 and 22, is gone with it. It wants root.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { type Finished, run } from "../../cli/hgscim.ts";

/** What is its own: the machine's as it is, and above it a layer in memory. */
const own = ["etc", "opt", "root", "srv", "usr/local", "usr/share", "var/lib", "var/log"];

const setUp = (folder: string) => `set -e
ip link set lo up
mount -t tmpfs none ${folder}
for name in ${own.join(" ")}; do
  mkdir -p ${folder}/upper/$name ${folder}/work/$name
  mount -t overlay -o lowerdir=/$name,upperdir=${folder}/upper/$name,workdir=${folder}/work/$name none /$name
done
mount -t tmpfs -o mode=0755 none /run
mkdir -p /run/sshd /run/lock /run/apache2 /var/log/apache2
install -m 0755 ${resolve("test/e2e/machine/systemctl")} /usr/local/bin/systemctl
echo ready
# it ends with whoever has made it; meanwhile a shell takes in whoever is left without a parent
cat >/dev/null
`;

export class Machine {
  /** In memory, and seen on the machine alone. */
  readonly folder: string;
  readonly #child: ChildProcess;
  readonly #inside: number;

  private constructor(folder: string, child: ChildProcess, inside: number) {
    this.folder = folder;
    this.#child = child;
    this.#inside = inside;
  }

  static async make(): Promise<Machine> {
    if (process.getuid?.() !== 0) throw new Error("a machine of its own wants root: sudo npm test");
    const folder = mkdtempSync(join(tmpdir(), "hgscim-machine-"));
    chmodSync(folder, 0o755);
    const spaces = ["--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"];
    const child = spawn("unshare", [...spaces, "sh", "-c", setUp(folder)], {
      stdio: ["pipe", "pipe", "pipe"],
    });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    const [line] = await Promise.race([
      once(createInterface(child.stdout), "line"),
      once(child, "exit").then(() => ["it ended"]),
    ]);
    if (line !== "ready") throw new Error(`no machine: ${line} ${said}`);
    const inside = Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8"));
    return new Machine(folder, child, inside);
  }

  /** Runs a command of the machine's root to its end. */
  run(program: string, ...args: string[]): Promise<Finished> {
    const enter = ["--target", String(this.#inside), "--mount", "--net", "--pid", "--"];
    // its own root, which nsenter itself does not go to
    const words = ["sh", "-c", 'cd / && exec "$@"', "sh", program, ...args];
    return run("nsenter", [...enter, ...words], {
      cwd: "/",
      env: {
        PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        HOME: "/root",
        LC_ALL: "C.UTF-8",
      },
    });
  }

  /** What a script of the shell says. */
  async sh(script: string): Promise<string> {
    const { code, stdout, stderr } = await this.run("sh", "-euc", script);
    if (code !== 0) throw new Error(`${script}: ${stdout}${stderr}`);
    return stdout;
  }

  /** hgscim, as it is installed on the machine. */
  hgscim(...args: string[]): Promise<Finished> {
    return this.run(process.execPath, resolve("dist/cli/main.js"), ...args);
  }

  /** hg of a person, who needs no account of the machine. */
  async hg(...args: string[]): Promise<{ readonly code: number | null; readonly output: string }> {
    const { code, stdout, stderr } = await this.run("env", "HGRCPATH=", "HGUSER=tester", "hg", ...args);
    return { code, output: stdout + stderr };
  }

  /** Lays a file onto the machine. */
  async write(path: string, text: string, mode = "0644"): Promise<void> {
    const file = mkdtempSync(join(tmpdir(), "hgscim-file-"));
    try {
      writeFileSync(join(file, "it"), text);
      await this.sh(`install -D -m ${mode} ${join(file, "it")} ${path}`);
    } finally {
      rmSync(file, { recursive: true });
    }
  }

  /** All that runs on it ends. */
  async end(): Promise<void> {
    const gone = once(this.#child, "exit");
    process.kill(this.#inside, "SIGKILL");
    await gone;
    rmSync(this.folder, { recursive: true, force: true });
  }
}
