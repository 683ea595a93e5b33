/** What this agent does not act on yet of connectors and alerts. */
import type { Release } from "../../../model/release.ts";

const parts = ["read", "cycle", "retry", "quarantine"] as const;

/** Their paths. */
export function unsupportedConnectorParts({ connectors, settings }: Release): string[] {
  return [
    ...Object.entries(connectors).flatMap(([name, connector]) =>
      parts.filter((part) => connector[part] !== undefined).map((part) => `connectors.${name}.${part}`),
    ),
    ...(settings.alerts ? ["alerts"] : []),
  ];
}
