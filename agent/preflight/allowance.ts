/**
 * What may be resolved and contacted for whoever asks. A release that is only planned can be anybody's text: for its reader, nothing is
 * looked at but what the active release names already. Who may deploy has all that agent.yaml allows.
 */
import type { Release } from "../../model/release.ts";
import { destinationsOf } from "../alerts/routing.ts";

export interface Allowance {
  readonly reference: (reference: string) => boolean;
  /** Whether what a reference points at may be taken for an address. */
  readonly destination: (reference: string) => boolean;
  readonly address: (url: string) => boolean;
}

/** For whoever may deploy. */
export const everything: Allowance = { reference: () => true, destination: () => true, address: () => true };

/** What a reader is told of what was left out for that. */
export const leftOut =
  "the active release does not name it (expected a deployer's token: whoever may only plan has nothing new looked at)";

/** For whoever may only see; `active` is undefined where no release is. */
export function namedIn(active: Release | undefined): Allowance {
  const { secrets = {}, variables = {} } = active ?? {};
  const references = new Set(Object.values(secrets).flatMap(({ refs }) => refs));
  const destinations = new Set(
    (active ? destinationsOf(active) : []).flatMap((name) => {
      const variable = variables[name];
      return variable?.type === "secret" ? (secrets[variable.secret]?.refs ?? []) : [];
    }),
  );
  const addresses = new Set(
    Object.values(variables).flatMap((one) => (one.type === "url" ? (one.value ?? []) : [])),
  );
  return {
    reference: (reference) => references.has(reference),
    destination: (reference) => destinations.has(reference),
    address: (url) => addresses.has(url),
  };
}
