/** What sshd does with who logs in as the hosts's unix user, by its own words (`sshd -T`), and what the lines of keys let them do. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fail, ok, type Result } from "../../model/result.ts";
import { type HostFinding, unchecked, well, wrong } from "./finding.ts";
import { isRoot, runHere } from "./run.ts";

export interface SshSettings {
  /** Whom people log in as. */
  readonly user: string;
  /** sshd's configuration, where it is not the system's. */
  readonly file?: string | undefined;
}

/** One directive of `sshd -T`, and what it must be for the unix user. */
interface Wanted {
  readonly directive: string;
  readonly is: RegExp;
  readonly expected: string;
}

const wanted: readonly Wanted[] = [
  { directive: "authorizedkeyscommand", is: /\/hgscim-ssh-keys /, expected: "hgscim-ssh-keys … %t %k %u" },
  {
    directive: "authorizedprincipalscommand",
    is: /\/hgscim-ssh-principals /,
    expected: "hgscim-ssh-principals … %i %u (above AuthorizedKeysCommand, or OpenSSH 9.2 drops it)",
  },
  { directive: "authenticationmethods", is: /^publickey$/, expected: "publickey" },
  { directive: "disableforwarding", is: /^yes$/, expected: "yes" },
  { directive: "permittty", is: /^no$/, expected: "no" },
  { directive: "permituserrc", is: /^no$/, expected: "no" },
  { directive: "permituserenvironment", is: /^no$/, expected: "no" },
];

const mend = "write /etc/ssh/sshd_config.d/hgscim.conf as docs/ssh.md has it, sshd -t, and reload sshd";

/** The directives of `sshd -T` for the unix user, each with its values; wants root. */
function sshdSays({ user, file }: SshSettings): Result<Map<string, string[]>, string> {
  const of = file === undefined ? [] : ["-f", file];
  const ran = runHere("/usr/sbin/sshd", ["-T", "-C", `user=${user},host=localhost,addr=127.0.0.1`, ...of]);
  if (ran.code !== 0) return fail(ran.stderr.trim().split("\n")[0] ?? "");
  const said = new Map<string, string[]>();
  for (const line of ran.stdout.split("\n")) {
    const [, name = "", value = ""] = /^(\S+) ?(.*)$/.exec(line) ?? [];
    said.set(name, [...(said.get(name) ?? []), value]);
  }
  return ok(said);
}

/** The configuration by which people are served over SSH; undefined where nobody can tell. */
export function configurationOfSsh(settings: SshSettings): string | undefined {
  if (!isRoot()) return undefined;
  const said = sshdSays(settings);
  const command = said.ok ? said.value.get("authorizedkeyscommand")?.[0] : undefined;
  return command && / --config (\S+)/.exec(command)?.[1];
}

/** sshd's effective configuration for the unix user; wants root. */
export function checkSshd({ user, file }: SshSettings): HostFinding[] {
  const check = `sshd, for ${user}`;
  if (!isRoot()) return [unchecked(check, "not checked (expected root)")];
  const ran = sshdSays({ user, file });
  if (!ran.ok) return [wrong(check, ran.error, "a configuration that sshd takes", "sshd -t says more")];
  const said = ran.value;
  const settingOf = (name: string) => (said.get(name) ?? []).join(" ");
  const findings = wanted
    .filter(({ directive, is }) => !is.test(settingOf(directive)))
    .map(({ directive, expected }) =>
      wrong(check, `${directive} ${settingOf(directive) || "is not set"}`, expected, mend),
    );
  const environment = settingOf("setenv");
  if (!/HGRCPATH=\//.test(environment) || !/HGRCSKIPREPO=1/.test(environment))
    findings.push(
      wrong(
        check,
        `setenv ${environment || "is not set"}`,
        "HGRCPATH=… HGRCSKIPREPO=1, over what a client sends",
        mend,
      ),
    );
  findings.push(...checkKeyFiles(check, user, said.get("authorizedkeysfile") ?? []));
  return findings.length > 0
    ? findings
    : [well(check, "hgscim's programs, keys and principals; nothing else")];
}

/** A line of a key that sshd takes besides hgscim's own. */
function checkKeyFiles(check: string, user: string, values: readonly string[]): HostFinding[] {
  const names = values.flatMap((value) => value.split(" ")).filter((name) => name !== "none");
  const home = runHere("getent", ["passwd", user]).stdout.split(":")[5] ?? "/";
  return names
    .map((name) => name.replaceAll("%h", home).replaceAll("%u", user).replaceAll("%%", "%"))
    .map((name) => (name.startsWith("/") ? name : join(home, name)))
    .filter((path) => existsSync(path))
    .flatMap((path) =>
      readFileSync(path, "utf8")
        .split("\n")
        .map((line, i) => ({ at: `${path}:${i + 1}`, line: line.trim() }))
        .filter(({ line }) => line !== "" && !line.startsWith("#"))
        .filter(({ line }) => !isHeld(line))
        .map(({ at }) =>
          wrong(
            check,
            `${at}: a key without restrict and hgscim-ssh as its command`,
            'restrict,command="…/hgscim-ssh ACCOUNT"',
            "remove the line: keys are in the access file, or in [hgscim] keys (AuthorizedKeysFile none)",
          ),
        ),
    );
}

/** Whether a line of a key lets its holder do nothing but be served as an account. */
function isHeld(line: string): boolean {
  const [options = ""] = /^(?:"(?:\\.|[^"\\])*"|[^"\s])+/.exec(line) ?? [];
  const [, command = ""] = /(?:^|,)command="([^"\\]*)"/.exec(options) ?? [];
  return (
    /(^|,)restrict(,|$)/.test(options) &&
    /^\/\S*\/hgscim-ssh( --config \S+)? [a-z0-9][a-z0-9._@+-]*$/.test(command)
  );
}
