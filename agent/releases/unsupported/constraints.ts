/** What this agent does not act on yet of constraints. */
import type { Release } from "../../../model/release.ts";

/** Their paths. */
export function unsupportedConstraints({ constraints }: Release): string[] {
  // there is no place yet where what is held waits
  return Object.entries(constraints).flatMap(([name, { otherwise }]) =>
    otherwise === "hold" ? [`constraints.${name}.otherwise: hold`] : [],
  );
}
