/** The resource's functions as Terraform calls them, on releases instead of configurations. */

import { canonicalJson } from "../../model/canonical.ts";
import type { ReleaseData } from "../../model/digest.ts";
import type { Accept } from "../../model/environment/bounds.ts";
import { hgscim } from "../../provider/hgscim.ts";
import {
  type Config,
  type Diagnostic,
  type NewState,
  type Plan,
  Unknown,
} from "../../provider/plugin/index.ts";
import { releaseResource } from "../../provider/release.ts";
import { type ReleaseState, type releaseSchema, toTexts } from "../../provider/release-text.ts";
import type { Harness } from "../agent/harness.ts";

export interface Calls {
  plan(
    prior: ReleaseState | null,
    release: ReleaseData,
    accept?: Accept,
  ): Promise<Plan<typeof releaseSchema>>;
  /** Creates, or updates what was before. */
  apply(
    prior: ReleaseState | null,
    release: ReleaseData,
    accept?: Accept,
  ): Promise<NewState<typeof releaseSchema>>;
  /** Applies what must succeed. */
  applied(prior: ReleaseState | null, release: ReleaseData, accept?: Accept): Promise<ReleaseState>;
  read(state: ReleaseState): Promise<NewState<typeof releaseSchema>>;
}

/** Calls on the agent of a harness; `sources` tells where the entries stand. */
export async function callsTo(h: Harness, sources: Readonly<Record<string, string>>): Promise<Calls> {
  process.env.HGSCIM_CALLS_TOKEN = h.tokens.deployer;
  process.env.HGSCIM_CALLS_CA = h.ca;
  const config = {
    environment: h.config.environment,
    url: h.agent.admin,
    token: "ref+env://HGSCIM_CALLS_TOKEN",
    ca: "ref+env://HGSCIM_CALLS_CA",
    sources: JSON.stringify(sources),
    folder: null,
  };
  const interrupted = new AbortController().signal;
  // Terraform starts a provider for each walk
  const configured = async () => (await hgscim.configure(config, { version: "1.11.4", interrupted })).client;
  const configOf = (release: ReleaseData, accept?: Accept): ReleaseState => ({
    ...toTexts(release),
    accept: accept ? canonicalJson(accept) : null,
    digest: null,
    policy_digest: null,
    access_file: null,
  });
  const calls: Calls = {
    async plan(prior, release, accept) {
      const given = configOf(release, accept);
      const proposed: Config<typeof releaseSchema> = {
        ...given,
        accept: given.accept ?? Unknown,
        digest: Unknown,
        policy_digest: Unknown,
      };
      return (
        (await releaseResource.plan?.({ prior, config: given, proposed }, await configured())) ?? {
          planned: proposed,
        }
      );
    },
    async apply(prior, release, accept) {
      const given = configOf(release, accept);
      const { planned } = await calls.plan(prior, release, accept);
      return prior
        ? releaseResource.update({ prior, config: given, planned }, await configured())
        : releaseResource.create({ config: given, planned }, await configured());
    },
    async applied(prior, release, accept) {
      const { planned } = await calls.plan(prior, release, accept);
      const { state, diagnostics } = await calls.apply(prior, release, accept);
      if (!state || diagnostics) throw new Error(textOf(diagnostics));
      // Terraform insists on it
      if (canonicalJson({ ...state }) !== canonicalJson({ ...(planned as ReleaseState) }))
        throw new Error("what was applied is not what was planned");
      return state;
    },
    read: async (state) => releaseResource.read(state, await configured()),
  };
  return calls;
}

/** Diagnostics as a person would read them. */
export const textOf = (diagnostics: readonly Diagnostic[] = []): string =>
  diagnostics.map(({ severity, summary, detail }) => `${severity}: ${summary}\n${detail}`).join("\n");
