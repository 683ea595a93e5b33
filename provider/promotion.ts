/**
 * The gate of promotion: a policy comes to an environment only when the environment before it has run that very policy
 * for the declared time, as that environment's own agent attests. Loaded only where a release declares it.
 */
import type { AdminClient, AdminError } from "../api/client.ts";
import type { PolicyAttestation } from "../api/contract.ts";
import { entryDifferences } from "../model/difference.ts";
import { digestsOf, policyOf, type ReleaseData } from "../model/digest.ts";
import { describeDuration, milliseconds } from "../model/duration.ts";
import { Promotion } from "../model/environment/delivery.ts";
import { connectAgent } from "./connect.ts";
import { addressPart, paragraphs } from "./diagnostics.ts";
import type { Diagnostic } from "./plugin/index.ts";
import { positionOf, type Sources, withPosition } from "./sources.ts";

/** Asks the environment before whether a release may come; an error for what is missing, nothing when it may. */
export async function promotionGate(release: ReleaseData, sources: Sources): Promise<Diagnostic[]> {
  const parsed = Promotion.safeParse(release.settings.promote);
  if (!parsed.success) throw new Error("settings.promote is not a promotion (expected what synthesis wrote)");
  const promotion = parsed.data;
  const { environment } = release;
  /** @param setting the part of `promote` that lets it not pass */
  const refusal = (setting: string, summary: string, ...parts: (readonly string[])[]): Diagnostic[] => [
    {
      severity: "error",
      summary: `${environment}: ${summary}`,
      detail: paragraphs(...parts, [
        `Nothing has changed. ${withPosition(`promote asks that ${promotion.from} has run a policy for ${promotion.soak} before it comes to ${environment}`, positionOf(sources, "settings", `promote.${setting}`))}.`,
      ]),
      path: ["settings", "promote"],
    },
  ];

  const connected = await connectAgent(promotion.agent);
  if (!connected.ok)
    return refusal(
      `agent.${connected.error.part}`,
      `${promotion.from} cannot be asked whether it runs this policy`,
      [`${connected.error.reason}.`],
    );
  const client = connected.value;
  const { policy } = digestsOf(release);
  const answer = await client.policy(policy);
  if (!answer.ok)
    return refusal(
      `agent.${addressPart[answer.error.kind] ?? "url"}`,
      `${promotion.from} cannot be asked whether it runs this policy`,
      [`${answer.error.message}.`],
      [`Expected ${adviceFor(answer.error, promotion)}.`],
    );

  const attested = answer.value;
  if (attested.environment !== promotion.from)
    return refusal("agent.url", `promote.agent is not the agent of ${promotion.from}`, [
      `The agent at ${client.url} is that of ${attested.environment}.`,
    ]);
  if (!attested.active)
    return refusal(
      "from",
      `${promotion.from} does not run this policy`,
      [`  this policy  ${policy}`, `  ${promotion.from} runs ${attested.activePolicy ?? "none"}`],
      await differences(client, promotion, release, sources),
      [`Deploy it to ${promotion.from} first.`],
    );
  const missing = missingTime(attested, promotion);
  if (missing <= 0) return [];
  return refusal(
    "soak",
    `${promotion.from} must run this policy for another ${describeDuration(missing)}`,
    [`  ${policy}`],
    [
      `${promotion.from} runs it since ${new Date(attested.since ?? attested.at).toISOString()}, that is for ${describeDuration(attested.at - (attested.since ?? attested.at))}.`,
    ],
  );
}

/** Milliseconds until the soak is over, by the clock of the agent that attests. */
function missingTime({ since, at }: PolicyAttestation, { soak }: Promotion): number {
  return milliseconds(soak) - (at - (since ?? at));
}

function adviceFor({ kind }: AdminError, { from }: Promotion): string {
  if (kind === "unauthorized")
    return `promote.agent.token to point at a reader's token of the agent of ${from}`;
  if (kind === "untrusted") return `promote.agent.ca to hold the authority of that agent's certificate`;
  return `promote.agent.url to be the admin address of the agent of ${from}, and that agent to run`;
}

/** Which entries of the policy the other environment has otherwise; nothing when it does not tell. */
async function differences(
  client: AdminClient,
  { from }: Promotion,
  release: ReleaseData,
  sources: Sources,
): Promise<string[]> {
  const active = await client.activeRelease();
  if (!active.ok || !active.value) return [];
  const [ours, theirs] = [policyOf(release), policyOf(active.value.release)];
  const signs = { added: "+", removed: "-", changed: "~" };
  const lines = entryDifferences(theirs, ours).map(
    ({ section, name, kind }) =>
      `  ${signs[kind]} ${withPosition(`${section}.${name}`, positionOf(sources, section, name))}`,
  );
  return lines.length > 0
    ? [`What ${from} does not have yet (+), has besides (-) or has otherwise (~):`, ...lines]
    : [];
}
