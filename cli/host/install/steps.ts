/** What is to be done once the files are there: by a person, or by `--start`. */
import { existsSync } from "node:fs";
import { isEnforcing } from "./files.ts";
import type { Beside } from "./found.ts";
import type { Settings } from "./settings.ts";

/** A command, or what a person does. */
export interface NextStep {
  readonly command: readonly string[];
  readonly why: string;
  /** Nobody but a person can tell when, or with what. */
  readonly isByHand?: true;
  /** Nothing is started before it is done: the web server would not start again, with any of its sites. */
  readonly isFirst?: true;
}

/**
 * The steps in their order.
 *
 * @param at where a path of the host is
 * @param owner whose the repositories are now, where that is known
 */
export function stepsOf(
  settings: Settings,
  beside: readonly Beside[],
  at: (path: string) => string,
  owner: string | undefined,
): NextStep[] {
  const { web, ssh, user, root } = settings;
  const byHand = (why: string, ...command: string[]): NextStep => ({ command, why, isByHand: true });
  const step = (why: string, ...command: string[]): NextStep => ({ command, why });
  const old = isEnforcing(settings) ? beside : [];
  return [
    ...(web === "none" ? [] : wantedFiles(settings))
      .filter(({ path }) => !existsSync(at(path)))
      .map(
        ({ path, mode, group, what }): NextStep => ({
          ...byHand(`${what} is not there yet`, "install", "-m", mode, "-g", group, "FILE", path),
          isFirst: true,
        }),
      ),
    ...old.map(({ at: place, file }) => byHand(`served without hgscim by ${place}`, ...disabled(file))),
    ...(isEnforcing(settings) && owner !== undefined && owner !== user
      ? [
          byHand(
            `the repositories belong to ${owner}, and ${user} writes to them`,
            "chown",
            "-R",
            `${user}:${user}`,
            root,
          ),
        ]
      : []),
    step("the units are read", "systemctl", "daemon-reload"),
    step("the agent starts with the host", "systemctl", "enable", "hgscim"),
    step("the agent runs", "systemctl", "restart", "hgscim"),
    ...webSteps[web].map(([why, ...command]) => step(why, ...command)),
    ...(ssh
      ? [
          step("sshd's configuration is whole", "/usr/sbin/sshd", "-t"),
          step("sshd takes it", "systemctl", "reload", "ssh"),
        ]
      : []),
    byHand("what the agent does not do yet", "npx", "hgscim", "agent", "ready", ...config),
    ...(isEnforcing(settings)
      ? [
          byHand(
            "nobody gets in but by the agent's word",
            "npx",
            "hgscim",
            "host",
            "check",
            ...config,
            ...checked(settings),
          ),
        ]
      : []),
  ];
}

const config = ["--config", "/etc/hgscim/agent.yaml"];

/** From where it is tried to get in. */
const checked = ({ web, ssh, server, user, path }: Settings) => [
  ...(web === "none" ? [] : ["--url", `https://${server}${path.replace(/\/?$/, "/")}`]),
  ...(ssh ? ["--ssh", `${user}@${server}`] : []),
];

/** What an administrator brings, and who may read it. */
const wantedFiles = ({ certificate, key, passwords }: Settings) => [
  { path: certificate, mode: "0644", group: "root", what: "the certificate" },
  { path: key, mode: "0600", group: "root", what: "its key" },
  { path: passwords, mode: "0640", group: "www-data", what: "the file of passwords" },
];

const webSteps: Readonly<Record<Settings["web"], readonly (readonly [string, ...string[]])[]>> = {
  none: [],
  apache: [
    ["what the site needs of Apache", "a2enmod", "ssl", "wsgi", "proxy", "proxy_http"],
    ["the site is on", "a2ensite", "hgscim"],
    ["Apache's configuration is whole", "apachectl", "configtest"],
    ["Apache takes it", "systemctl", "restart", "apache2"],
  ],
  nginx: [
    ["the site is on", "ln", "-sf", "../sites-available/hgscim", "/etc/nginx/sites-enabled/hgscim"],
    ["what serves repositories starts with the host", "systemctl", "enable", "hgscim-web"],
    ["what serves repositories runs", "systemctl", "restart", "hgscim-web"],
    ["nginx's configuration is whole", "nginx", "-t"],
    ["nginx takes it", "systemctl", "reload", "nginx"],
  ],
};

/** How a site of Debian's is taken off. */
function disabled(file: string): string[] {
  const [, kind, name] = /^\/etc\/apache2\/(sites|conf)-enabled\/(.+?)(?:\.conf)?$/.exec(file) ?? [];
  if (kind && name) return [kind === "sites" ? "a2dissite" : "a2disconf", name];
  return file.startsWith("/etc/nginx/sites-enabled/") ? ["rm", file] : ["edit", file];
}
