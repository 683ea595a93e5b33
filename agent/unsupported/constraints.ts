/** What this agent does not act on yet of constraints. */
import type { Release } from "../../model/release.ts";

/** Their paths. */
export function unsupportedConstraints(_release: Release): string[] {
  return [];
}
