/**
 * `hgscim_release`: the active release of one environment. What is active is asked of the agent each time, a change is
 * made on the condition that it has not moved since, and its impact on people is told at plan time.
 */

import type { ActiveRelease } from "../api/contract.ts";
import type { AdminError } from "../api/error.ts";
import { digest, digestsOf, type ReleaseData, sectionNames } from "../model/digest.ts";
import type { Accept } from "../model/environment/bounds.ts";
import { exceedsBounds } from "../report/bounds.ts";
import { summarizeFindings } from "../report/verification.ts";
import type { Agent } from "./agent.ts";
import { sentApproval } from "./approved.ts";
import {
  agentDiagnostic,
  boundsDiagnostic,
  driftDiagnostic,
  failuresDiagnostic,
  foreignStateDiagnostic,
  impactDiagnostic,
  ineffectiveDiagnostics,
  lossDiagnostics,
  movedDiagnostic,
  unneededDiagnostic,
  unverifiedDiagnostic,
  withheldDiagnostics,
} from "./diagnostics.ts";
import { otherThanNamed } from "./named.ts";
import { changeAuthor, changeRevision } from "./origin.ts";
import { type Diagnostic, isUnknown, isWhollyKnown, type NewState, type Resource } from "./plugin/index.ts";
import { faultsBefore, plannedFaults, skippedPreflight } from "./preflight.ts";
import {
  acceptProblem,
  asReleased,
  fromTexts,
  noRelease,
  type ReleaseState,
  type ReleaseTexts,
  releaseSchema,
  textProblem,
  toTexts,
} from "./release-text.ts";
import { notShown } from "./shown.ts";

type NewRelease = NewState<typeof releaseSchema>;

export const releaseResource: Resource<typeof releaseSchema, Agent> = {
  schema: releaseSchema,

  validate(config) {
    const sections = sectionNames.flatMap((section) => {
      const texts = config[section];
      if (isUnknown(texts)) return [];
      return Object.entries(texts).flatMap(([name, text]): Diagnostic[] => {
        const problem = isUnknown(text) ? undefined : textProblem(section, text);
        const path = [section, name];
        return problem ? [{ severity: "error", summary: `${path.join(".")} ${problem}`, path }] : [];
      });
    });
    const { accept } = config;
    const problem = isUnknown(accept) || accept === null ? undefined : acceptProblem(accept);
    return problem
      ? [...sections, { severity: "error", summary: `accept ${problem}`, path: ["accept"] }]
      : sections;
  },

  async read(state, { environment, client, sources }) {
    // a file that was copied: whatever was planned from it would be about another host's people
    if (state.environment !== environment)
      return { state, diagnostics: [foreignStateDiagnostic(state.environment, environment)] };
    const active = await client.activeRelease();
    // an import of none: there still is none
    if (active.ok && active.value === null && state.digest === null) return { state };
    if (active.ok) {
      const found = stateOf(active.value, state.environment, state.accept);
      return { state: found && { ...found, access_file: await foundAccessFile(client) } };
    }
    return { state, diagnostics: [agentDiagnostic("Cannot read the active release", active.error, sources)] };
  },

  async import(id, { environment, client, sources }) {
    if (id !== environment)
      throw new Error(`the agent at ${client.url} is that of ${environment} (expected "${environment}")`);
    const active = await client.activeRelease();
    if (!active.ok)
      return {
        state: null,
        diagnostics: [agentDiagnostic("Cannot read the active release", active.error, sources)],
      };
    return {
      state: active.value === null ? noRelease(environment) : stateOf(active.value, environment, null),
    };
  },

  async plan({ prior, config, proposed }, agent) {
    if (!isWhollyKnown(config)) return { planned: proposed };
    const release = fromTexts(config);
    const digests = digestsOf(release);
    const other = otherThanNamed(release.environment, digests.release);
    if (other.length > 0) return { planned: proposed, diagnostics: other };
    const unchanged = prior?.digest === digests.release;
    const planned = {
      ...proposed,
      accept: acceptIn(config, unchanged ? prior : null),
      digest: digests.release,
      policy_digest: digests.policy,
      access_file: asReleased,
    };
    if (unchanged && prior && isDrifted(prior))
      return { planned, diagnostics: [driftDiagnostic(agent.environment, prior.access_file)] };
    if (!unchanged)
      return { planned, diagnostics: notShown(await foretell(agent, prior, release, acceptedIn(config))) };
    if (config.accept === null) return { planned };
    const { environment, sources } = agent;
    return { planned, diagnostics: [unneededDiagnostic(environment, sources, "no change")] };
  },

  async planDestroy(prior, agent) {
    const other = otherThanNamed(prior.environment, null);
    return other.length > 0 || prior.digest === null ? other : foretell(agent, prior, null);
  },

  create: ({ config }, agent) => activate(agent, null, config, fromTexts(config)),

  update({ prior, config }, agent) {
    const release = fromTexts(config);
    return digest(release) === prior.digest && !isDrifted(prior)
      ? { state: { ...prior, ...toTexts(release), accept: acceptIn(config, prior) } }
      : activate(agent, prior, config, release);
  },

  upgrade: (stored) => {
    const state = stored as ReleaseState;
    // of a state from before, nothing is known
    return { ...state, ...textsIn(state), access_file: state.access_file ?? asReleased };
  },

  async delete(prior, agent) {
    const other = otherThanNamed(prior.environment, null);
    if (other.length > 0) return { state: prior, diagnostics: other };
    const answer = await agent.client.deactivate(digestIn(prior) ?? "");
    if (answer.ok) return { state: null };
    return afterFailure(agent, prior.environment, prior, null, answer.error);
  },
};

/**
 * Why the change cannot be done, and what of it has no effect. What it does to people, the check says (`impact.ts`), but for the end of a
 * release, at which Terraform evaluates no check.
 */
async function foretell(
  agent: Agent,
  prior: ReleaseState | null,
  release: ReleaseData | null,
  accept?: Accept,
): Promise<Diagnostic[]> {
  const { client, sources } = agent;
  const answer = await client.impact(release, accept);
  if (!answer.ok)
    return [agentDiagnostic("The agent does not tell what this would change", answer.error, sources)];
  const impact = answer.value;
  const wanted = release && digest(release);
  // the apply would be refused; but nothing is wrong when somebody already made the same change
  if (impact.from !== digestIn(prior) && impact.from !== wanted)
    return [movedDiagnostic(digestIn(prior), impact.from)];
  const failures = impact.failures.length > 0 ? [failuresDiagnostic(impact.failures, sources)] : [];
  if (release === null)
    return [impactDiagnostic(impact, prior && fromTexts(prior), null, sources), ...failures];
  if (failures.length > 0 || impact.from === wanted) return failures;
  return [
    ...(exceedsBounds(impact) ? [boundsDiagnostic(release.environment, impact, accept, sources)] : []),
    ...(impact.acceptance === "unneeded"
      ? [unneededDiagnostic(release.environment, sources, "within bounds")]
      : []),
    ...(await gate(agent, release)),
    ...plannedFaults(release, agent),
    ...withheldDiagnostics(release.environment, impact),
    ...lossDiagnostics(release.environment, impact, sources),
    ...ineffectiveDiagnostics(release.environment, impact, sources),
  ];
}

/**
 * Why the environment before does not let a release pass. A policy that already runs here does: then only bindings change,
 * whatever runs there by now.
 */
async function gate({ client, sources }: Agent, release: ReleaseData): Promise<Diagnostic[]> {
  if (release.settings.promote === undefined) return [];
  const active = await client.activeRelease();
  if (active.ok && active.value?.policyDigest === digestsOf(release).policy) return [];
  const { promotionGate } = await import("./promotion.ts");
  return promotionGate(release, sources);
}

async function activate(
  agent: Agent,
  prior: ReleaseState | null,
  config: ReleaseState,
  release: ReleaseData,
): Promise<NewRelease> {
  // asked again: the plan may be of yesterday
  const wanted = { digest: digest(release), accept: config.accept };
  const other = otherThanNamed(release.environment, wanted.digest);
  const refused = other.length > 0 ? other : await gate(agent, release);
  if (refused.length > 0) return { state: prior, diagnostics: refused };
  const faults = await faultsBefore(release, agent);
  if (faults.length > 0) return { state: prior, diagnostics: faults };
  const preflight = skippedPreflight();
  const [author, revision] = [changeAuthor(), await changeRevision(agent.folder)];
  const origin = {
    sources: agent.sources,
    ...(author && { author }),
    ...(revision && { revision }),
    ...(preflight && { preflight }),
  };
  const [accept, approval] = [acceptedIn(config), sentApproval()];
  const answer = await agent.client.activate(
    { release, origin, ...(accept && { accept }), ...(approval && { approval }) },
    digestIn(prior),
  );
  if (answer.ok) {
    const { missing = [] } = answer.value.verification ?? {};
    const state = stateOf(answer.value, config.environment, config.accept);
    if (missing.length === 0) return { state };
    return { state, diagnostics: [unverifiedDiagnostic(config.environment, missing)] };
  }
  return afterFailure(agent, config.environment, prior, wanted, answer.error);
}

/**
 * A write failed: the agent is asked what holds now, since an answer may have been lost on its way, and somebody else may
 * have made the same change. When it is what was wanted, all is well; else the state tells what is active.
 */
async function afterFailure(
  { client, sources }: Agent,
  environment: string,
  prior: ReleaseState | null,
  wanted: Pick<ReleaseState, "digest" | "accept"> | null,
  error: AdminError,
): Promise<NewRelease> {
  const summary = `Cannot ${wanted === null ? "end" : "activate"} the release of ${environment}`;
  const now = await client.settledRelease();
  if (!now.ok) return { state: prior, diagnostics: [agentDiagnostic(summary, error, sources)] };
  const active = now.value?.digest ?? null;
  const isShut = now.value === null ? await isAllRefused(client) : now.value.verification?.state === "shut";
  if (active === digestIn(wanted) && !isShut) {
    const state = stateOf(now.value, environment, wanted?.accept ?? null);
    // where it was active before, what Mercurial goes by was to be mended, and that it is active says nothing
    if (!state || !prior || active !== digestIn(prior)) return { state };
    const access_file = await foundAccessFile(client, prior.access_file ?? asReleased);
    const diagnostics = access_file === asReleased ? [] : [agentDiagnostic(summary, error, sources)];
    return { state: { ...state, access_file }, diagnostics };
  }
  const found = stateOf(now.value, environment, prior?.accept ?? null);
  // so that the next plan has something to do, and does not say that all is well
  const state = found && isShut ? { ...found, access_file: "shut" } : found;
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

/** Whether the agent has Mercurial refuse everything. */
async function isAllRefused(client: Agent["client"]): Promise<boolean> {
  const health = await client.health();
  return health.ok && health.value.conditions.some(({ code }) => code === "accessShut");
}

/**
 * The state of an active release; null when it is not of this environment, or none. What was accepted is the
 * configuration's own, and no agent knows of it.
 */
function stateOf(
  active: ActiveRelease | null,
  environment: string,
  accept: string | null,
): ReleaseState | null {
  if (active?.release.environment !== environment) return null;
  return {
    ...{ ...toTexts(active.release), accept, digest: active.digest, policy_digest: active.policyDigest },
    access_file: asReleased,
  };
}

/**
 * What Mercurial goes by.
 *
 * @param unsaid where the agent does not say it, or cannot now: it says nothing against what is known
 */
async function foundAccessFile(client: Agent["client"], unsaid: string = asReleased): Promise<string> {
  const looked = await client.verification();
  if (!looked.ok) return unsaid;
  const { state, differs, findings } = looked.value;
  if (state === "shut") return "shut";
  return differs ? `differs, by ${summarizeFindings(findings)}` : asReleased;
}

/** Whether what was read is not what every apply leaves. */
const isDrifted = ({ access_file: found }: ReleaseState): boolean => found !== null && found !== asReleased;

/** The texts as they are written today, whichever form they had. */
const textsIn = (texts: ReleaseTexts): ReleaseTexts => toTexts(fromTexts(texts));

/** What a configuration accepts; without a change, what was accepted before may stay as if it were not there. */
const acceptIn = (config: Pick<ReleaseState, "accept">, prior: ReleaseState | null): string | null =>
  config.accept ?? prior?.accept ?? null;

const acceptedIn = ({ accept }: ReleaseState): Accept | undefined =>
  accept === null ? undefined : (JSON.parse(accept) as Accept);

const digestIn = (state: Pick<ReleaseState, "digest"> | null): string | null => state?.digest ?? null;
