/**
 * The gate of promotion: a policy comes to an environment only when the environment before it has run that very policy
 * for the declared time, and tried its connectors where that is asked for, as that environment's own agent attests. Loaded only where a release declares it.
 */
import type { AdminClient } from "../api/client.ts";
import { type EntryDifference, entryDifferences } from "../model/difference.ts";
import { digestsOf, policyOf, type ReleaseData } from "../model/digest.ts";
import { milliseconds } from "../model/duration.ts";
import { Promotion } from "../model/environment/delivery.ts";
import type { Sources } from "../model/load.ts";
import type { Release } from "../model/release.ts";
import { untriedConnectors } from "../report/connector-test/untried.ts";
import { positionOf, withPosition } from "../report/positions.ts";
import { describeObstacle, describePromotion, type Obstacle } from "../report/promotion.ts";
import { paragraphs } from "../report/words.ts";
import { connectAgent } from "./connect.ts";
import { unchanged } from "./diagnostics.ts";
import type { Diagnostic } from "./plugin/index.ts";

/** Asks the environment before whether a release may come; an error for what is missing, nothing when it may. */
export async function promotionGate(release: ReleaseData, sources: Sources): Promise<Diagnostic[]> {
  const parsed = Promotion.safeParse(release.settings.promote);
  if (!parsed.success) throw new Error("settings.promote is not a promotion (expected what synthesis wrote)");
  const promotion = parsed.data;
  const obstacle = await obstacleTo(release, promotion);
  if (!obstacle) return [];
  const { environment } = release;
  const { setting, summary, detail } = describeObstacle(obstacle, promotion, sources);
  const asked = withPosition(
    describePromotion(promotion, environment),
    positionOf(sources, "settings", `promote.${setting}`),
  );
  return [
    {
      severity: "error",
      summary: `${environment}: ${summary}`,
      detail: paragraphs(...detail, [`${unchanged} ${asked}.`]),
      path: ["settings", "promote"],
    },
  ];
}

/** What stands between the policy of a release and its environment; undefined where nothing does. */
async function obstacleTo(release: ReleaseData, promotion: Promotion): Promise<Obstacle | undefined> {
  const connected = await connectAgent(promotion.agent, promotion.from);
  if (!connected.ok) return { kind: "no address", ...connected.error };
  const client = connected.value;
  const { policy } = digestsOf(release);
  const answer = await client.policy(policy);
  if (!answer.ok) return { kind: "no answer", error: answer.error };
  const { active, activePolicy, at, since, ran, tried } = answer.value;
  if (!active)
    return {
      kind: "another policy",
      policy,
      active: activePolicy,
      differences: await differencesTo(client, release),
    };
  // as the agent that attests has measured it: dates move with clocks
  const missing = milliseconds(promotion.soak) - ran;
  if (missing > 0) return { kind: "too early", policy, since: since ?? at, ran, missing };
  if (!promotion.connectorTest) return undefined;
  const connectors = untriedConnectors(release as Release, promotion.connectorTest, tried, at);
  return connectors.length > 0 ? { kind: "not tried", connectors } : undefined;
}

/** Which entries of the policy the other environment has otherwise; nothing when it does not tell. */
async function differencesTo(client: AdminClient, release: ReleaseData): Promise<EntryDifference[]> {
  const active = await client.activeRelease();
  return active.ok && active.value ? entryDifferences(policyOf(active.value.release), policyOf(release)) : [];
}
