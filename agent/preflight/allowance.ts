/**
 * What may be resolved and contacted for whoever asks. A release that is only planned can be anybody's text: for its reader, nothing is
 * looked at but what the active release names already. Who may deploy has all that agent.yaml allows.
 */
import type { Release } from "../../model/release.ts";
import { destinationsOf } from "../alerts/routing.ts";

/** What is done with one: it is looked at, said to be left out, or nothing is said of it. */
export type LookVerdict = "look" | "leave out" | "omit";

export interface Allowance {
  readonly reference: (reference: string) => LookVerdict;
  /** Whether what a reference points at may be taken for an address. */
  readonly destination: (reference: string) => LookVerdict;
  readonly address: (url: string) => LookVerdict;
}

/** Who asks, and about what. */
export interface Asker {
  readonly mayDeploy: boolean;
  /** `new`: only about what the active release does not name. */
  readonly only?: "new" | undefined;
}

/** What a reader is told of what was left out for that. */
export const leftOut =
  "the active release does not name it (expected a deployer's token: whoever may only plan has nothing new looked at)";

/** What may be looked at, by the active release; undefined where none is. */
export function allowanceOf(active: Release | undefined, { mayDeploy, only }: Asker): Allowance {
  const { secrets = {}, variables = {} } = active ?? {};
  const references = Object.values(secrets).flatMap(({ refs }) => refs);
  const destinations = (active ? destinationsOf(active) : []).flatMap((name) => {
    const variable = variables[name];
    return variable?.type === "secret" ? (secrets[variable.secret]?.refs ?? []) : [];
  });
  const addresses = Object.values(variables).flatMap((one) => (one.type === "url" ? (one.value ?? []) : []));
  const judge = (known: readonly string[]) => {
    const named = new Set(known);
    return (one: string): LookVerdict => {
      if (named.has(one)) return only === "new" ? "omit" : "look";
      return mayDeploy ? "look" : "leave out";
    };
  };
  return { reference: judge(references), destination: judge(destinations), address: judge(addresses) };
}
