/** Where a release makes the agent connect to: alerts and issuers of tokens. Of a webhook its host is asked, and never its path, which is a secret. */
import type { PreflightCheck } from "../../api/preflight.ts";
import type { Release } from "../../model/release.ts";
import type { Milliseconds } from "../../model/time.ts";
import { type Fault, failedCheck, type LookedAt, passed, unlooked, warned } from "../../preflight/check.ts";
import { ofVariable } from "../../preflight/owner.ts";
import { describeDuration } from "../../report/duration.ts";
import { isoTime } from "../../report/time.ts";
import { destinationsOf } from "../alerts/routing.ts";
import type { AgentConfig } from "../config.ts";
import { allowsEgress } from "../config.ts";
import { type Allowance, type LookVerdict, leftOut } from "./allowance.ts";
import { askServer, type ServerAnswer, type ServerRequest } from "./ask.ts";
import type { PointedAt } from "./secrets.ts";

/** By how much another clock may be wrong, and from when on nothing works: receivers of webhooks refuse what is older than five minutes. */
const clocks: Readonly<Record<"told" | "refused", Milliseconds>> = { told: 30_000, refused: 300_000 };

export interface EndpointParts extends Pick<ServerRequest, "authorities" | "signal" | "now"> {
  readonly host: Pick<AgentConfig, "egress">;
  readonly allowance: Allowance;
}

/** The receivers of alerts that are reached over HTTP. */
export async function webhookChecks(
  release: Release,
  found: readonly PointedAt[],
  parts: EndpointParts,
): Promise<PreflightCheck[]> {
  const each = destinationsOf(release).map(async (name): Promise<PreflightCheck[]> => {
    const variable = release.variables[name];
    const looked: LookedAt = {
      subject: "endpoint",
      ...ofVariable(release, name),
      what: "receiver of alerts",
    };
    if (variable?.type === "url" && variable.value !== undefined) {
      const url = new URL(variable.value);
      return whereAllowed(looked, parts.allowance.address(variable.value), () => askedAt(looked, url, parts));
    }
    if (variable?.type !== "secret") return [];
    const pointed = found.filter(({ secret, value }) => secret === variable.secret && value !== undefined);
    const checks = pointed.map(({ reference, value = "" }) => {
      const at: LookedAt = { ...looked, what: `receiver of alerts of ${reference}` };
      const noAddress: Fault = {
        found: "the secret is no address",
        expected: "https://… and nothing else",
        mend: "put the address of the webhook there",
      };
      return whereAllowed(at, parts.allowance.destination(reference), async () =>
        URL.canParse(value) ? askedAt(at, new URL(value), parts) : [failedCheck(at, noAddress)],
      );
    });
    return (await Promise.all(checks)).flat();
  });
  return (await Promise.all(each)).flat();
}

/** What comes of looking, where that is allowed. */
export async function whereAllowed(
  looked: LookedAt,
  verdict: LookVerdict,
  look: () => Promise<PreflightCheck[]>,
): Promise<PreflightCheck[]> {
  if (verdict === "look") return look();
  return verdict === "omit" ? [] : [unlooked(looked, leftOut)];
}

/** The host of an address alone. */
async function askedAt(looked: LookedAt, url: URL, parts: EndpointParts): Promise<PreflightCheck[]> {
  const forbidden = forbiddenAddress(looked, url, parts.host);
  if (forbidden) return [forbidden];
  const answer = await askServer({ ...parts, url: new URL("/", url), method: "HEAD" });
  if (!answer.ok) return faulty(looked, answer.error);
  const { status } = answer.value;
  const broken =
    status >= 500
      ? [
          warned(looked, {
            found: `${url.host} answers ${status}`,
            expected: "a server that works",
            mend: "look into the receiver's log",
          }),
        ]
      : [];
  return withClock(looked, url, answer.value, clocks.refused, broken);
}

/** Why it may not be asked by what agent.yaml says; undefined where it may. */
export function forbiddenAddress(
  looked: LookedAt,
  url: URL,
  host: Pick<AgentConfig, "egress">,
): PreflightCheck | undefined {
  if (allowsEgress(host, url)) return undefined;
  return failedCheck(looked, {
    found: `the agent's configuration does not allow to connect to ${url.host}`,
    expected: "a host that egress in agent.yaml names, by https",
    mend: `correct the address, or have ${url.host} added to egress in agent.yaml`,
  });
}

/** A check for each fault. */
export function faulty(looked: LookedAt, faults: readonly Fault[]): PreflightCheck[] {
  return faults.map((fault) => failedCheck(looked, fault));
}

/**
 * What else an answer says: of the certificate's end, and of the clocks.
 *
 * @param refused from which difference on nothing works
 * @param others what is to be said beside it; where that is nothing and all is well, that it answers
 */
export function withClock(
  looked: LookedAt,
  url: URL,
  { status, ahead, until, soon }: ServerAnswer,
  refused: Milliseconds,
  others: readonly PreflightCheck[] = [],
): PreflightCheck[] {
  const ending = soon ? [warned(looked, { ...soon, found: `${url.host}: ${soon.found}` })] : [];
  const apart = ahead === undefined ? 0 : Math.abs(ahead);
  const clock =
    ahead !== undefined && apart > Math.min(clocks.told, refused)
      ? [
          (apart > refused ? failedCheck : warned)(looked, {
            found: `the clock of ${url.host} is ${describeDuration(apart)} ${ahead > 0 ? "ahead of" : "behind"} that of the agent's host`,
            expected: `at most ${describeDuration(refused)} apart`,
            mend: "find out which one is wrong, and set it by NTP (timedatectl, chronyc tracking)",
          }),
        ]
      : [];
  const all = [...ending, ...clock, ...others];
  if (all.length > 0) return all;
  const parts = [
    `${url.host} answers ${status}`,
    ...(until === undefined ? [] : [`certificate until ${isoTime(until)}`]),
    ...(ahead === undefined ? [] : ["clocks agree"]),
  ];
  return [passed(looked, parts.join("; "))];
}
