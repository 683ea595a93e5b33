/** What this agent does not act on yet of permission sets. */
import type { Release } from "../../model/release.ts";

/** Their paths. */
export function unsupportedPermissions(_release: Release): string[] {
  return [];
}
