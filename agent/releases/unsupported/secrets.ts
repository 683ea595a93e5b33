/** What this agent does not act on yet of secrets. */
import { isVault } from "../../../model/reference.ts";
import type { Release } from "../../../model/release.ts";

/** Their paths: of references that nobody here resolves. */
export function unsupportedSecrets({ secrets }: Release): string[] {
  return Object.entries(secrets).flatMap(([name, { refs }]) =>
    refs.flatMap((reference, index) => (isVault(reference) ? [`secrets.${name}.refs.${index}`] : [])),
  );
}
