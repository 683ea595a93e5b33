/** Who answers for an entry of a release. */
import type { Release } from "../model/release.ts";
import type { LookedAt } from "./check.ts";

/** The variables that name a secret, sorted. */
function variablesOfSecret({ variables }: Release, secret: string): string[] {
  return Object.entries(variables)
    .flatMap(([name, variable]) => (variable.type === "secret" && variable.secret === secret ? name : []))
    .sort();
}

/** A variable as something that is looked at. */
export function ofVariable({ variables }: Release, name: string): Pick<LookedAt, "name" | "owner" | "entry"> {
  const owner = variables[name]?.owner;
  return { name, entry: `variables.${name}`, ...(owner !== undefined && { owner }) };
}

/** A secret: by the variables that name it, and whose they are where it has no owner. */
export function ofSecret(release: Release, secret: string): Pick<LookedAt, "name" | "owner" | "entry"> {
  const names = variablesOfSecret(release, secret);
  const owner =
    release.secrets[secret]?.owner ?? names.flatMap((name) => release.variables[name]?.owner ?? [])[0];
  return {
    name: names.length > 0 ? names.join(", ") : secret,
    entry: `secrets.${secret}`,
    ...(owner !== undefined && { owner }),
  };
}
