/** Who on the host may do what, and no more: asked of the system as each user, see the table in docs/host-check.md. */
import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { AgentConfig } from "../../agent/config.ts";
import { defaultSocket } from "../../api/local-socket.ts";
import { type HostFinding, unchecked, well, wrong } from "./finding.ts";
import { isRoot, runAs, userOf } from "./run.ts";

type Right = "read" | "write" | "enter";

/** What one user may, or may not, do with a file or folder. */
interface Rule {
  readonly right: Right;
  readonly path: string;
  readonly what: string;
  readonly may: boolean;
  readonly mend: string;
}

export interface HostUsers {
  /** Who runs the agent: the owner of the store. */
  readonly agent: string | undefined;
  /** Who serves the repositories: their owner. */
  readonly hg: string | undefined;
}

const flags: Readonly<Record<Right, string>> = { read: "-r", write: "-w", enter: "-x" };

/** Who owns the store, and who the repositories. */
export function hostUsers({ data, repositories }: Pick<AgentConfig, "data" | "repositories">): HostUsers {
  const ownerOf = (path: string) => {
    const found = statSync(path, { throwIfNoEntry: false });
    return found && userOf(found.uid);
  };
  return { agent: ownerOf(data), hg: ownerOf(repositories) };
}

export interface GuardedPlaces {
  readonly config: AgentConfig;
  /** agent.yaml. */
  readonly configFile: string;
  readonly hgrc: string;
  readonly installed: string;
  /** Names below the root. */
  readonly repositories: readonly string[];
}

/** Asks the system about each line of the table, as each user. */
export function checkPrivileges(places: GuardedPlaces, { agent, hg }: HostUsers): HostFinding[] {
  const check = "least privilege";
  if (!isRoot()) return [unchecked(check, "not checked (expected root)")];
  if (agent === undefined || hg === undefined)
    return [unchecked(check, "not checked (expected an owner of the store, and of the repositories)")];
  if (agent === hg)
    return [
      wrong(
        check,
        `${agent} runs the agent and serves the repositories`,
        "two users: who serves pushes could otherwise give access",
        "give the agent a user of its own (docs/agent.md)",
      ),
    ];
  return [
    ...checkUser(agent, "the agent", rulesOfAgent(places)),
    ...checkUser(hg, "the web server and SSH", rulesOfHg(places)),
    ...checkUser("nobody", "anybody else", rulesOfOthers(places)),
  ];
}

function rulesOfAgent({ config, hgrc, installed, repositories }: GuardedPlaces): Rule[] {
  const mend = "the repositories are of the user hg, and others may list their folders alone";
  return [
    ...may(
      "read",
      { "the root of the repositories": config.repositories },
      "chmod o+rx, or a group: the agent lists them",
    ),
    ...mayNot("write", { "the root of the repositories": config.repositories }, mend),
    ...repositories.flatMap((name) =>
      mayNot("write", { [`repository ${name}`]: join(config.repositories, name, ".hg") }, mend),
    ),
    ...mayNot(
      "write",
      { "the host's configuration": hgrc, "the programs": installed },
      "chown root, chmod go-w",
    ),
  ];
}

function rulesOfHg({ config, configFile, hgrc, installed }: GuardedPlaces): Rule[] {
  const own = "it is the agent's alone: chmod 0700, or 0600 for a file";
  return [
    ...may(
      "read",
      { "the access file": config.access, "the host's configuration": hgrc },
      "give the access file's folder the group of hg (docs/agent.md, On the host)",
    ),
    ...mayNot(
      "write",
      { "the access file": config.access, "its folder": dirname(config.access) },
      "the folder has mode 2750, the file 0640, and both are the agent's",
    ),
    ...mayNot("read", { "the store": config.data }, own),
    ...mayNot("enter", { "the store": config.data }, own),
    ...mayNot("write", { "agent.yaml": configFile }, "chown root, chmod go-w"),
    ...mayNot("write", { "the socket": config.socket ?? defaultSocket(config.data) }, own),
    ...mayNot(
      "write",
      { "the host's configuration": hgrc, "its folder": dirname(hgrc), "the programs": installed },
      "chown root, chmod go-w",
    ),
    ...mayNot("read", keysOf(config), own),
  ];
}

function rulesOfOthers({ config }: GuardedPlaces): Rule[] {
  const closed = "chmod o-rwx";
  return [
    ...mayNot(
      "read",
      { "the access file": config.access, "the store": config.data, ...keysOf(config) },
      closed,
    ),
    ...mayNot("write", { "the root of the repositories": config.repositories }, closed),
  ];
}

/** The private keys of the agent's listeners. */
function keysOf({ scim, admin }: AgentConfig): Record<string, string> {
  return Object.fromEntries(
    Object.entries({ scim, admin }).flatMap(([listener, { tls }]) =>
      typeof tls === "object" ? [[`the key of ${listener}`, tls.key]] : [],
    ),
  );
}

const rules =
  (isAllowed: boolean) =>
  (right: Right, paths: Readonly<Record<string, string>>, mend: string): Rule[] =>
    Object.entries(paths).map(([what, path]) => ({ right, path, what, may: isAllowed, mend }));
const may = rules(true);
const mayNot = rules(false);

/** One line a user where all is well, and one for each rule that is not kept. */
function checkUser(user: string, role: string, all: readonly Rule[]): HostFinding[] {
  const check = `${user} (${role})`;
  const asked = all.filter(({ path, may }) => may || existsSync(path));
  const words = asked.flatMap(({ right, path }) => [flags[right], path]);
  // by the system's own answer for that user (faccessat), with its groups
  const script = 'while [ $# -gt 0 ]; do if [ "$1" "$2" ]; then echo 1; else echo 0; fi; shift 2; done';
  const ran = runAs(user, "sh", ["-c", script, "sh", ...words]);
  const answers = ran.stdout.trim().split("\n");
  if (ran.code !== 0 || answers.length !== asked.length)
    return [unchecked(check, `not checked: ${ran.stderr.trim().split("\n")[0]}`)];
  const broken = asked.filter(({ may }, i) => (answers[i] === "1") !== may);
  if (broken.length === 0)
    return [well(check, `may do what it has to, and no more (${asked.length} checks)`)];
  return broken.map(({ right, path, what, may, mend }) =>
    wrong(check, `${may ? "cannot" : "can"} ${right} ${what} ${path}`, `it ${may ? "can" : "cannot"}`, mend),
  );
}
