/** `hgscim host check`: proves that nobody gets into a Mercurial host but by the extension and this agent's access file; changes nothing. */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Command } from "@commander-js/extra-typings";
import { type AgentConfig, loadAgentConfig } from "../../agent/config.ts";
import type { AdminClient } from "../../api/client.ts";
import type { Probe } from "../../api/contract.ts";
import { isAccountName } from "../../model/environment/subject.ts";
import { formatProblem } from "../../model/problem.ts";
import { systemReason } from "../../model/system-error.ts";
import { printable } from "../../report/words.ts";
import { localAgent } from "../agent/local.ts";
import { columns } from "../columns.ts";
import { exitCode } from "../exit-code.ts";
import { UsageError } from "../usage.ts";
import {
  checkCertificates,
  checkDisks,
  checkListing,
  checkPlanToken,
  checkRunningAgent,
} from "./agent-state.ts";
import {
  checkByHand,
  checkConfigured,
  checkPrograms,
  checkWsgi,
  type HostPlaces,
  readConfigured,
} from "./configuration.ts";
import { type HostFinding, wrong } from "./finding.ts";
import { checkFront, type Front } from "./front.ts";
import { checkPrivileges, hostUsers } from "./privileges.ts";
import { checkLogin } from "./session.ts";
import { checkSshd, configurationOfSsh, type SshSettings } from "./sshd.ts";

export const command = new Command("check")
  .description("prove that the Mercurial host is closed, and that this agent's access file is what opens it")
  .option("--config <file>", "the agent's configuration", "/etc/hgscim/agent.yaml")
  .option("--url <url...>", "where people reach the repositories over HTTP")
  .option(
    "--as <account:file>",
    "who asks there: an account that may read nothing, and the file of its password",
  )
  .option("--ca <file>", "the authority of the web server's certificate, PEM, where it is not a public one")
  .option("--ssh <user@host:port>", "where people reach the repositories over SSH")
  .option("--ssh-as <account:file>", "who asks there: an account that may read nothing, and its private key")
  .option("--repository <name>", "what they ask for; the first one found where it is left out")
  .option("--hgrc <file>", "the configuration of the web server's application", "/etc/hgscim/hgweb.config")
  .option("--wsgi <file>", "the WSGI file, which is looked at where there is one", "/etc/hgscim/hgscim.wsgi")
  .option("--programs <folder>", "where the extension and the application lie", "/usr/share/hgscim")
  .option("--user <name>", "who serves the repositories; the owner of their folder where it is left out")
  .option("--plan-token <file>", "the file of the token that plans are made with, which must not deploy")
  .option("--system-hgrc <file>", "what every hg of the host reads, where it is not in /etc/mercurial")
  .option("--sshd-config <file>", "sshd's configuration, where it is not the system's")
  .option(
    "--known-hosts <file>",
    "the keys of hosts that ssh takes, where they are neither this host's own nor the caller's",
  )
  .option("--json", "print it for machines")
  .action(
    exitCode(async ({ json = false, ...options }) => {
      const asked = askedFor(options);
      const loaded = await loadAgentConfig(options.config);
      if (!loaded.ok) {
        for (const problem of loaded.error) process.stderr.write(`${formatProblem(problem)}\n`);
        return 1;
      }
      const client = await localAgent({ config: options.config, socket: undefined });
      if (!client) return 1;
      const findings = await checkHost(asked, loaded.value, client);
      const failed = findings.filter(({ state }) => state === "wrong").length;
      process.stdout.write(
        json ? `${JSON.stringify({ well: failed === 0, findings }, null, 2)}\n` : `${tableOf(findings)}\n`,
      );
      return failed === 0 ? 0 : 1;
    }),
  );

interface CheckOptions {
  readonly config: string;
  readonly url?: string[] | undefined;
  readonly as?: string | undefined;
  readonly ca?: string | undefined;
  readonly ssh?: string | undefined;
  readonly sshAs?: string | undefined;
  readonly repository?: string | undefined;
  readonly hgrc: string;
  readonly wsgi: string;
  readonly programs: string;
  readonly user?: string | undefined;
  readonly planToken?: string | undefined;
  readonly systemHgrc?: string | undefined;
  readonly sshdConfig?: string | undefined;
  readonly knownHosts?: string | undefined;
}

/** What somebody asks as, and the text of the file that proves it, or the file itself. */
interface Credential {
  readonly account: string;
  readonly file: string;
}

interface AskedChecks extends Omit<CheckOptions, "url" | "as" | "ca" | "ssh" | "sshAs" | "planToken"> {
  readonly urls: readonly URL[];
  readonly as: (Credential & { readonly password: string }) | undefined;
  readonly ca: string | undefined;
  readonly ssh: { readonly user: string; readonly destination: string; readonly port: number } | undefined;
  readonly sshAs: Credential | undefined;
  /** The token itself. */
  readonly planToken: string | undefined;
}

/** @throws {UsageError} for options that are none */
function askedFor({ url = [], as, ca, ssh, sshAs, planToken, ...rest }: CheckOptions): AskedChecks {
  const web = as === undefined ? undefined : credential("--as", as);
  if (web && url.length === 0) throw new UsageError("--as asks at no address (expected --url)");
  if (sshAs !== undefined && ssh === undefined)
    throw new UsageError("--ssh-as asks at no host (expected --ssh)");
  return {
    ...rest,
    urls: url.map(address),
    as: web && { ...web, password: contentOf("--as", web.file).trim() },
    ca: ca === undefined ? undefined : contentOf("--ca", ca),
    ssh: ssh === undefined ? undefined : destination(ssh),
    sshAs: sshAs === undefined ? undefined : credential("--ssh-as", sshAs),
    planToken: planToken === undefined ? undefined : contentOf("--plan-token", planToken).trim(),
  };
}

function address(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "")
    throw new UsageError(
      `--url is "${text}" (expected such as https://hg.example.com/, without a name in it)`,
    );
  return url;
}

function destination(text: string): NonNullable<AskedChecks["ssh"]> {
  const [, user = "", host = "", port = "22"] =
    /^([a-z_][\w.-]*)@([A-Za-z0-9.-]+|\[[0-9a-f:]+\])(?::(\d{1,5}))?$/.exec(text) ?? [];
  if (user === "")
    throw new UsageError(`--ssh is "${text}" (expected such as hg@hg.example.com, or hg@host:2222)`);
  return { user, destination: `${user}@${host.replace(/^\[|\]$/g, "")}`, port: Number(port) };
}

function credential(option: string, text: string): Credential {
  const [, account = "", file = ""] = /^([^:]+):(.+)$/.exec(text) ?? [];
  if (!isAccountName(account))
    throw new UsageError(
      `${option} is "${text}" (expected an account and a file, such as probe:/root/probe-password)`,
    );
  return { account, file: resolve(file) };
}

function contentOf(option: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(`${option}: ${file}: ${systemReason(error)}`);
  }
}

/** How many repositories a stranger asks for at an address. */
const mostRepositories = 200;

/** Everything that can be looked at from here, in the order in which a person mends it. */
async function checkHost(
  asked: AskedChecks,
  config: AgentConfig,
  client: AdminClient,
): Promise<HostFinding[]> {
  const owners = hostUsers(config);
  const users = { ...owners, hg: asked.user ?? owners.hg };
  const listing = await checkListing(config, users.agent);
  const places = { installed: asked.programs, hgrc: resolve(asked.hgrc), user: users.hg };
  const configured = readConfigured(places);
  const repository = asked.repository ?? listing.names[0] ?? "hgscim-check";
  const others = listing.names.filter((name) => name !== repository).slice(0, mostRepositories);
  const isRead = "problem" in configured;
  const headers = isRead && configured.header ? [configured.header] : [];
  return [
    ...(await checkRunningAgent(client)),
    listing.finding,
    checkPrograms(places),
    ...(isRead ? checkConfigured(places, configured, config) : [configured]),
    ...(existsSync(asked.wsgi) ? [checkWsgi(places, resolve(asked.wsgi))] : []),
    checkByHand(
      { ...places, systemHgrc: asked.systemHgrc },
      listing.names[0] && join(config.repositories, listing.names[0]),
    ),
    ...(await atAddresses(asked, { repository, others, headers }, client)),
    ...(asked.ssh ? ofSshd({ user: asked.ssh.user, file: asked.sshdConfig }, places, config) : []),
    ...(await overSsh(asked, repository, client)),
    ...checkPrivileges(
      { ...places, config, configFile: resolve(asked.config), repositories: listing.names },
      users,
    ),
    checkPlanToken(config, asked.planToken),
    ...checkCertificates(config),
    ...checkDisks(config),
  ];
}

/** sshd's part, and the configuration that people are served by over SSH where it is another one. */
function ofSshd(sshd: SshSettings, places: HostPlaces, config: AgentConfig): HostFinding[] {
  const hgrc = configurationOfSsh(sshd);
  const own = { ...places, hgrc: hgrc ?? places.hgrc, user: sshd.user };
  if (own.hgrc === places.hgrc) return checkSshd(sshd);
  const configured = readConfigured(own);
  return [
    ...checkSshd(sshd),
    ...("problem" in configured ? checkConfigured(own, configured, config) : [configured]),
  ];
}

async function atAddresses(
  { urls, as, ca }: AskedChecks,
  what: Pick<Front, "repository" | "others" | "headers">,
  client: AdminClient,
): Promise<HostFinding[]> {
  const ask = async (probe?: Probe) => {
    const findings: HostFinding[] = [];
    for (const url of urls)
      findings.push(...(await checkFront({ url, ca, ...what, as: as && probe && { ...as, probe } })));
    return findings;
  };
  return as ? markedBy(client, as.account, ask) : ask();
}

async function overSsh(
  { ssh, sshAs, knownHosts }: AskedChecks,
  repository: string,
  client: AdminClient,
): Promise<HostFinding[]> {
  if (!ssh) return [];
  const login = { ...ssh, repository, knownHosts };
  const ask = async (probe?: Probe) =>
    checkLogin({ ...login, as: sshAs && probe && { account: sshAs.account, key: sshAs.file, probe } });
  return sshAs ? markedBy(client, sshAs.account, ask) : ask();
}

/** Asks while the agent has an account's refusals marked; without the mark where it does not. */
async function markedBy(
  client: AdminClient,
  account: string,
  ask: (probe?: Probe) => Promise<HostFinding[]>,
): Promise<HostFinding[]> {
  const probe = await client.probe(account);
  if (!probe.ok)
    return [
      wrong(
        "mark of the agent",
        probe.error.message,
        "the agent marks refusals",
        "run this as root, beside the agent",
      ),
      ...(await ask()),
    ];
  try {
    return await ask(probe.value);
  } finally {
    await client.endProbe(account);
  }
}

const words = { well: "ok", wrong: "WRONG", unchecked: "unknown" };

/** A line for each, with what is expected and how to mend it below those that are wrong, and last how many that are. */
function tableOf(findings: readonly HostFinding[]): string {
  const count = (state: HostFinding["state"]) => findings.filter((one) => one.state === state).length;
  const heads = columns(findings.map(({ check, state, found }) => [words[state], check, found]));
  const below = (label: string, text: string | undefined) =>
    text === undefined ? [] : [`${" ".repeat(10)}${label}: ${printable(text)}`];
  return [
    ...findings.filter(({ isOpen }) => isOpen).map(({ check }) => `THE HOST IS OPEN: ${printable(check)}`),
    ...findings.flatMap(({ expected, mend }, i) => [
      heads[i] ?? "",
      ...below("expected", expected),
      ...below("to mend", mend),
    ]),
    `${count("well")} as they must be, ${count("wrong")} wrong, ${count("unchecked")} unknown`,
  ].join("\n");
}
