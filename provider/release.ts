/**
 * `hgscim_release`: the active release of one environment. What is active is asked of the agent each time, a change is
 * made on the condition that it has not moved since, and its impact on people is told at plan time.
 */
import type { AdminClient, AdminError } from "../api/client.ts";
import type { ActiveRelease } from "../api/contract.ts";
import { digestsOf, sectionNames } from "../model/digest.ts";
import { agentDiagnostic, failuresDiagnostic, impactDiagnostic, movedDiagnostic } from "./diagnostics.ts";
import { changeOrigin } from "./origin.ts";
import { type Diagnostic, isUnknown, isWhollyKnown, type NewState, type Resource } from "./plugin/index.ts";
import {
  fromTexts,
  type ReleaseState,
  type ReleaseTexts,
  releaseSchema,
  textProblem,
  toTexts,
} from "./release-text.ts";
import type { Sources } from "./sources.ts";

/** What the provider's configuration makes: whom to ask, and where the YAML's lines are. */
export interface Agent {
  readonly client: AdminClient;
  readonly sources: Sources;
}

type Outcome = NewState<typeof releaseSchema>;

export const releaseResource: Resource<typeof releaseSchema, Agent> = {
  schema: releaseSchema,

  validate(config) {
    return sectionNames.flatMap((section) => {
      const texts = config[section];
      if (isUnknown(texts)) return [];
      return Object.entries(texts).flatMap(([name, text]): Diagnostic[] => {
        const problem = isUnknown(text) ? undefined : textProblem(text);
        const path = [section, name];
        return problem ? [{ severity: "error", summary: `${path.join(".")} ${problem}`, path }] : [];
      });
    });
  },

  async read(state, { client, sources }) {
    const active = await client.activeRelease();
    if (active.ok) return { state: stateOf(active.value, state.environment) };
    return { state, diagnostics: [agentDiagnostic("Cannot read the active release", active.error, sources)] };
  },

  async import(environment, { client, sources }) {
    const active = await client.activeRelease();
    if (!active.ok)
      return {
        state: null,
        diagnostics: [agentDiagnostic("Cannot read the active release", active.error, sources)],
      };
    const state = stateOf(active.value, environment);
    if (state) return { state };
    const found = active.value
      ? `a release of environment "${active.value.release.environment}"`
      : "no release";
    throw new Error(`the agent at ${client.url} runs ${found} (expected one of "${environment}")`);
  },

  async plan({ prior, config, proposed }, agent) {
    if (!isWhollyKnown(config)) return { planned: proposed };
    const digests = digestsOf(fromTexts(config));
    const planned = { ...proposed, digest: digests.release, policy_digest: digests.policy };
    if (prior?.digest === digests.release) return { planned };
    return { planned, diagnostics: await foretell(agent, prior, config) };
  },

  planDestroy: (prior, agent) => foretell(agent, prior, null),

  create: ({ config }, agent) => activate(agent, null, config),

  update: ({ prior, config }, agent) => activate(agent, prior, config),

  async delete(prior, agent) {
    const answer = await agent.client.deactivate(digestIn(prior) ?? "");
    if (answer.ok) return { state: null };
    return afterFailure(agent, prior.environment, prior, null, answer.error);
  },
};

/** What the change would do to people, as a warning; as an error why it cannot be done. */
async function foretell(
  { client, sources }: Agent,
  prior: ReleaseState | null,
  next: ReleaseTexts | null,
): Promise<Diagnostic[]> {
  const release = next && fromTexts(next);
  const answer = await client.impact(release);
  if (!answer.ok)
    return [agentDiagnostic("The agent does not tell what this would change", answer.error, sources)];
  const impact = answer.value;
  const wanted = release && digestsOf(release).release;
  // the apply would be refused; but nothing is wrong when somebody already made the same change
  if (impact.from !== digestIn(prior) && impact.from !== wanted)
    return [movedDiagnostic(digestIn(prior), impact.from)];
  if (impact.failures.length > 0) return [failuresDiagnostic(impact.failures, sources)];
  return [impactDiagnostic(impact, prior, next, sources)];
}

async function activate(agent: Agent, prior: ReleaseState | null, config: ReleaseState): Promise<Outcome> {
  const release = fromTexts(config);
  const origin = { sources: agent.sources, ...(await changeOrigin()) };
  const answer = await agent.client.activate({ release, origin }, digestIn(prior));
  if (answer.ok) return { state: stateOf(answer.value, config.environment) };
  return afterFailure(agent, config.environment, prior, digestsOf(release).release, answer.error);
}

/**
 * A write failed: the agent is asked what holds now, since an answer may have been lost on its way, and somebody else may
 * have made the same change. When it is what was wanted, all is well; else the state tells what is active.
 */
async function afterFailure(
  { client, sources }: Agent,
  environment: string,
  prior: ReleaseState | null,
  wanted: string | null,
  error: AdminError,
): Promise<Outcome> {
  const summary = `Cannot ${wanted === null ? "end" : "activate"} the release of ${environment}`;
  const now = await client.activeRelease();
  if (!now.ok) return { state: prior, diagnostics: [agentDiagnostic(summary, error, sources)] };
  const active = now.value?.digest ?? null;
  const state = stateOf(now.value, environment);
  if (active === wanted) return { state };
  return {
    // a failed creation leaves nothing, or Terraform would taint and replace it
    state: prior && (state ?? prior),
    diagnostics: [
      error.kind === "moved"
        ? movedDiagnostic(digestIn(prior), active)
        : agentDiagnostic(summary, error, sources),
    ],
  };
}

/** The state of an active release; null when it is not of this environment, or none. */
function stateOf(active: ActiveRelease | null, environment: string): ReleaseState | null {
  if (active?.release.environment !== environment) return null;
  return { ...toTexts(active.release), digest: active.digest, policy_digest: active.policyDigest };
}

const digestIn = (state: ReleaseState | null): string | null => state?.digest ?? null;
