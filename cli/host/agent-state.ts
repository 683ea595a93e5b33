/** How the agent on this host is: what it says itself, its version and clock, its tokens and certificates, and the disks that it is on. */
import { X509Certificate } from "node:crypto";
import { readFileSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import { hashToken } from "../../agent/authentication/token.ts";
import type { AgentConfig } from "../../agent/config.ts";
import { listRepositories } from "../../agent/mercurial/repositories.ts";
import type { AdminClient } from "../../api/client.ts";
import { version } from "../../model/package.ts";
import { systemReason } from "../../model/system-error.ts";
import type { Milliseconds, Time } from "../../model/time.ts";
import { describeDuration } from "../../report/duration.ts";
import { isoTime } from "../../report/time.ts";
import { type HostFinding, unchecked, well, wrong } from "./finding.ts";
import { certificateAhead } from "./front.ts";
import { isRoot, runAs, runHere } from "./run.ts";

/** How long before its end a connector's token is told, as the agent's log does. */
const tokenAhead: Milliseconds = 14 * 86_400_000;

/** How far apart two clocks of one host may be. */
const clockSlack: Milliseconds = 2_000;

/** From when on the agent takes access away alone is 64 MiB: some of the way is left to a person. */
const enoughRoom = 512 * 1024 * 1024;

/** What the agent says when it is asked over its socket. */
export async function checkRunningAgent(client: AdminClient): Promise<HostFinding[]> {
  const asked = Date.now();
  const identity = await client.agent();
  const answered = Date.now();
  if (!identity.ok)
    return [
      wrong(
        "agent",
        identity.error.message,
        "an agent that answers",
        "start it (docs/agent.md), and run this as root",
      ),
    ];
  const findings: HostFinding[] = [];
  const { version: theirs, clock, planners = [] } = identity.value;
  findings.push(
    theirs === version
      ? well("agent", `version ${version}, environment ${identity.value.environment}`)
      : wrong(
          "agent",
          `version ${theirs ?? "unknown"}`,
          `version ${version}, as this command`,
          "restart the agent",
        ),
  );
  for (const planner of planners)
    findings.push(
      planner.version === version
        ? well("provider", `version ${version} planned or deployed at ${isoTime(planner.at)}`)
        : wrong(
            "provider",
            `version ${planner.version} planned or deployed at ${isoTime(planner.at)}`,
            `version ${version}, as on this host`,
            "install it where plans are made: npm install hgscim",
          ),
    );
  if (clock) {
    // however long it took to answer
    const apart = Math.max(asked - clock.time, clock.time - answered, 0);
    findings.push(
      apart < clockSlack && !clock.inDoubt
        ? well("clock", isoTime(clock.time))
        : wrong(
            "clock",
            `${isoTime(clock.time)}, and this host's is ${describeDuration(apart)} away`,
            "one time",
            "set the host's clock right, then hgscim agent clock --accept",
          ),
    );
  }
  const [health, tokens] = [await client.health(), await client.tokens()];
  if (health.ok) {
    const { conditions } = health.value;
    if (conditions.length === 0) findings.push(well("health", "ready, and nothing is left undone"));
    for (const { code, message } of conditions)
      findings.push(
        wrong(`health: ${code}`, message, "none", "see docs/agent.md, Health, and docs/codes.md"),
      );
  }
  if (tokens.ok) findings.push(...checkTokens(tokens.value.tokens, clock?.time ?? Date.now()));
  return findings;
}

function checkTokens(
  tokens: readonly { connector: string; expires: Time | null; takesAwayOnly?: true }[],
  now: Time,
): HostFinding[] {
  const check = (connector: string) => `token of connector ${connector}`;
  return tokens
    .filter(({ takesAwayOnly }) => !takesAwayOnly)
    .map(({ connector, expires }) =>
      expires === null || expires - now > tokenAhead
        ? well(check(connector), expires === null ? "has no end" : `valid until ${isoTime(expires)}`)
        : wrong(
            check(connector),
            `${expires > now ? "ends" : "has ended"} ${isoTime(expires)}`,
            "14 days or more",
            "lay down a second token at the provider, then take the first away",
          ),
    );
}

/** What whoever makes plans may do, by the hash of their token in agent.yaml. */
export function checkPlanToken(
  { tokens }: Pick<AgentConfig, "tokens">,
  token: string | undefined,
): HostFinding {
  const check = "token of plans";
  if (token === undefined) return unchecked(check, "not checked (expected --plan-token)");
  const hash = hashToken(token).toString("hex");
  const known = tokens.find(({ sha256 }) => sha256 === hash);
  if (known?.role === "reader") return well(check, `${known.name} has the role reader`);
  return wrong(
    check,
    known ? `${known.name} has the role ${known.role}` : "is none of agent.yaml",
    "the role reader, which activates nothing",
    "give plans a token of their own (docs/agent.md, Admin API)",
  );
}

/** The certificates that agent.yaml names. */
export function checkCertificates({ scim, admin }: Pick<AgentConfig, "scim" | "admin">): HostFinding[] {
  const files = [scim.tls, admin.tls].flatMap((tls) => (typeof tls === "object" ? [tls.certificate] : []));
  return [...new Set(files)].map((file) => {
    const check = `certificate ${file}`;
    try {
      const until = Date.parse(new X509Certificate(readFileSync(file)).validTo);
      return until - Date.now() > certificateAhead
        ? well(check, `valid until ${isoTime(until)}`)
        : wrong(
            check,
            `ends ${isoTime(until)}`,
            "30 days or more",
            "renew it: the agent takes the new file itself",
          );
    } catch (error) {
      return wrong(check, systemReason(error), "a certificate, PEM", "correct tls in agent.yaml");
    }
  });
}

/** Whether the agent can list each folder of the repositories. */
export async function checkListing(
  { repositories }: Pick<AgentConfig, "repositories">,
  agent: string | undefined,
): Promise<{ readonly names: readonly string[]; readonly finding: HostFinding }> {
  const check = "repositories";
  const listed = await listRepositories(repositories);
  if (!listed.ok)
    return {
      names: [],
      finding: wrong(check, listed.error[0] ?? "", "each folder can be listed", "chmod o+rx, or a group"),
    };
  const names = listed.value;
  if (!isRoot() || agent === undefined)
    return { names, finding: unchecked(check, `${names.length}; not checked as the agent (expected root)`) };
  // as the agent looks: it goes into no .hg
  const found = runAs(agent, "find", [repositories, "-name", ".hg", "-prune", "-o", "-type", "d", "-print0"]);
  return {
    names,
    finding:
      found.code === 0
        ? well(check, `${names.length}, each listed by ${agent}`)
        : wrong(
            check,
            found.stderr.trim().split("\n")[0] ?? "",
            `${agent} can list each folder`,
            "chmod o+rx, or a group: a release is refused otherwise (repositoriesUnreadable)",
          ),
  };
}

/** How much is left where the store and the access file are, and whether that disk is encrypted. */
export function checkDisks({ data, access }: Pick<AgentConfig, "data" | "access">): HostFinding[] {
  const room = (check: string, folder: string): HostFinding => {
    try {
      const { bavail, bsize, blocks } = statfsSync(folder);
      const free = bavail * bsize;
      const left = `${Math.round(free / 1024 ** 2)} MiB are free`;
      // a tmpfs of its own may be small
      return free >= Math.min(enoughRoom, (blocks * bsize) / 4)
        ? well(check, left)
        : wrong(check, left, "512 MiB or more", "make room: below 64 MiB the agent only takes access away");
    } catch (error) {
      return unchecked(check, `not checked: ${systemReason(error)}`);
    }
  };
  return [
    room("disk of the store", data),
    room("disk of the access file", dirname(access)),
    encryption(data),
  ];
}

function encryption(data: string): HostFinding {
  const check = "encryption of the store's disk";
  const source = runHere("findmnt", ["-no", "SOURCE", "-T", data])
    .stdout.trim()
    .replace(/\[.*\]$/, "");
  const layers = runHere("lsblk", ["-nso", "TYPE", source]);
  if (!source.startsWith("/dev/") || layers.code !== 0)
    return unchecked(check, `unknown: ${source || "it"} is no block device of this host`);
  return /\bcrypt\b/.test(layers.stdout)
    ? well(check, `${source} is on dm-crypt`)
    : unchecked(
        check,
        `unknown: ${source} is not on dm-crypt; what is beneath the disk cannot be seen from here`,
      );
}
