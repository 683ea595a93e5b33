/**
 * What an environment may declare and this agent does not act on yet. A release that uses it is refused, by name:
 * nothing is accepted and then ignored.
 */
import type { Release } from "../../model/release.ts";
import { unsupportedConnectorParts } from "./unsupported/connectors.ts";

/** The paths of the parts of a release that would have no effect here, such as `connectors.okta.cycle`. */
export function unsupportedParts(release: Release): string[] {
  return unsupportedConnectorParts(release);
}
