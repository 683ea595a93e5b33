/** What an installation lays onto the host, in the order in which it does: whatever is not finished yet lets nobody in. */
import { readdirSync, readFileSync } from "node:fs";
import { packageFile } from "../../../model/package.ts";
import { proxySecretFile, tokenFile } from "./secrets.ts";
import type { Settings } from "./settings.ts";
import { rendered } from "./template.ts";

/** A folder or a file that there is to be. */
export interface PlannedPlace {
  readonly path: string;
  readonly mode: number;
  readonly owner: string;
  readonly group: string;
}

export interface PlannedFile extends PlannedPlace {
  readonly content: string;
  /** What is printed in its place: secrets are not, and copies are in the package. */
  readonly shown?: string;
  /** Whatever it holds stays. */
  readonly isMadeOnce?: true;
}

/** What a host makes for itself, or a sentence in its place. */
export interface HostSecrets {
  /** By role. */
  readonly tokens: Readonly<Record<string, string>>;
  /** Of each token, by role. */
  readonly hashes: Readonly<Record<string, string>>;
  readonly proxySecret: string;
}

const accessFolder = "/run/hgscim";
const config = "/etc/hgscim/hgweb.config";
const program = "/usr/share/hgscim";
const agent = "hgscim";

const root = (path: string, mode: number): PlannedPlace => ({ path, mode, owner: "root", group: "root" });
const secret = { shown: "(a secret, which is made once and never printed)\n", isMadeOnce: true } as const;

/** Whether anything is put in front of the repositories, or the agent alone is laid down. */
export const isEnforcing = ({ web, ssh }: Settings): boolean => web !== "none" || ssh;

/** The folders, each after those that it lies in. */
export function foldersOf(settings: Settings): PlannedPlace[] {
  const own = (path: string): PlannedPlace => ({ path, mode: 0o700, owner: agent, group: agent });
  const packages = ["", "/hgscim", "/hgscim_host", "/bin"].map((name) => root(`${program}${name}`, 0o755));
  return [
    root("/etc/hgscim", 0o755),
    root("/etc/hgscim/tokens", 0o700),
    own("/etc/hgscim/secrets"),
    own("/var/lib/hgscim"),
    { path: accessFolder, mode: 0o2750, owner: agent, group: settings.user },
    ...(isEnforcing(settings) ? packages : []),
  ];
}

/**
 * The files. First what changes nothing for anybody: the agent, and the code inside Mercurial. Then what closes: Mercurial's
 * own configuration, with its deny lines. Then what lets in as the access file says.
 *
 * @param command the line by which systemd starts hgscim
 */
export function filesOf(settings: Settings, secrets: HostSecrets, command: string): PlannedFile[] {
  const { environment, contact, user, path, server, certificate, key, passwords } = settings;
  const values = { environment, contact, user, path, server, certificate, key, passwords, config };
  const all: Readonly<Record<string, string>> = {
    ...values,
    ...secrets.hashes,
    root: settings.root,
    access: `${accessFolder}/access.db`,
    accessFolder,
    program: command,
    proxySecret: secrets.proxySecret,
  };
  const file = (path: string, place: Partial<PlannedPlace> = {}, ...parts: string[]): PlannedFile => ({
    ...root(path, 0o644),
    ...place,
    content: [path, ...parts.map((part) => `${path}.${part}`)].map((one) => rendered(one, all)).join("\n"),
  });
  const hidden = rendered("/etc/hgscim/proxy-header.conf", { proxySecret: "(a secret)" });
  const nginx = settings.web === "nginx";
  const proxy: PlannedFile[] = [
    {
      path: proxySecretFile,
      mode: 0o640,
      owner: "root",
      group: user,
      content: `${secrets.proxySecret}\n`,
      ...secret,
    },
    { ...file("/etc/hgscim/proxy-header.conf", { mode: 0o600 }), shown: hidden },
    file("/etc/systemd/system/hgscim-web.service"),
  ];
  const apache = [
    file("/etc/hgscim/hgscim.wsgi"),
    file("/etc/systemd/system/apache2.service.d/hgscim.conf"),
    file("/etc/apache2/sites-available/hgscim.conf"),
  ];
  const parts = [...(nginx ? ["nginx"] : []), ...(settings.ssh && user !== "hg" ? ["ssh"] : [])];
  return [
    ...Object.entries(secrets.tokens).map(([role, token]) => ({
      ...root(tokenFile(role), 0o600),
      content: `${token}\n`,
      ...secret,
    })),
    file("/etc/hgscim/agent.yaml", { mode: 0o640, group: agent }),
    file("/etc/tmpfiles.d/hgscim.conf"),
    file("/etc/systemd/system/hgscim.service"),
    ...(isEnforcing(settings) ? packageFiles() : []),
    ...(isEnforcing(settings) ? [file("/etc/mercurial/hgrc.d/hgscim.rc"), file(config, {}, ...parts)] : []),
    ...(settings.web === "apache" ? apache : []),
    ...(nginx ? [...proxy, file("/etc/nginx/sites-available/hgscim")] : []),
    ...(settings.ssh ? [file("/etc/ssh/sshd_config.d/hgscim.conf")] : []),
  ];
}

/** What runs inside Mercurial, and what sshd starts. */
function packageFiles(): PlannedFile[] {
  const copy = (name: string, mode: number): PlannedFile => {
    const source = packageFile(`agent/mercurial/${name}`);
    return {
      ...root(`${program}/${name}`, mode),
      content: readFileSync(source, "utf8"),
      shown: `(a copy of ${source})\n`,
    };
  };
  return [
    copy("COPYING", 0o644),
    ...["hgscim", "hgscim_host", "bin"].flatMap((folder) =>
      readdirSync(packageFile(`agent/mercurial/${folder}`), { withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ name }) => copy(`${folder}/${name}`, folder === "bin" ? 0o755 : 0o644))
        .sort((one, other) => (one.path < other.path ? -1 : 1)),
    ),
  ];
}
