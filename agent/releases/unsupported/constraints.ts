/** What this agent does not act on yet of constraints. */
import type { Release } from "../../../model/release.ts";

/** Their paths. */
export function unsupportedConstraints({ constraints }: Release): string[] {
  return Object.entries(constraints).flatMap(([name, { meanwhile }]) =>
    meanwhile === "suspend" ? [`constraints.${name}.meanwhile: suspend`] : [],
  );
}
