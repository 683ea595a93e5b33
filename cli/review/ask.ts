/** What the agent of an environment says of a release, asked once; and why nobody says it where it does not. */
import type { AdminClient } from "../../api/client.ts";
import type { ActiveRelease, HeldPage, Review } from "../../api/contract.ts";
import type { AdminError } from "../../api/error.ts";
import type { LoadedEnvironment } from "../../model/load.ts";
import type { Release } from "../../model/release.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { connectAgent } from "../../provider/connect.ts";

export interface Said {
  readonly review: Review;
  /** What is active. */
  readonly active: ActiveRelease | null;
  readonly held: HeldPage | null;
}

/** Why it did not say: the agent judged the question, or could not be asked at all. */
export interface Silent {
  readonly reason: string;
  /** What can be done, in lines. */
  readonly advice: readonly string[];
  readonly error?: AdminError;
}

/**
 * Asks what a release would do.
 *
 * @param base what it is compared with, in place of what is active
 */
export async function askAgent(
  { name, release, sources, file, accept }: LoadedEnvironment,
  base: Release | null,
): Promise<Result<Said, Silent>> {
  const { agent } = release.settings.delivery;
  if (!agent)
    return fail({
      reason: `${name} is delivered by a command, and its agent is not to be asked`,
      advice: [],
    });
  const connected = await connectAgent(agent, name);
  if (!connected.ok) {
    const { part, reason, advice } = connected.error;
    return fail({ reason: `${sources[`delivery.agent.${part}`] ?? file}: ${reason}`, advice });
  }
  return ask(connected.value, release, { ...(accept && { accept }), ...(base && { base }) });
}

async function ask(
  client: AdminClient,
  release: Release,
  asked: Parameters<AdminClient["review"]>[1],
): Promise<Result<Said, Silent>> {
  const silent = (error: AdminError) => fail({ reason: error.message, advice: error.problems, error });
  // whose agent it is, is asked once
  const active = await client.activeRelease();
  if (!active.ok) return silent(active.error);
  const [review, held] = await Promise.all([client.review(release, asked), client.held({ limit: 50 })]);
  if (!review.ok) return silent(review.error);
  if (review.value.active !== (active.value?.digest ?? null))
    return fail({ reason: "another release became active meanwhile", advice: ["Ask again."] });
  // an agent of before there were holds has none
  return ok({ review: review.value, active: active.value, held: held.ok ? held.value : null });
}
