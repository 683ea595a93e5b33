/** What this agent does not act on yet of connectors. */
import type { Release } from "../../../model/release.ts";

const parts = ["read"] as const;
/** Of a connector that we read, how often, and how that is tried again. */
const partsOfReading = ["cycle", "retry"] as const;

/** Their paths. */
export function unsupportedConnectorParts({ connectors }: Release): string[] {
  return Object.entries(connectors).flatMap(([name, connector]) =>
    [...parts, ...(connector.read ? partsOfReading : [])]
      .filter((part) => connector[part] !== undefined)
      .map((part) => `connectors.${name}.${part}`),
  );
}
