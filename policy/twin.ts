/**
 * Twins: groups from before names compared as they do now, whose name is another group's too. Nobody gets anything by being
 * in one, but what is denied to the group is denied to them as well: so they are a subject of their own.
 */
import type { GroupIndex } from "../model/groups.ts";

/** A stored group, as far as access goes by it. */
export interface NamedGroup {
  readonly connector: string;
  readonly name: string;
  readonly isTwin: boolean;
}

/** The subject that the members of a group are: its key, `connector/group`; undefined where nothing selects it. */
export function subjectOfGroup(
  groups: GroupIndex,
  { connector, name, isTwin }: NamedGroup,
): string | undefined {
  const key = groups.find(connector, name)?.key;
  return key !== undefined && isTwin ? twinOf(key) : key;
}

/** Whom a rule that denies is about: a group's twins too. */
export function deniedBy(subject: string): readonly string[] {
  // an account has no slash in its name
  return subject.includes("/") ? [subject, twinOf(subject)] : [subject];
}

/** The groups among subjects that somebody is really in. */
export function withoutTwins(subjects: Iterable<string>): string[] {
  return [...subjects].filter((subject) => !subject.startsWith(mark));
}

// no connector is called so
const mark = "!";
const twinOf = (key: string) => `${mark}${key}`;
