/** What the access file must hold under a release: for its activation, and for mending the file. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { isDerived } from "../../model/environment/connector/selection.ts";
import { endOf, type Subject } from "../../model/environment/subject.ts";
import type { Time } from "../../model/time.ts";
import { withTaken } from "../../policy/break-glass.ts";
import type { Program } from "../../policy/program.ts";
import { keyText, parseSshKeys, type SshKey } from "../../policy/ssh-key.ts";
import { subjectOfGroup } from "../../policy/twin.ts";
import type { User } from "../../policy/user.ts";
import type { Directory } from "../directory/directory.ts";
import type { GroupRow } from "../directory/rows.ts";
import { nameKey } from "../mercurial/access-rows.ts";
import type { AccessSnapshot, CalledGroup } from "../mercurial/snapshot-rows.ts";
import type { Runtime } from "./runtime.ts";

/** All that the file must hold at a time, by the accounts that the store has given. */
export async function accessSnapshot(
  { owners, memberships, sshKeys, users, groups, breakGlass, suspended }: Directory,
  active: Runtime | null,
  now: Time,
): Promise<AccessSnapshot> {
  const groupsOf = new Map<string, Set<string>>();
  const keysOf = new Map<string, readonly SshKey[]>();
  const called = await groups.called();
  const note = (account: string, groups: readonly string[]) => {
    const there = groupsOf.get(account) ?? new Set();
    for (const group of groups) there.add(group);
    groupsOf.set(account, there);
  };
  if (active) {
    const { program } = active;
    const subjects = subjectsOf(program, called);
    for await (const { roster, accounts } of memberships.accountsOf([...subjects.keys()]))
      for (const account of accounts) note(account, subjects.get(roster) ?? []);
    const evaluated = connectorsToEvaluate(program);
    const people = evaluated.length > 0 ? await users.ofConnectors(evaluated) : [];
    const holders = evaluated.length > 0 ? await sshKeys.all() : new Map<string, string>();
    for (const { account, connector, resource } of people) {
      // an evaluation may take as long as its budget lets it, and others are not to wait for everybody's
      await nextTurn();
      const entitlement = program.entitlement(connector, JSON.parse(resource) as User);
      if (account === null || entitlement.kind !== "account") continue;
      note(account, entitlement.derived);
      const { keys } = parseSshKeys(entitlement.keys ?? []);
      keysOf.set(
        account,
        keys.filter((key) => holders.get(keyText(key)) === account),
      );
    }
  }
  await nextTurn();
  return {
    release: active?.active.digest ?? "",
    permissions: active
      ? withoutEnded(withTaken(active.program.release.permissions, await breakGlass.all()), now)
      : {},
    accounts: (await owners.withUsers()).map(({ account, user }) => ({
      account,
      active: active !== null && user !== null,
      ...(active && user !== null && { user }),
      groups: groupsOf.get(account) ?? [],
      keys: keysOf.get(account) ?? [],
    })),
    groups: called.map((group) => calledGroup(active?.program, group)),
    suspended: await suspended.all(),
  };
}

/** What the members of groups are, by their lists; of what nothing selects, they are nothing. */
export function subjectsOf(
  program: Program,
  groups: readonly Pick<GroupRow, "roster" | "connector" | "display_name" | "twin">[],
): ReadonlyMap<string, readonly string[]> {
  return new Map(
    groups.flatMap(({ roster, connector, display_name: name, twin }) => {
      const subject = subjectOfGroup(program.groups, { connector, name, isTwin: twin !== 0 });
      return subject === undefined ? [] : [[roster, [subject]] as const];
    }),
  );
}

/** A group as the file knows it again. */
export function calledGroup(
  program: Program | undefined,
  { id, connector, display_name: name, twin }: Pick<GroupRow, "id" | "connector" | "display_name" | "twin">,
): CalledGroup {
  const group = program && subjectOfGroup(program.groups, { connector, name, isTwin: twin !== 0 });
  return { id, name: nameKey(connector, name), group: group ?? "" };
}

/** What has ended is not in the file: it would be there again for a host whose clock is set back. */
function withoutEnded(permissions: AccessSnapshot["permissions"], now: Time): AccessSnapshot["permissions"] {
  const living = (subjects: readonly Subject[]) => subjects.filter((subject) => endOf(subject) > now);
  return Object.fromEntries(
    Object.entries(permissions).map(([name, { read, write, deny, ...set }]) => [
      name,
      {
        ...set,
        read: living(read),
        write: living(write),
        deny: { read: living(deny.read), write: living(deny.write) },
      },
    ]),
  );
}

/** Resources are read only of connectors that have derived groups, or keys. */
function connectorsToEvaluate({ release }: Program): string[] {
  return Object.entries(release.connectors).flatMap(([name, { groups, mapping }]) =>
    groups.some(isDerived) || mapping.keys !== undefined ? name : [],
  );
}

/** The derived groups that a stored user is in, `connector/group`. */
export function derivedOf(
  program: Program,
  { connector, resource }: { readonly connector: string; readonly resource: string },
): readonly string[] {
  const entitlement = program.entitlement(connector, JSON.parse(resource) as User);
  return entitlement.kind === "account" ? entitlement.derived : [];
}
