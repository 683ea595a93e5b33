/** Which entries of a release's secrets hold the fixed tokens of connectors. */
import type { Release } from "../../model/release.ts";

/** The values of a release's secrets, by the name of the entry; undefined for one that cannot be had. */
export type SecretValues = ReadonlyMap<string, readonly (string | undefined)[]>;

/** The secret of each connector that takes fixed tokens, by the connector's name. */
export function bearerSecrets({ connectors, variables }: Release): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(connectors).flatMap(([name, { auth }]): [string, string][] => {
      const variable = auth?.bearer && variables[auth.bearer.var];
      return variable?.type === "secret" ? [[name, variable.secret]] : [];
    }),
  );
}
