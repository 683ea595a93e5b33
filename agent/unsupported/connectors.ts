/** What this agent does not act on yet of connectors and alerts. */
import type { Release } from "../../model/release.ts";

/** Their paths. */
export function unsupportedConnectorParts(_release: Release): string[] {
  return [];
}
