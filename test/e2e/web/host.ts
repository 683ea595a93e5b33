/** A company's Mercurial host in a folder: installed as docs/web-servers.md says, behind the real web servers of Debian. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { packageFile } from "../../../model/package.ts";
import { change, writeAccess } from "../../agent/mercurial/access.ts";
import { makeRepository } from "../../agent/mercurial/client.ts";
import { installed as mercurialOf } from "../../agent/mercurial/installed.ts";
import { access, password } from "../../agent/mercurial/world.ts";
import { freePort } from "../../free-port.ts";
import { documented } from "./documented.ts";

/** Who runs the servers' processes: root's may read everything. */
const user = process.getuid?.() === 0 ? "www-data" : undefined;

/** The configuration that the guide has for every host. */
export const configuration = "/etc/hgscim/hgweb.config";
/** What a proxy proves itself by. */
export const secret = "0123456789abcdef0123456789abcdef";
export const oddName = "core/größe 100%";

/** A server that answers, and what it has logged since. */
export interface Running {
  readonly port: number;
  log(): string;
  stop(): Promise<void>;
}

export class WebHost {
  readonly folder: string;
  /** Who serves the repositories. */
  readonly user = user;
  readonly #python: string;

  private constructor(folder: string, python: string) {
    this.folder = folder;
    this.#python = python;
  }

  static async make(): Promise<WebHost> {
    const folder = mkdtempSync(join(tmpdir(), "hgscim-web-"));
    chmodSync(folder, 0o755);
    const host = new WebHost(folder, (await mercurialOf()).python);
    for (const name of ["/etc/hgscim", "/usr/share/hgscim", "/srv/hg", "/run", "/log", "/tmp"])
      mkdirSync(host.path(name), { recursive: true });
    for (const name of ["core/api", "lab", oddName]) await makeRepository(host.path("/srv/hg", name));
    const names = ["ada", "rob", "gone", "eve", "zoe"];
    const hash = execFileSync("openssl", ["passwd", "-apr1", password], { encoding: "utf8" }).trim();
    host.write("/etc/hgscim/htpasswd", names.map((name) => `${name}:${hash}\n`).join(""));
    const certificate = [
      "-keyout",
      host.path("/etc/hgscim/tls.key"),
      "-out",
      host.path("/etc/hgscim/tls.pem"),
    ];
    const request = [
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-days",
      "60",
      "-subj",
      "/CN=localhost",
    ];
    execFileSync("openssl", [...request, ...certificate], { stdio: "ignore" });
    host.install();
    if (user) {
      const own = ["/srv/hg", "/run", "/log", "/tmp"].map((name) => host.path(name));
      execFileSync("chown", ["-R", `${user}:${user}`, ...own]);
    }
    return host;
  }

  /** A path of the guide, in this host's folder. */
  path(...names: [string, ...string[]]): string {
    return join(this.folder, ...names);
  }

  write(file: string, text: string | Buffer, mode = 0o644): void {
    mkdirSync(dirname(this.path(file)), { recursive: true });
    writeFileSync(this.path(file), text);
    chmodSync(this.path(file), mode);
  }

  read(file: string): string {
    return readFileSync(this.path(file), "utf8");
  }

  /** Everything as it must be, whatever was there. */
  install(proxy = false): void {
    this.configure(proxy);
    this.giveAccess();
  }

  /** The same, but for the access file, which may be an agent's. */
  configure(proxy = false): void {
    // gunicorn's own folder stays
    for (const name of ["hgscim", "hgscim_host"]) {
      const installed = this.path("/usr/share/hgscim", name);
      rmSync(installed, { recursive: true, force: true });
      cpSync(packageFile(`agent/mercurial/${name}`), installed, {
        recursive: true,
        filter: (path) => !path.includes("__pycache__"),
      });
    }
    rmSync(this.path(configuration), { recursive: true, force: true });
    this.write(configuration, this.placed(configuration) + (proxy ? this.placed(configuration, 1) : ""));
    for (const name of ["/etc/hgscim/hgscim.wsgi", "/etc/mercurial/hgrc.d/hgscim.rc"])
      this.write(name, this.placed(name));
    this.writeOwned("/etc/hgscim/proxy-secret", `${secret}\n`, 0o600);
    this.write(
      "/etc/hgscim/proxy-header.conf",
      `proxy_set_header X-Remote-User "${secret} $remote_user";\n`,
      0o600,
    );
  }

  writeOwned(file: string, text: string, mode: number): void {
    this.write(file, text, mode);
    if (user) execFileSync("chown", [user, this.path(file)]);
  }

  get access(): string {
    return this.path("/var/lib/hgscim-access/access.db");
  }

  giveAccess(): void {
    mkdirSync(dirname(this.access), { recursive: true });
    writeAccess(this.access, access);
    change(this.access, "UPDATE meta SET value = 'production' WHERE key = 'environment'");
  }

  /** What the guide has, with this host's paths in place of the system's. */
  placed(file: string, part = 0): string {
    const places = ["/etc/hgscim", "/usr/share/hgscim", "/srv/hg", "/var/lib/hgscim-access"];
    const moved = places.reduce(
      (text, place) => text.replaceAll(place, this.path(place)),
      documented(file, part).replaceAll("/run/hgscim-web", "/run"),
    );
    return moved.replaceAll("unix:/run/", `unix:${this.path("/run")}/`);
  }

  /** Apache with mod_wsgi, as the guide has it. `wsgi` and `more` are what somebody has made of it. */
  async apache(more = "", wsgi?: string): Promise<Running> {
    const port = await freePort();
    const modules = ["mpm_event", "authn_core", "authn_file", "authz_core", "authz_user", "auth_basic"];
    const lines = [
      ...[...modules, "env", "setenvif", "proxy", "proxy_http", "ssl", "wsgi"].map(
        (name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`,
      ),
      `Listen 127.0.0.1:${port}`,
      `PidFile ${this.path("/run/apache.pid")}`,
      `DefaultRuntimeDir ${this.path("/run")}`,
      `WSGISocketPrefix ${this.path("/run/wsgi")}`,
      `ErrorLog ${this.path("/log/apache")}`,
      "ServerName localhost",
      ...(user ? [`User ${user}`, `Group ${user}`] : []),
    ];
    const site = this.placed("/etc/apache2/sites-available/hgscim.conf")
      .replace("*:443", `127.0.0.1:${port}`)
      .replace("user=hg group=hg ", user ? `user=${user} group=${user} ` : "")
      .replace("</VirtualHost>", `${more}\n</VirtualHost>`)
      .replace(this.path("/etc/hgscim/hgscim.wsgi"), wsgi ?? this.path("/etc/hgscim/hgscim.wsgi"));
    this.write("/etc/apache2.conf", `${lines.join("\n")}\n${site}`);
    return this.#running(port, "apache", "/usr/sbin/apache2", [
      "-f",
      this.path("/etc/apache2.conf"),
      "-DFOREGROUND",
    ]);
  }

  /** nginx in front of gunicorn, as the guide has it; `header` is what somebody has made of nginx's own line. */
  async nginx(header?: string): Promise<Running> {
    const gunicorn = await this.gunicorn();
    const port = await freePort();
    const site = this.placed("/etc/nginx/sites-available/hgscim")
      .replace("listen 443", `listen 127.0.0.1:${port}`)
      .replace(/ *include .*proxy-header\.conf;/, (line) => header ?? line);
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
      (name) => `${name}_temp_path ${this.path("/tmp", name)};`,
    );
    this.write(
      "/etc/nginx.conf",
      `${user ? `user ${user};` : ""} pid ${this.path("/run/nginx.pid")}; error_log ${this.path("/log/nginx")};
events {}
http { access_log off; ${temporary.join(" ")}
${site}}
`,
    );
    const nginx = await this.#running(port, "nginx", "/usr/sbin/nginx", [
      ...["-p", this.folder, "-c", this.path("/etc/nginx.conf")],
      ...["-e", this.path("/log/nginx"), "-g", "daemon off;"],
    ]);
    const stop = async () => {
      await nginx.stop();
      await gunicorn.stop();
    };
    return { port, log: () => gunicorn.log(), stop };
  }

  /** gunicorn as the guide's unit starts it, at a port of its own besides. */
  async gunicorn(env: Record<string, string> = {}, application?: string): Promise<Running> {
    const port = await freePort();
    const unit = this.placed("/etc/systemd/system/hgscim-web.service");
    const [, line = ""] = /^ExecStart=(.*)$/m.exec(unit) ?? [];
    const command = line
      // all that starts has started when one has answered
      .replace("--workers 2", "--workers 1")
      .replace("--bind", `--bind 127.0.0.1:${port} --bind`)
      .replace(/'[^']*Application[^']*'$/, (said) => (application ? `'${application}'` : said));
    const as = user ? ["runuser", "-u", user, "--"] : [];
    const [program = "", ...args] = [...as, "sh", "-c", `exec ${command}`];
    return this.#running(port, "gunicorn", program, args, env);
  }

  /** `hg serve` by hand, by whoever has a shell on the host. */
  async hgServe(hgrc: string | undefined, ...args: string[]): Promise<Running> {
    const port = await freePort();
    const serve = ["serve", "--address", "127.0.0.1", "--port", String(port), ...args];
    const env = { HGRCPATH: hgrc === undefined ? "" : this.path(hgrc) };
    return this.#running(port, "serve", "hg", serve, env);
  }

  async end(): Promise<void> {
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #running(
    port: number,
    name: string,
    program: string,
    args: string[],
    env: Record<string, string> = {},
  ): Promise<Running> {
    const file = this.path("/log", name);
    const begin = existsSync(file) ? readFileSync(file).length : 0;
    const log = openSync(file, "a");
    const child = spawn(program, args, {
      stdio: ["ignore", log, log],
      cwd: this.path("/srv/hg"),
      env: {
        PATH: `${dirname(this.#python)}:/usr/sbin:/usr/bin:/bin`,
        TMPDIR: this.path("/tmp"),
        PYTHONDONTWRITEBYTECODE: "1",
        ...env,
      },
    });
    closeSync(log);
    const said = () => readFileSync(file).subarray(begin).toString();
    await answers(port, child, said);
    return { port, log: said, stop: () => stop(child) };
  }
}

/** Waits until somebody answers, whatever it is; the test's own timeout is the bound. */
async function answers(port: number, child: ChildProcess, log: () => string): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended: ${log()}`);
    const socket = connect(port, "127.0.0.1");
    const isThere = await new Promise((resolve) => {
      socket.once("connect", () => socket.write("GET / HTTP/1.0\r\n\r\n"));
      socket.once("data", () => resolve(true)).once("close", () => resolve(false));
      socket.once("error", () => resolve(false));
    });
    socket.destroy();
    if (isThere) return;
    await sleep(20);
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "exit");
}
