/**
 * A host of sshd and repositories, laid out as docs/ssh.md has it: real sshd, ssh and keys. The programs lie where only
 * root can write, and people log in as a unix user of its own, since sshd asks for both: so it wants root.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { packageFile } from "../../../model/package.ts";
import { documented } from "../../e2e/web/documented.ts";
import { freePort } from "../../free-port.ts";
import { hg, local, makeRepository, type Ran } from "./client.ts";

/** One of its own for each process of tests, since whoever ends removes it. */
const user = `hgscim-test-${process.pid}`;

export class SshHost {
  readonly folder: string;
  /** What the guides have as /usr/share/hgscim, /etc/hgscim and /etc/mercurial. */
  readonly installed: string;
  #sshd: ChildProcess | undefined;
  #port = 0;

  private constructor(folder: string, installed: string) {
    this.folder = folder;
    this.installed = installed;
  }

  /** Repositories `core/api` and `lab`, one changeset each, and a server of the environment `local` that is not yet started. */
  static async make(): Promise<SshHost> {
    if (process.getuid?.() !== 0) throw new Error("sshd wants root for these tests: sudo npm test");
    const folder = mkdtempSync(join(tmpdir(), "hgscim-ssh-"));
    chmodSync(folder, 0o755);
    const installed = mkdtempSync("/usr/local/lib/hgscim-test-");
    chmodSync(installed, 0o755);
    const host = new SshHost(folder, installed);
    for (const part of ["hgscim", "hgscim_host", "bin"])
      cpSync(packageFile(`agent/mercurial/${part}`), join(installed, "share", part), { recursive: true });
    run("chown", "-R", "root:root", installed);
    run("chmod", "-R", "go-w", installed);
    run("/usr/bin/python3", "-m", "compileall", "-q", join(installed, "share"));
    if (spawnSync("id", [user]).status !== 0) run("sh", "-c", host.block("useradd"));
    for (const name of ["core/api", "lab"]) await makeRepository(host.root(name));
    run("chown", "-R", user, join(folder, "root"));
    // people's sessions can read what is in it, by the group that new files get, and only read
    mkdirSync(join(folder, "access"));
    chownSync(join(folder, "access"), 0, host.owner.gid);
    chmodSync(join(folder, "access"), 0o2750);
    for (const name of ["server", "ca"]) await host.makeKey(name);
    host.write("etc/hgscim/hgweb.config", host.placed("/etc/hgscim/hgweb.config"));
    host.write("etc/mercurial/hgrc.d/hgscim.rc", host.placed("/etc/mercurial/hgrc.d/hgscim.rc"));
    return host;
  }

  root(...names: string[]): string {
    return join(this.folder, "root", ...names);
  }

  get access(): string {
    return join(this.folder, "access", "access.db");
  }

  /** Whose the repositories are, and the sessions. */
  get owner(): { readonly uid: number; readonly gid: number } {
    return { uid: Number(run("id", "-u", user)), gid: Number(run("id", "-g", user)) };
  }

  /** Closes the access file to all but its owner and the group of its folder, as the agent does. */
  close(): void {
    chmodSync(this.access, 0o640);
  }

  /** The one block of docs/ssh.md that has a text in it, with this host's paths and names. */
  block(having: string): string {
    const guide = readFileSync(packageFile("docs/ssh.md"), "utf8");
    const blocks = [...guide.matchAll(/^```\w+\n(.*?)^```$/gms)].map(([, text = ""]) => text);
    const [text = "", ...others] = blocks.filter((block) => block.includes(having));
    if (!text || others.length > 0) throw new Error(`not one block of docs/ssh.md has ${having}`);
    return this.#moved(text);
  }

  /** A file that HTTP and SSH have in common, as docs/web-servers.md has it. */
  placed(file: string): string {
    return this.#moved(documented(file)).replace("[hgscim]", `[hgscim]\nssh-user = ${user}`);
  }

  #moved(text: string): string {
    return text
      .replaceAll("/usr/share/hgscim", join(this.installed, "share"))
      .replaceAll("/etc/hgscim", join(this.installed, "etc/hgscim"))
      .replaceAll("/etc/mercurial", join(this.installed, "etc/mercurial"))
      .replaceAll("/var/lib/hgscim-access/access.db", this.access)
      .replaceAll("/srv/hg", this.root())
      .replace("environment = production", "environment = local")
      .replace(/(User|--password '\*') hg$/gm, `$1 ${user}`);
  }

  write(name: string, text: string, mode = 0o644): string {
    const path = join(this.installed, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  }

  /** Makes a key, and returns its public half: `ssh-ed25519 AAAA…`. */
  async makeKey(name: string, ...how: string[]): Promise<string> {
    const path = join(this.folder, name);
    run("ssh-keygen", "-q", ...(how.length > 0 ? how : ["-t", "ed25519"]), "-N", "", "-C", "", "-f", path);
    return readFileSync(`${path}.pub`, "utf8").trim();
  }

  /** Has an authority sign a key for so long as a test takes. */
  sign(key: string, identity: string, principals: string, by = "ca"): void {
    const path = join(this.folder, key);
    run(
      "ssh-keygen",
      "-q",
      "-s",
      join(this.folder, by),
      "-I",
      identity,
      "-n",
      principals,
      "-V",
      "-5m:+1h",
      `${path}.pub`,
    );
  }

  /** Starts sshd with a drop-in, and in addition lines of an administrator's that stand above it. */
  async start(dropin = this.block("AuthorizedKeysCommand "), above = ""): Promise<void> {
    await this.stop();
    this.#port = await freePort();
    mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
    const config = this.configure(dropin, above);
    const log = join(this.folder, "sshd.log");
    this.#sshd = spawn("/usr/sbin/sshd", ["-D", "-f", config, "-E", log], { stdio: "inherit" });
    const known = readFileSync(join(this.folder, "server.pub"), "utf8");
    writeFileSync(join(this.folder, "known"), `[127.0.0.1]:${this.#port} ${known}`);
    while (!(await answers(this.#port))) {
      if (this.#sshd.exitCode !== null) throw new Error(readFileSync(log, "utf8"));
      await sleep(20);
    }
  }

  /** Writes what sshd is started with; returns the file. */
  configure(dropin = this.block("AuthorizedKeysCommand "), above = ""): string {
    return this.write(
      "sshd_config",
      [
        "ListenAddress 127.0.0.1",
        `Port ${this.#port}`,
        `HostKey ${join(this.folder, "server")}`,
        "PidFile none",
        "UsePAM no",
        "LogLevel VERBOSE",
        above,
        dropin,
      ].join("\n"),
    );
  }

  /** How people log in, and what sshd goes by. */
  get login() {
    return {
      destination: `${user}@127.0.0.1`,
      user,
      port: this.#port,
      knownHosts: join(this.folder, "known"),
      file: join(this.installed, "sshd_config"),
    };
  }

  /** What sshd has said so far. */
  get log(): string {
    return readFileSync(join(this.folder, "sshd.log"), "utf8");
  }

  async stop(): Promise<void> {
    if (!this.#sshd || this.#sshd.exitCode !== null) return;
    const left = once(this.#sshd, "exit");
    this.#sshd.kill();
    await left;
  }

  /** The words of an ssh that logs in by a key, and by nothing else of this machine's. */
  ssh(key: string, ...options: string[]): string[] {
    const certificate = join(this.folder, `${key}-cert.pub`);
    return [
      ...["ssh", "-F", "none", "-i", join(this.folder, key)],
      ...(existsSync(certificate) ? ["-o", `CertificateFile=${certificate}`] : []),
      ...["-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none"],
      ...["-o", `UserKnownHostsFile=${join(this.folder, "known")}`, "-o", "GlobalKnownHostsFile=/dev/null"],
      ...["-o", "LogLevel=ERROR", "-p", String(this.#port), ...options],
    ];
  }

  /** A repository's address. */
  url(repository = "core/api"): string {
    return `ssh://${user}@127.0.0.1/${repository}`;
  }

  /** hg with a key's ssh. */
  hg(key: string, cwd: string, command: string, ...args: string[]): Promise<Ran> {
    return hg(cwd, command, "--ssh", this.ssh(key).join(" "), ...args);
  }

  /** A program on the host by a key's ssh, with what it is sent; undefined for a login shell. */
  remote(key: string, program: string | undefined, input = "", options: string[] = [], env = {}): Ran {
    const [command = "", ...words] = this.ssh(key, ...options);
    const args = [...words, `${user}@127.0.0.1`, ...(program === undefined ? [] : [program])];
    const ran = spawnSync(command, args, { input, encoding: "utf8", env: { ...process.env, ...env } });
    return { code: ran.status ?? -1, output: ran.stdout + ran.stderr };
  }

  /** A session that stays open. */
  session(key: string, repository = "core/api"): Session {
    const [command = "", ...words] = this.ssh(key);
    const serve = `hg -R ${repository} serve --stdio`;
    return new Session(spawn(command, [...words, `${user}@127.0.0.1`, serve], { stdio: "pipe" }));
  }

  /** A clone of what is on the server, with one more changeset in it. */
  async work(name: string): Promise<string> {
    const clone = join(this.folder, name);
    await local(this.folder, "clone", "-q", this.root("core/api"), clone);
    writeFileSync(join(clone, name), name);
    await local(clone, "commit", "-qAm", name);
    return clone;
  }

  async end(): Promise<void> {
    await this.stop();
    for (const path of [this.folder, this.installed]) rmSync(path, { recursive: true, force: true });
    // a session of it may be ending still
    spawnSync("/usr/sbin/userdel", ["--force", user]);
  }
}

/** What a client sends bit by bit, and what it is told. */
export class Session {
  readonly #child: ChildProcess;
  #output = "";
  readonly ended: Promise<number>;

  constructor(child: ChildProcess) {
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (data: Buffer) => {
        this.#output += data.toString("latin1");
      });
    this.ended = once(child, "close").then(([code]) => Number(code));
  }

  /** All that it was told so far, at each of standard output and error. */
  get output(): string {
    return this.#output;
  }

  send(text: string): void {
    this.#child.stdin?.write(text, "latin1");
  }

  /** Waits until it was told something. */
  async told(text: string): Promise<void> {
    while (!this.#output.includes(text)) {
      if (this.#child.exitCode !== null) throw new Error(`it ended: ${this.#output}`);
      await sleep(5);
    }
  }
}

function run(command: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${error?.message ?? stderr}`);
  return stdout.trim();
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("data", () => resolve(true)).once("error", () => resolve(false));
    socket.once("close", () => resolve(false));
    socket.once("data", () => socket.destroy());
  });
}
