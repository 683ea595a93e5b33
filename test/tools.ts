/** The programs that the tests run and npm does not bring: installed where that is allowed, else named. */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureMercurial } from "../cli/quickstart/host/install.ts";

const mercurial = await ensureMercurial(console.log);
if (mercurial.ok) console.log(`Mercurial ${mercurial.value.version}`);
else fail(mercurial.error);

const sources = spawnSync("node_modules/.bin/tsx", ["test/agent/mercurial/source.ts"], { encoding: "utf8" });
if (sources.status === 0) console.log(sources.stdout.trim());
else fail(sources.stderr.trim());

const terraform = spawnSync("terraform", ["version", "-json"], { encoding: "utf8" });
if (terraform.status === 0) console.log(`Terraform ${JSON.parse(terraform.stdout).terraform_version}`);
else fail("Terraform is not installed (see https://developer.hashicorp.com/terraform/install)");

const openssl = spawnSync("openssl", ["version"], { encoding: "utf8" });
if (openssl.status === 0) console.log(openssl.stdout.trim());
else fail("openssl is not on the PATH (expected OpenSSL 3: the tests check our certificates with it)");

/** Servers that the tests start for themselves, and the browser: by which file each is known, and Debian's packages of it. */
const servers: [name: string, file: string, packages: string[]][] = [
  ["PostgreSQL", "/usr/lib/postgresql", ["postgresql"]],
  ["Apache with mod_wsgi", "/usr/lib/apache2/modules/mod_wsgi.so", ["apache2", "libapache2-mod-wsgi-py3"]],
  ["nginx", "/usr/sbin/nginx", ["nginx"]],
  ["gunicorn", "/usr/bin/gunicorn", ["gunicorn"]],
  ["OpenSSH's server", "/usr/sbin/sshd", ["openssh-server"]],
  ["Chromium", "/usr/bin/chromium", ["chromium"]],
  ["OpenSSH's client", "/usr/bin/ssh", ["openssh-client"]],
];
const apt = (...args: string[]) => aptIn(".", ...args);
const aptIn = (cwd: string, ...args: string[]) =>
  spawnSync("apt-get", args, {
    cwd,
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    stdio: ["ignore", "ignore", "inherit"],
  });
for (const [name, file, packages] of servers) {
  if (!existsSync(file) && process.getuid?.() === 0) {
    apt("install", "-y", ...packages);
    // the package lists of a fresh machine may be old or absent
    if (!existsSync(file) && apt("update").status === 0) apt("install", "-y", ...packages);
  }
  if (existsSync(file)) console.log(name);
  else fail(`${name} is missing (as root: apt-get install -y ${packages.join(" ")})`);
}

// of Debian's prometheus nothing but the checker: the package would start a server, and takes 96 MB
const ownPromtool = "/usr/local/bin/promtool";
const hasPromtool = () => [ownPromtool, "/usr/bin/promtool"].some((file) => existsSync(file));
if (!hasPromtool() && process.getuid?.() === 0) {
  if (!takePromtool() && apt("update").status === 0) takePromtool();
}
if (hasPromtool()) console.log("promtool");
else fail("promtool is missing (as root: apt-get install -y prometheus, or its promtool alone)");

/** Takes it out of the package; answers whether it is there then. */
function takePromtool(): boolean {
  const folder = mkdtempSync(join(tmpdir(), "hgscim-promtool-"));
  aptIn(folder, "download", "-o", "APT::Sandbox::User=root", "prometheus");
  const [file] = readdirSync(folder);
  if (file) {
    spawnSync("dpkg-deb", ["--extract", file, "all"], { cwd: folder });
    copyFileSync(join(folder, "all/usr/bin/promtool"), ownPromtool);
  }
  rmSync(folder, { recursive: true });
  return hasPromtool();
}

function fail(message: string): void {
  console.error(message);
  process.exitCode = 1;
}
