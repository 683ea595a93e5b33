/** `trigger`: who gets an account only as a member of a group. Asked where accounts are made, so that who leaves the group leaves the account. */
import type { Release } from "../../model/release.ts";

/** The triggers of a release. */
export interface Triggers {
  /** Whether a group, `connector/group`, decides for the users of a connector. */
  names(connector: string, group: string | undefined): boolean;
  /** Whether a connector's user who is in these groups gets an account: each trigger names one of them. */
  letIn(connector: string, groups: ReadonlySet<string>): boolean;
  /** Whether there are any for the users of a connector. */
  areOf(connector: string): boolean;
}

/** Reads the triggers of a release's constraints, whose groups are qualified. */
export function triggersOf({ constraints }: Pick<Release, "constraints">): Triggers {
  const all = Object.values(constraints).flatMap(({ trigger, connectors }) =>
    trigger ? [{ groups: new Set(trigger.groups), connectors }] : [],
  );
  const of = (connector: string) =>
    all.filter(({ connectors }) => connectors === undefined || connectors.includes(connector));
  return {
    names: (connector, group) => group !== undefined && of(connector).some(({ groups }) => groups.has(group)),
    letIn: (connector, groups) =>
      of(connector).every((one) => [...groups].some((group) => one.groups.has(group))),
    areOf: (connector) => of(connector).length > 0,
  };
}
