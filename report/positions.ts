/** The lines of the YAML beside what is said of a release: `permissions.core (environments/local.yaml:41:3)`. */
import type { SectionName } from "../model/digest.ts";
import type { Sources } from "../model/load.ts";

/**
 * The position of an entry, or of a part of a setting (`delivery.agent.url`); of what it belongs to when it is not there
 * itself; undefined when neither is known.
 */
export function positionOf(sources: Sources, section: SectionName, name = ""): string | undefined {
  for (let path = section === "settings" ? name : `${section}.${name}`; path !== ""; path = above(path)) {
    const position = ownPosition(sources, path);
    if (position !== undefined) return position;
  }
  return undefined;
}

/** What a path belongs to: nothing at the top. */
const above = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf(".")));

/**
 * A sentence with the position behind it of the first entry that it names, as in `connectors.okta`, `connector okta` or
 * `bounds.lose`.
 */
export function located(sentence: string, sources: Sources): string {
  const [setting] = /\b(bounds|accept)\.\w+/.exec(sentence) ?? [];
  if (setting) return withPosition(sentence, ownPosition(sources, setting));
  const [, section, name] =
    /\b(connector|constraint|permission|variable|secret)s?[. ]([A-Za-z][\w-]*)/.exec(sentence) ?? [];
  return withPosition(sentence, section && ownPosition(sources, `${section}s.${name}`));
}

/** A sentence with a position behind it, when there is one. */
export function withPosition(sentence: string, position: string | undefined): string {
  return position ? `${sentence} (${position})` : sentence;
}

/** The position of an entry by its whole name, such as `connectors.okta`; undefined where the file does not have it. */
export const ownPosition = (sources: Sources, key: string): string | undefined =>
  Object.hasOwn(sources, key) ? sources[key] : undefined;
