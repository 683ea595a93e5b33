/** The programs that the tests run and npm does not bring: installed where that is allowed, else named. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { ensureMercurial } from "../dist/cli/quickstart/host/install.js";

const mercurial = await ensureMercurial(console.log);
if (mercurial.ok) console.log(`Mercurial ${mercurial.value.version}`);
else fail(mercurial.message);

const sources = spawnSync("node_modules/.bin/tsx", ["test/agent/mercurial/source.ts"], { encoding: "utf8" });
if (sources.status === 0) console.log(sources.stdout.trim());
else fail(sources.stderr.trim());

const terraform = spawnSync("terraform", ["version", "-json"], { encoding: "utf8" });
if (terraform.status === 0) console.log(`Terraform ${JSON.parse(terraform.stdout).terraform_version}`);
else fail("Terraform is not installed (see https://developer.hashicorp.com/terraform/install)");

const openssl = spawnSync("openssl", ["version"], { encoding: "utf8" });
if (openssl.status === 0) console.log(openssl.stdout.trim());
else fail("openssl is not on the PATH (expected OpenSSL 3: the tests check our certificates with it)");

// the tests start servers of their own
haveInstalled("PostgreSQL", "postgresql", "/usr/lib/postgresql");
haveInstalled("OpenSSH's server", "openssh-server", "/usr/sbin/sshd");
haveInstalled("OpenSSH's client", "openssh-client", "/usr/bin/ssh");

/** Has a package of Debian's, which is there where a path of it is. */
function haveInstalled(name, debian, path) {
  const apt = (...args) =>
    spawnSync("apt-get", args, {
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
      stdio: ["ignore", "ignore", "inherit"],
    });
  if (!existsSync(path) && process.getuid?.() === 0) {
    apt("install", "-y", debian);
    // the package lists of a fresh machine may be old or absent
    if (!existsSync(path) && apt("update").status === 0) apt("install", "-y", debian);
  }
  if (existsSync(path)) console.log(name);
  else fail(`${name} is missing: apt-get install ${debian}`);
}

function fail(message) {
  console.error(message);
  process.exitCode = 1;
}
