/**
 * What goes on of connectors that no release has which can be trusted: whoever could write may take access away, by what the
 * access file and the rows of people say. Nothing of a release is evaluated, so that none of its constraints holds a removal.
 */
import { groupIndex } from "../../model/groups.ts";
import { ok } from "../../model/result.ts";
import { nameOfTaken } from "../../policy/break-glass.ts";
import { triggersOf } from "../../policy/constraints/trigger.ts";
import type { Program } from "../../policy/program.ts";
import { keyText } from "../../policy/ssh-key.ts";
import { withoutTwins } from "../../policy/twin.ts";
import type { Directory } from "../directory/directory.ts";
import type { AccessEdit } from "../mercurial/access-rows.ts";
import { type HeldAccess, nothingHeld } from "../mercurial/held.ts";
import type { Store } from "../store/schema.ts";
import { subjectsOf } from "./access-snapshot.ts";
import type { Untrusted } from "./archive.ts";
import { type OpenDoor, readDoors } from "./doors.ts";
import type { Runtime } from "./runtime.ts";

/** That a release is active and does not run. */
export interface NotRun {
  readonly why: Untrusted;
  /** Reads what the access file holds. */
  readonly held: () => HeldAccess;
}

export interface Removals {
  /** Undefined where it is certain what is active: then these are the connectors that it does not have. */
  readonly notRun: NotRun | undefined;
  readonly doors: readonly OpenDoor[];
  /** The paths at which connectors of any release were before, by their names. */
  readonly formerly: ReadonlyMap<string, readonly string[]>;
  /** By which they are performed. It gives nobody anything. */
  readonly runtime: Runtime;
  /** Whether the access file may go on with what it held: not when it is from before what it has seen already. */
  readonly trustsFile: boolean;
  /** The edits of the access file for all that the rows of people do not give any more. */
  leavers(directory: Directory): Promise<AccessEdit[]>;
}

/** Makes removals possible for the connectors that were kept, and are not of a release that runs. */
export async function readRemovals(
  store: Store,
  environment: string,
  notRun: NotRun | undefined,
): Promise<Removals> {
  const doors = await readDoors(store, environment);
  const formerly = new Map(doors.map(({ connector, formerly }) => [connector.name, formerly]));
  const past = notRun ? doors : doors.filter(({ left }) => left !== undefined);
  return { ...makeRemovals(past, environment, notRun), formerly };
}

function makeRemovals(
  doors: readonly OpenDoor[],
  environment: string,
  notRun: NotRun | undefined,
): Omit<Removals, "formerly"> {
  const held = notRun?.held ?? (() => nothingHeld);
  const derived = new Set(doors.flatMap((door) => door.derived));
  // who leaves a group by which something is denied would get that, now or when the connector is back
  const denied = new Set([...held().denied, ...doors.flatMap((door) => door.denied)]);
  const keys = new Set(withoutTwins([...held().memberships.map(({ group }) => group), ...denied]));
  const connectors: Program["release"]["connectors"] = Object.fromEntries(
    doors.map(({ connector: { name }, deletions }) => [
      name,
      {
        ...{ idp: "scim", scope: "false", mapping: { account: '""' } },
        ...(deletions && { deletions }),
        // the groups that anybody is in by the file, or by which something was denied: of all others nobody can leave
        groups: [...keys].flatMap((key) =>
          key.startsWith(`${name}/`) && !derived.has(key) ? key.slice(name.length + 1) : [],
        ),
      },
    ]),
  );
  const program: Program = {
    release: {
      ...{ environment, connectors, constraints: {}, variables: {}, secrets: {} },
      permissions: {
        held: {
          ...{ repositories: [], read: [], write: [], branches: {}, bookmarks: {}, paths: {} },
          deny: { read: withoutTwins(denied), write: [] },
        },
      },
      settings: { delivery: { destroy: "prevent" } },
    },
    groups: groupIndex(connectors),
    entitlement: (_connector, user) =>
      user.active === false
        ? { kind: "none", reason: "inactive" }
        : { kind: "failed", code: "failed", reason: "no release runs" },
    accountName: () => ok(undefined),
    keys: () => [],
    triggers: triggersOf({ constraints: {} }),
    constraints: {
      watchAccess: false,
      window: 0,
      judge: async () => ({ outcome: "done", verdicts: [] }),
    },
  };
  const [digest = ""] = notRun?.why.named ?? [];
  const active = { release: program.release, digest, policyDigest: "", bindingsDigest: "" };
  return {
    notRun,
    trustsFile: (held().audit ?? 0) >= (notRun?.why.restored?.seen ?? 0),
    doors,
    runtime: {
      active: { ...active, activatedAt: 0, activatedBy: "", origin: { sources: {} } },
      program,
      types: new Map(doors.map(({ connector: { name, types } }) => [name, types])),
      connectors: doors
        .map(({ connector }) => connector)
        // of one path, the one that was there last
        .sort((one, other) => other.path.length - one.path.length),
    },
    async leavers({ owners, groups, memberships, sshKeys, breakGlass }) {
      const given = new Set<string>();
      const subjects = subjectsOf(program, await groups.called());
      for await (const { roster, accounts } of memberships.accountsOf([...subjects.keys()]))
        for (const account of accounts) given.add(`${account} ${subjects.get(roster)?.[0]}`);
      const { accounts, holders, memberships: there, keys = [], taken } = held();
      const stillTaken = new Set((await breakGlass.all()).map(({ id }) => id));
      const keyHolders = await sshKeys.all();
      const left = there.filter(
        ({ account, group }) =>
          Object.hasOwn(connectors, connectorOf(group)) &&
          !derived.has(group) &&
          !denied.has(group) &&
          !given.has(`${account} ${group}`),
      );
      const known = new Map((await owners.withUsers()).map(({ account, user }) => [account, user]));
      return [
        ...left.map((one): AccessEdit => ({ kind: "leave", ...one })),
        ...keys.flatMap(({ account, ...key }): AccessEdit[] =>
          keyHolders.get(keyText(key)) === account ? [] : [{ kind: "lose", account, keys: [key] }],
        ),
        ...taken.flatMap((one): AccessEdit[] =>
          stillTaken.has(one.id) ? [] : [{ kind: "return", permission: nameOfTaken(one) }],
        ),
        ...accounts.flatMap((account): AccessEdit[] => {
          const user = known.get(account);
          // whom the store does not know nobody could shut out, also where it has somebody of that name
          const isAnother = user && (holders?.get(account) ?? user) !== user;
          if (user && !isAnother) return [];
          return [{ kind: "shut", account, isKnown: known.has(account) && !isAnother }];
        }),
      ];
    },
  };
}

/** The connector of a group as the file has it, a twin's included. */
function connectorOf(group: string): string {
  return group.replace(/^!/, "").split("/")[0] ?? "";
}
