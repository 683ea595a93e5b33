/** What a release consists of for its policy tests: each part can be taken out, and then some test should fail. */
import { keyOfPlaces, type PermissionSet, placeKinds } from "../../model/environment/permission-set.ts";
import { type Subject, subjectName } from "../../model/environment/subject.ts";
import type { Release } from "../../model/release.ts";

/** A constraint, or one line of a permission set: somebody whom it gives or denies something, or a rule about a place. */
export interface Part {
  /** `constraints.corporate-email`, `permissions.core`. */
  readonly entry: string;
  /** Which part of the entry, such as `write of okta/core-team`; absent where it is the whole. */
  readonly words?: string;
  /** The release that has all but this. */
  without<R extends Release>(release: R): R;
}

/** A constraint as a part. */
export function constraintPart(name: string): Part {
  return {
    entry: `constraints.${name}`,
    without(release) {
      const { [name]: _, ...constraints } = release.constraints;
      return { ...release, constraints };
    },
  };
}

/** The parts of a permission set. Rights that people take themselves are none: no policy test takes one. */
export function permissionParts(name: string, set: PermissionSet): Part[] {
  const part = (words: string, changed: Partial<PermissionSet>): Part => ({
    entry: `permissions.${name}`,
    words,
    without: (release) => ({
      ...release,
      permissions: { ...release.permissions, [name]: { ...set, ...changed } },
    }),
  });
  const { read, write, deny } = set;
  const others = (subjects: readonly Subject[], one: Subject) => subjects.filter((other) => other !== one);
  return [
    ...read.map((one) => part(`read of ${subjectName(one)}`, { read: others(read, one) })),
    ...write.map((one) => part(`write of ${subjectName(one)}`, { write: others(write, one) })),
    ...(["read", "write"] as const).flatMap((right) =>
      deny[right].map((one) =>
        part(`denied ${right} of ${subjectName(one)}`, {
          deny: { ...deny, [right]: others(deny[right], one) },
        }),
      ),
    ),
    ...placeKinds.flatMap((kind) => {
      const key = keyOfPlaces[kind];
      return Object.keys(set[key]).map((pattern) => {
        const { [pattern]: _, ...rules } = set[key];
        return part(`${key}: ${pattern}`, { [key]: rules });
      });
    }),
  ];
}
