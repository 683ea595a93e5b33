/** What an agent says no to, in words: a release that it would refuse, a request that it did not do. */

import type { Impact } from "../api/contract.ts";
import type { AdminError } from "../api/error.ts";
import type { Accept } from "../model/environment/bounds.ts";
import { boundsProblems, type Judged } from "./bounds.ts";

/** What stands above the reasons. */
export const wouldRefuse = "The agent would refuse this release";

/** Why the agent would refuse to activate a release, a sentence for each reason; none when it would not. */
export function refusalReasons(
  impact: Judged & Pick<Impact, "failures">,
  accept: Accept | undefined,
): string[] {
  return [...impact.failures, ...boundsProblems(impact, accept)];
}

/** Which part of an agent's address a failure is about; none where the agent judged what it was sent. */
export const addressPart: Partial<Record<AdminError["kind"], "url" | "token" | "ca">> = {
  unreachable: "url",
  untrusted: "ca",
  misdirected: "url",
  unauthorized: "token",
  forbidden: "token",
  nonsense: "url",
  failed: "url",
};

/** What to do when the agent that a release is delivered to did not do what it was asked. */
export const deliveryAdvice: Record<AdminError["kind"], string> = {
  unreachable: "Expected a running agent at delivery.agent.url",
  untrusted:
    "Nothing was sent. Expected delivery.agent.ca to hold the authority of the agent's certificate, and delivery.agent.url to name a host that it is for",
  misdirected:
    "Nothing has changed. Expected delivery.agent.url to be the address of this environment's own agent",
  unauthorized: "Expected delivery.agent.token to point at a token that the agent knows",
  forbidden: "Expected delivery.agent.token to point at a token with a role that may do this",
  nonsense: "Expected delivery.agent.url to be the admin address of an agent of this version",
  failed: "The agent's log says why",
  refused: "Nothing has changed",
  moved: "Nothing has changed. Plan again, and look at what the plan says now",
};

/** What to do when the agent of the environment before does not say what it runs. */
export function promotionAdvice({ kind }: AdminError, from: string): string {
  if (kind === "unauthorized")
    return `Expected promote.agent.token to point at a reader's token of the agent of ${from}`;
  if (kind === "untrusted")
    return "Expected promote.agent.ca to hold the authority of that agent's certificate";
  if (kind === "refused") return `Expected the agent of ${from} to be put right first`;
  return `Expected promote.agent.url to be the admin address of the agent of ${from}, and that agent to run`;
}
