/** The agent as the resource and the data sources know it: what the provider's configuration makes. */
import type { AdminClient } from "../api/client.ts";
import { canonicalJson } from "../model/canonical.ts";
import { digest, type ReleaseData } from "../model/digest.ts";
import type { Sources } from "../model/load.ts";
import { otherThanApproved, sentApproval } from "./approved.ts";

/** For which environment, whom to ask, and where the YAML and its lines are. */
export interface Agent {
  readonly environment: string;
  readonly client: AdminClient;
  readonly sources: Sources;
  readonly folder: string;
}

/**
 * A client that asks each question once: the resource and the data sources of one plan want the same answers, and an impact
 * takes the agent a moment. What was answered counts until something is written.
 */
export function askingOnce(client: AdminClient): AdminClient {
  const answers = new Map<string, Promise<unknown>>();
  const once = <T>(question: string, ask: () => Promise<T>): Promise<T> => {
    const answer = (answers.get(question) as Promise<T> | undefined) ?? ask();
    answers.set(question, answer);
    return answer;
  };
  const writing = <T>(write: () => Promise<T>): Promise<T> => write().finally(() => answers.clear());
  return {
    ...client,
    activeRelease: () => once("active", client.activeRelease),
    impact: (release, accept) =>
      once(canonicalJson({ release, ...(accept && { accept }) }), () =>
        client.impact(release, accept, approvalOf(release)),
      ),
    activate: (...args) => writing(() => client.activate(...args)),
    deactivate: (...args) => writing(() => client.deactivate(...args)),
  };
}

/** What the release is held to; of what is not the one that was approved, the resource says so. */
function approvalOf(release: ReleaseData | null): string | undefined {
  if (!release || otherThanApproved(release.environment, digest(release)).length > 0) return undefined;
  return sentApproval()?.line;
}
