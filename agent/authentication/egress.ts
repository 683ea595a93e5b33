/** Where the agent may connect to: what the host's configuration names, whatever a release says. */
import { isLoopback } from "../../model/environment/common.ts";
import { Glob } from "../../model/glob.ts";
import type { Release } from "../../model/release.ts";
import type { AgentConfig } from "../config.ts";

type Allowed = Pick<AgentConfig, "egress">;

/** Whether the host's configuration lets the agent connect there: https, or plain http on this host. */
export function allowsEgress({ egress = [] }: Allowed, { protocol, hostname, port }: URL): boolean {
  if (protocol !== "https:" && !(protocol === "http:" && isLoopback(hostname))) return false;
  const target = `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
  return egress.some((pattern) => {
    const whole = /:\d+$/.test(pattern) ? pattern : `${pattern}:443`;
    // each * for one character at least: no label of a host's name is empty
    const glob = new Glob(whole.toLowerCase().replaceAll("*", "?*"), { stops: ".:" });
    return glob.matches(target.toLowerCase());
  });
}

/** The issuers' keys that a release names, and that the host's configuration does not allow to be fetched. */
export function forbiddenEgress(config: Allowed, { connectors, variables }: Release): string[] {
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
