/**
 * A write before its constraints: judged when it is made and can still be taken back, so that what they ask of the store is
 * what it would hold.
 */
import { usuallyOn } from "../../model/environment/constraint/kinds.ts";
import { kindOf } from "../../model/environment/constraint.ts";
import { fail, ok } from "../../model/result.ts";
import {
  type Change,
  countsOf,
  type Facts,
  type Holder,
  type Verdict,
} from "../../policy/constraints/change.ts";
import type { Account, User } from "../../policy/program.ts";
import { type ScimResult, scimError } from "../../scim/error.ts";
import { findGroupsOf } from "../directory/read.ts";
import type { Runtime } from "../releases/runtime.ts";
import type { Store } from "../store/schema.ts";

/**
 * Judges a write that the transaction holds.
 *
 * @returns what constraints warn of, for the audit; or why the write is refused, and must be taken back
 */
export async function judgeWrite(
  store: Store,
  runtime: Runtime,
  change: Change,
): Promise<ScimResult<string[]>> {
  const { constraints, release } = runtime.program;
  const now = Date.now();
  const { outcome, verdicts } = await constraints.judge(change, storedFacts(store), now);
  const told = (kind: Verdict["otherwise"]) => verdicts.filter(({ otherwise }) => otherwise === kind);
  if (outcome === "rejected") {
    const isAboutUser = told("reject").some(({ constraint }) => {
      const declared = release.constraints[constraint];
      return declared !== undefined && usuallyOn[kindOf(declared)] !== undefined;
    });
    // what the request holds is wrong, or what is there does not allow it (RFC 7644, section 3.12)
    return fail(scimError(isAboutUser ? "invalidValue" : 409, told("reject").map(describe).join("; ")));
  }
  if (outcome === "held") return fail(scimError(409, `held: ${told("hold").map(describe).join("; ")}`));
  if (constraints.window > 0) await record(store, change, now, now - constraints.window);
  return ok(told("warn").map((verdict) => `warning of ${describe(verdict)}`));
}

function describe({ constraint, reason }: Verdict): string {
  return `constraint ${constraint}: ${reason}`;
}

/** Remembers how much a write changes, as long as a limit counts. */
async function record(
  store: Store,
  { connector, transitions }: Change,
  at: number,
  oldest: number,
): Promise<void> {
  const { deactivations, removals, accessChanges } = countsOf(transitions);
  if (deactivations + removals + accessChanges === 0) return;
  await store.deleteFrom("changes").where("at", "<", oldest).execute();
  await store
    .insertInto("changes")
    .values({ at, connector, deactivations, removals, access_changes: accessChanges })
    .execute();
}

const columns = {
  deactivations: "deactivations",
  removals: "removals",
  accessChanges: "access_changes",
} as const;

function storedFacts(store: Store): Facts {
  return {
    async accounts() {
      const { count } = await store
        .selectFrom("users")
        .select(({ fn }) => fn.countAll<number>().as("count"))
        .where("account", "is not", null)
        .executeTakeFirstOrThrow();
      return Number(count);
    },
    async accountsAmong(subjects, enough) {
      const found = new Set<string>();
      const accounts = store.selectFrom("users").select("users.account").where("account", "is not", null);
      // one by one, so that a large group is read no further than needed
      for (const subject of subjects) {
        if (found.size >= enough) break;
        const group = groupNamed(subject);
        const rows = await (group
          ? accounts
              .innerJoin("members", "members.user_id", "users.id")
              .innerJoin("groups", "groups.id", "members.group_id")
              .where("groups.connector", "=", group.connector)
              .where("groups.display_name", "=", group.name)
          : accounts.where("account", "=", subject)
        )
          .limit(enough)
          .execute();
        for (const { account } of rows) if (account !== null) found.add(account);
      }
      return found.size;
    },
    async countSince(kind, since, connectors) {
      const changes = store
        .selectFrom("changes")
        .select(({ fn }) => fn.sum<number | null>(columns[kind]).as("sum"))
        .where("at", ">=", since);
      const { sum } = await (connectors
        ? changes.where("connector", "in", connectors)
        : changes
      ).executeTakeFirstOrThrow();
      return Number(sum ?? 0);
    },
  };
}

/** A group as its row is named, from its key `connector/group`; undefined for what is an account. */
function groupNamed(subject: string): { connector: string; name: string } | undefined {
  const end = subject.indexOf("/");
  if (end < 0) return undefined;
  return { connector: subject.slice(0, end), name: subject.slice(end + 1).toLowerCase() };
}

/** A stored user who has an account. */
interface Known {
  readonly user: User;
  readonly account: Account;
  readonly holder: Holder;
}

/** The accounts of stored users and the groups that they are in, by the user's id. Asked only where constraints need it. */
export async function holdersOf(
  store: Store,
  runtime: Runtime,
  ids: readonly string[],
): Promise<Map<string, Known>> {
  const holders = new Map<string, Known>();
  if (ids.length === 0) return holders;
  const rows = await store
    .selectFrom("users")
    .select(["id", "connector", "account", "resource"])
    .where("id", "in", ids)
    .where("account", "is not", null)
    .execute();
  const groups = new Map<string, string[]>();
  for (const { user_id, connector, display_name } of await findGroupsOf(store, ids)) {
    const key = runtime.program.groups.find(connector, display_name)?.key;
    if (key !== undefined) groups.set(user_id, [...(groups.get(user_id) ?? []), key]);
  }
  for (const { id, connector, account: name, resource } of rows) {
    if (name === null) continue;
    const user = JSON.parse(resource) as User;
    const entitlement = runtime.program.entitlement(connector, user);
    const { account, derived } =
      entitlement.kind === "account" ? entitlement : { account: { name }, derived: [] };
    const holder = { account: name, groups: new Set([...(groups.get(id) ?? []), ...derived]) };
    holders.set(id, { user, account, holder });
  }
  return holders;
}

/** A holder who is, or is no longer, in a group. */
export function withGroup(holder: Holder, group: string, member: boolean): Holder {
  const groups = new Set(holder.groups);
  if (member) groups.add(group);
  else groups.delete(group);
  return { ...holder, groups };
}
