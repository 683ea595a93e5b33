/** Whether alerts can be sent at all by what the host's configuration allows: judged before a release becomes active, not when something happens. */
import { mailAddresses } from "../../model/mail-address.ts";
import type { Release } from "../../model/release.ts";
import { allowsMailTo, type HostRules } from "../config.ts";
import { destinationsOf } from "./routing.ts";
import { signingKey } from "./signature.ts";

type MayConnect = (url: URL) => boolean;

/** What of a release's alerts the host does not allow; of addresses that are no secret, so that a plan can say it. */
export function forbiddenDestinations(host: HostRules, release: Release, mayConnect: MayConnect): string[] {
  return destinationsOf(release).flatMap((name) => {
    const variable = release.variables[name];
    if (variable?.type === "url" && variable.value !== undefined) {
      const url = new URL(variable.value);
      return mayConnect(url)
        ? []
        : [
            `variables.${name}: the agent's configuration does not allow to connect to ${url.host} (see egress in agent.yaml)`,
          ];
    }
    if (variable?.type !== "string") return [];
    if (!host.mail)
      return [`variables.${name}: the agent's configuration names no e-mail server (see mail in agent.yaml)`];
    return (mailAddresses(variable.value ?? "") ?? [])
      .filter((address) => !allowsMailTo(host, address))
      .map(
        (address) =>
          `variables.${name}: the agent's configuration does not allow e-mails to ${address} (see mail in agent.yaml)`,
      );
  });
}

/**
 * What is wrong with the secrets of alerts: an address that is none, or that the host does not allow, and a key that signs nothing.
 * No part of a value is in what is said of it.
 *
 * @param secrets the values by the name of the entry; undefined for one that cannot be had
 */
export function unusableAlertSecrets(
  release: Release,
  secrets: ReadonlyMap<string, readonly (string | undefined)[]>,
  mayConnect: MayConnect,
): string[] {
  const wrong = (variableName: string, problemOf: (value: string) => string | undefined) => {
    const variable = release.variables[variableName];
    if (variable?.type !== "secret") return [];
    return (secrets.get(variable.secret) ?? []).flatMap((value, index) => {
      const problem = value === undefined ? undefined : problemOf(value);
      return problem === undefined ? [] : [`secrets.${variable.secret}.refs.${index}: the value ${problem}`];
    });
  };
  const problems = [
    ...destinationsOf(release).flatMap((name) =>
      wrong(name, (value) => {
        if (!URL.canParse(value)) return "is no address of a webhook (expected https://…)";
        return mayConnect(new URL(value))
          ? undefined
          : "is an address to which the agent's configuration does not allow to connect (see egress in agent.yaml)";
      }),
    ),
    ...(release.settings.alerts ?? []).flatMap(({ secret }) =>
      secret
        ? wrong(secret.var, (value) =>
            signingKey(value)
              ? undefined
              : "is no key to sign by (expected whsec_ and 24 to 64 bytes in Base64)",
          )
        : [],
    ),
  ];
  return [...new Set(problems)];
}
