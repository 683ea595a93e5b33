/** What an SSH login of a Mercurial host is answered: to a key of nobody, to a shell's command, and to an account that may not read. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Probe } from "../../api/contract.ts";
import { type HostFinding, open, unchecked, well, wrong } from "./finding.ts";
import { type HostRun, runHere } from "./run.ts";

export interface Login {
  /** `user@host`. */
  readonly destination: string;
  readonly port: number;
  readonly repository: string;
  /** Known hosts, where they are neither this host's own keys nor those of whoever checks. */
  readonly knownHosts?: string | undefined;
  /** Who may read nothing, by a private key, and what the agent marks their refusals with. */
  readonly as?:
    | { readonly account: string; readonly key: string; readonly probe: Pick<Probe, "nonce"> }
    | undefined;
}

const dropin = "write sshd's drop-in as docs/ssh.md has it";

/** Logs in over SSH; no login changes anything. */
export function checkLogin(login: Login): HostFinding[] {
  const folder = mkdtempSync(join(tmpdir(), "hgscim-check-"));
  try {
    const own = join(folder, "known_hosts");
    writeFileSync(own, ownKeys());
    const { knownHosts } = login;
    return loggedIn({
      ...login,
      known: knownHosts
        ? [`UserKnownHostsFile=${knownHosts}`, "GlobalKnownHostsFile=/dev/null"]
        : [`UserKnownHostsFile=${own} ~/.ssh/known_hosts`],
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const hostKeys = "/etc/ssh";

/** The keys that this host itself shows: it is the one that is looked at, by whatever name. */
function ownKeys(): string {
  try {
    return readdirSync(hostKeys)
      .filter((name) => /^ssh_host_\w+_key\.pub$/.test(name))
      .map((name) => `* ${readFileSync(join(hostKeys, name), "utf8").trim()}\n`)
      .join("");
  } catch {
    return "";
  }
}

interface Knowing extends Login {
  /** ssh's options by which it knows the host. */
  readonly known: readonly string[];
}

function loggedIn(login: Knowing): HostFinding[] {
  const at = (what: string) => `ssh ${login.destination}:${login.port}: ${what}`;
  const { as } = login;
  return [
    stranger(login, at("a key of nobody")),
    ...(as
      ? [
          marked(login, as, at(`${as.account}, who may not read`)),
          shell(login, as.key, at("a shell's command")),
        ]
      : [unchecked(at("the extension's own refusal"), "not checked (expected --ssh-as ACCOUNT:KEYFILE)")]),
  ];
}

function ssh({ destination, port, known }: Knowing, key: string, command: string): HostRun {
  const options = [
    ...["BatchMode=yes", "IdentitiesOnly=yes", "IdentityAgent=none", "ConnectTimeout=20", "LogLevel=ERROR"],
    ...["PreferredAuthentications=publickey", "ControlPath=none"],
    ...known,
  ];
  const words = options.flatMap((option) => ["-o", option]);
  return runHere("ssh", ["-F", "none", "-i", key, "-p", String(port), ...words, destination, command], {
    // an empty input ends a session that is served
    env: { HOME: process.env.HOME ?? "/" },
  });
}

/** What mends a login that has not come as far as sshd's answer. */
const unknownHost = ({ stderr }: HostRun) =>
  /Host key verification failed/.test(stderr)
    ? "give --known-hosts a file with the key that this host shows, or correct --ssh"
    : undefined;

const asked = (repository: string) => `hg -R '${repository.replaceAll("'", "'\\''")}' serve --stdio`;

const told = ({ stdout, stderr }: HostRun) =>
  (stderr.trim() || stdout.trim() || "nothing").split("\n")[0]?.slice(0, 300) ?? "";

/** A key that was made a moment ago. */
function stranger(login: Knowing, check: string): HostFinding {
  const folder = mkdtempSync(join(tmpdir(), "hgscim-check-"));
  try {
    const key = join(folder, "key");
    runHere("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key]);
    const ran = ssh(login, key, asked(login.repository));
    if (/Permission denied/.test(ran.stderr)) return well(check, "refused by sshd");
    const isServed = ran.code === 0;
    return (isServed ? open : wrong)(
      check,
      `${isServed ? "IS LET IN: " : ""}${told(ran)}`,
      "sshd refuses it: Permission denied",
      isServed
        ? `stop sshd for this user, and ${dropin}`
        : (unknownHost(ran) ?? "start sshd, or correct --ssh"),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The agent's nonce in a refusal proves that the key's line, the forced command and the extension did it. */
function marked(
  login: Knowing,
  { account, key, probe }: NonNullable<Login["as"]>,
  check: string,
): HostFinding {
  const ran = ssh(login, key, asked(login.repository));
  const expected = `the extension's refusal, "${account} may not read", with the agent's mark`;
  if (ran.code !== 0 && ran.stderr.includes(`(probe ${probe.nonce})`))
    return well(check, "refused by the extension, with the agent's mark");
  return wrong(check, `${ran.code === 0 ? "IS SERVED: " : ""}${told(ran)}`, expected, mendOf(ran, account));
}

function mendOf({ code, stderr }: HostRun, account: string): string {
  if (code === 0)
    return `give --ssh-as an account that may read nothing; if ${account} may not read it, the host is OPEN: stop sshd for this user`;
  if (/there is no repository/.test(stderr)) return "give --ssh-as an account that may read nothing";
  if (/by hgscim-ssh alone/.test(stderr))
    return `the key's line has another command than hgscim-ssh: ${dropin}`;
  if (/Permission denied/.test(stderr))
    return `the access file has no such key of ${account}, or ${account} is not active; or ${dropin}`;
  if (/may not read/.test(stderr)) return "[hgscim] access names another file than the agent's";
  return unknownHost({ code, stdout: "", stderr }) ?? "mend what the sentence says (docs/ssh.md)";
}

function shell(login: Knowing, key: string, check: string): HostFinding {
  const ran = ssh(login, key, "id");
  return /this account is for hg alone/.test(ran.stderr)
    ? well(check, "refused by hgscim-ssh")
    : (ran.code === 0 ? open : wrong)(
        check,
        `${ran.code === 0 ? "IS RUN: " : ""}${told(ran)}`,
        "this account is for hg alone",
        unknownHost(ran) ?? `the key's line has the forced command hgscim-ssh: ${dropin}`,
      );
}
