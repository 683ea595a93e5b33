/** Where the agent may connect to: what the host's configuration names, whatever a release says. */
import type { Release } from "../../model/release.ts";
import { allowsEgress, type HostRules } from "../config.ts";

/** The issuers' keys that a release names, and that the host's configuration does not allow to be fetched. */
export function forbiddenEgress(
  config: Pick<HostRules, "egress">,
  { connectors, variables }: Release,
): string[] {
  return Object.entries(connectors).flatMap(([name, { auth }]) => {
    const keys = auth?.oauth && variables[auth.oauth.jwks.var];
    if (keys?.type !== "url" || keys.value === undefined) return [];
    const url = new URL(keys.value);
    if (allowsEgress(config, url)) return [];
    return [
      `connectors.${name}.auth.oauth.jwks: the agent's configuration does not allow to connect to ${url.host} (see egress in agent.yaml)`,
    ];
  });
}
