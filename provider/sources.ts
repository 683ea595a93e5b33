/**
 * Where in the YAML things were written. The positions are part of the provider's configuration, so that they are never
 * in the state and moving a line is no change.
 */
import type { SectionName } from "../model/digest.ts";
import type { Sources } from "../model/load.ts";

export type { Sources };

/** The position of an entry, of its section when the entry is no more; undefined when neither is known. */
export function positionOf(sources: Sources, section: SectionName, name?: string): string | undefined {
  const key = section === "settings" ? `${name}` : `${section}.${name}`;
  return own(sources, key) ?? own(sources, section);
}

/**
 * A sentence with the position behind it of the first entry that it names, as in `connectors.okta`, `connector okta` or
 * `bounds.lose`.
 */
export function located(sentence: string, sources: Sources): string {
  const [setting] = /\b(bounds|accept)\.\w+/.exec(sentence) ?? [];
  if (setting) return withPosition(sentence, own(sources, setting));
  const [, section, name] =
    /\b(connector|constraint|permission|variable|secret)s?[. ]([A-Za-z][\w-]*)/.exec(sentence) ?? [];
  return withPosition(sentence, section && own(sources, `${section}s.${name}`));
}

/** A sentence with a position behind it, when there is one. */
export function withPosition(sentence: string, position: string | undefined): string {
  return position ? `${sentence} (${position})` : sentence;
}

const own = (sources: Sources, key: string): string | undefined =>
  Object.hasOwn(sources, key) ? sources[key] : undefined;
