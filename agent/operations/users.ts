/** Writes of users: mapped, checked, and turned into an account. */
import { randomUUID } from "node:crypto";
import { canonicalJson } from "../../model/canonical.ts";
import type { JudgedOperation } from "../../model/environment/constraint/kinds.ts";
import { foldName } from "../../model/name.ts";
import type { Result } from "../../model/result.ts";
import { userType } from "../../model/scim/user.ts";
import type { Holder, Transition, Verdict, WrittenUser } from "../../policy/constraints/change.ts";
import type { Entitlement } from "../../policy/program.ts";
import type { User } from "../../policy/user.ts";
import { nodeOf, type ResourceNode } from "../../scim/attribute.ts";
import type { JsonObject } from "../../scim/json.ts";
import { patchUser } from "../../scim/patch/patch.ts";
import { type NormalisedUser, normaliseUser } from "../../scim/resource.ts";
import { patchDeactivates, putDeactivates } from "../../scim/taken.ts";
import type { UserRow } from "../directory/rows.ts";
import type { AccessEdit } from "../mercurial/access-rows.ts";
import { derivedOf } from "../releases/access-snapshot.ts";
import { differenceOf } from "./difference.ts";
import { holdersOf, judgeWrite, subjectOf } from "./judge.ts";
import { settleKeys } from "./keys.ts";
import { loseKeys } from "./lost-keys.ts";
import { nameTaken } from "./names.ts";
import { nothingChanged, type Outcome, type Rejection, refused, refusedBy } from "./outcome.ts";
import { claim, leaveNames } from "./ownership.ts";
import { type Followed, follow, precedenceOf, rivalsOf, spokenBy } from "./precedence.ts";
import type { MovedGroups } from "./triggered.ts";
import type { ResourceWrites, Writing } from "./writing.ts";

export const userWrites: ResourceWrites<UserRow> = {
  find: ({ users }, connector, id) => users.find(connector, id),

  async create(writing, body) {
    const normalised = normaliseUser(body, undefined, userNodeOf(writing));
    return normalised.ok ? save(writing, undefined, normalised.value) : refusedBy(normalised.error);
  },

  async replace(writing, present, body) {
    const normalised = normaliseUser(body, resourceOf(present), userNodeOf(writing));
    return normalised.ok ? save(writing, present, normalised.value) : refusedBy(normalised.error);
  },

  async modify(writing, present, body) {
    const patched = patchUser(resourceOf(present), body, userNodeOf(writing));
    return patched.ok ? save(writing, present, patched.value) : refusedBy(patched.error);
  },

  async takeAway(writing, present, { verb, body }) {
    const resource = resourceOf(present);
    const read = verb === "replace" ? putDeactivates : patchDeactivates;
    const { deactivates, ignored } = read(body, userNodeOf(writing));
    return deactivates
      ? save(writing, present, { resource: { ...resource, active: false }, ignored })
      : loseKeys(writing, present, { verb, body }, userNodeOf(writing));
  },

  retire,

  /** The account stays this user's, so that nobody else inherits it. */
  async delete(writing, present) {
    const { directory, active } = writing;
    const { id, account } = present;
    const before = active.program.constraints.watchAccess ? await formerly(writing, present) : null;
    const groups = await directory.memberships.endOfUser(id);
    await directory.users.delete(present);
    await leaveNames(directory, present);
    const judged = await judgeWrite(writing, { users: [], transitions: moves(id, before, null) });
    if (!judged.ok) return judged.error;
    const followed = await follow(writing, id, [present.speaks_of, present.named], settleAlone);
    if ("kind" in followed) return followed;
    return {
      kind: "done",
      resource: null,
      target: id,
      changes: [...(account === null ? [] : [leave(account)]), ...followed.edits],
      effect: { of: "deleted user", account, rivals: followed.told },
      ignored: [],
      warnings: judged.value,
      difference: { before: { ...resourceOf(present), account, groups }, after: {} },
    };
  },
};

/** Deactivates a user, who leaves all groups. */
async function retire(writing: Writing, present: UserRow): Promise<Outcome<UserRow>> {
  const inactive = { ...resourceOf(present), active: false };
  const outcome = await save(writing, present, { resource: inactive, ignored: [] });
  if (outcome.kind !== "done") return outcome;
  // judged before as what they are: memberships that go
  const groups = await writing.directory.memberships.endOfUser(present.id);
  if (groups.length === 0) return outcome;
  const { before, after } = outcome.difference;
  return { ...outcome, difference: { before: { ...before, groups }, after: { ...after, groups: [] } } };
}

function resourceOf({ resource }: UserRow): JsonObject {
  return JSON.parse(resource) as JsonObject;
}

function userNodeOf({ active, connector }: Writing): ResourceNode {
  return nodeOf(active.types.get(connector)?.user ?? userType);
}

/**
 * Stores a user as it would become, if everything that judges it agrees.
 *
 * Where connectors have a precedence, so is who speaks of the same accounts.
 */
async function save(
  writing: Writing,
  before: UserRow | undefined,
  { resource, ignored }: NormalisedUser,
  { groups, isAlone = false }: Settling = {},
): Promise<Outcome<UserRow>> {
  const { directory, active, now, connector } = writing;
  const user = resource as unknown as User;
  const id = before?.id ?? randomUUID();
  const userName = String(resource.userName);
  const isRenamed = !before || resourceOf(before).userName !== userName;
  const other = isRenamed ? await directory.users.named(connector, userName, id) : undefined;
  if (other !== undefined) return nameTaken("userName", userName, "user", other);

  const mapped = active.program.entitlement(connector, user);
  if (mapped.kind === "failed")
    return {
      ...refused(mapped.code === "overBudget" ? "overBudget" : "mappingFailed", mapped.reason),
      ...(mapped.part !== undefined && { attribute: mapped.part }),
    };
  const wanted = await triggered(writing, id, mapped, groups?.now);
  const externalId =
    typeof resource.externalId === "string" && resource.externalId.trim() !== "" ? resource.externalId : null;
  const claimant = {
    id,
    before,
    user,
    externalId,
    wanted: wanted.kind === "account" ? wanted.account.name : null,
    rivals: await rivalsOf(writing, id, wanted.kind === "account" ? wanted.account.name : null),
    precedence: precedenceOf(writing, connector),
  };
  const claimed = await claim(writing, claimant);
  if ("kind" in claimed) return claimed;
  const { because, returned, isOverruled, ...standing } = claimed;
  const { account, withheld } = standing;
  const entitlement: Entitlement = isOverruled
    ? { kind: "none", reason: "of another connector, whose precedence counts" }
    : because
      ? { kind: "none", reason: "withheld" }
      : wanted;

  const row: UserRow = {
    id,
    connector,
    user_name: foldName(userName),
    external_id: externalId,
    resource: canonicalJson(resource),
    ...standing,
    ...spokenBy(writing, before, user, wanted),
    created: before?.created ?? now,
    modified: now,
    version: (before?.version ?? 0) + 1,
  };
  // who is given an account later, or loses it, is the same resource
  if (before && before.resource === row.resource)
    Object.assign(row, { modified: before.modified, version: before.version });
  if (before && isSame(before, row)) return nothingChanged(before, ignored);
  const following = isAlone ? [] : [row, before].flatMap((one) => [one?.speaks_of, one?.named]);
  const losers = await takeFrom(writing, before, row, following);
  if ("kind" in losers) return losers;
  await directory.users.put(row, before ?? (losers.isStored ? row : undefined));

  const derived = entitlement.kind === "account" ? entitlement.derived : [];
  const stays = before !== undefined && account !== null && account === before.account;
  const regrouped = stays ? regroup(writing, before, derived) : { left: [], joined: [] };
  const written = writtenUser(before, user, entitlement, regrouped);
  const judged = await judgeUser(writing, before, row, written, groups);
  if (!judged.ok) return judged.error;
  const former = before ? { ...resourceOf(before), account: before.account } : {};
  const followed = await follow(writing, id, following, settleAlone);
  if ("kind" in followed) return followed;
  const keys = await settleKeys(writing, before, { id, user, account });
  const edits = stays
    ? [
        ...regrouped.left.map((group): AccessEdit => ({ kind: "leave", account, group })),
        ...regrouped.joined.map((group): AccessEdit => ({ kind: "join", account, group })),
      ]
    : await accessEdits(
        id,
        [before?.account ?? null, account],
        async () => groups?.now ?? [...(await groupKeysOf(writing, id)), ...derived],
      );
  return {
    kind: "done",
    resource: row,
    target: id,
    changes: [...losers.edits, ...edits, ...keys.changes, ...followed.edits],
    effect: {
      of: "user",
      before: before?.account ?? null,
      after: account,
      reason: entitlement.kind === "none" ? entitlement.reason : "",
      ...(because &&
        withheld !== null && {
          withheld: { environment: active.active.release.environment, account: withheld, user: id, because },
        }),
      returned,
      ...(before &&
        before.external_id !== externalId && {
          externalId: { before: before.external_id, after: externalId },
        }),
      ...regrouped,
      ...(keys.told && { keys: keys.told }),
      rivals: [...losers.told, ...followed.told],
    },
    ignored,
    warnings: judged.value,
    difference: differenceOf(former, { ...resource, account }),
  };
}

/** How a user is written again. */
interface Settling {
  /** Where a write of a group has moved them. */
  readonly groups?: MovedGroups | undefined;
  /** Whether nobody else is looked at, who speaks of the same account. */
  readonly isAlone?: boolean;
}

/** Takes an account from who has it, and is overruled by who is written and gets it. That one is stored meanwhile, without it. */
async function takeFrom(
  writing: Writing,
  before: UserRow | undefined,
  row: UserRow,
  following: readonly (string | null | undefined)[],
): Promise<(Followed & { readonly isStored: boolean }) | Rejection> {
  const { users } = writing.directory;
  const nobody = { edits: [], told: [], isStored: false };
  // only a precedence lets an account be another's until then, and none is of whoever keeps their own
  const isRanked = precedenceOf(writing, writing.connector) !== undefined;
  if (following.length === 0 || !isRanked || row.account === null || row.account === before?.account)
    return nobody;
  const present = await users.withThisAccount(row.account);
  if (present === undefined || present === row.id) return nobody;
  await users.put({ ...row, account: null }, before);
  const followed = await follow(writing, row.id, [row.account], settleAlone, "losers");
  return "kind" in followed ? followed : { ...followed, isStored: true };
}

const settleAlone = (writing: Writing, user: UserRow) =>
  save(writing, user, { resource: resourceOf(user), ignored: [] }, { isAlone: true });

/** Writes a user again, as stored, who may get something else now: they get what the release gives them. `groups` as those of `Settling`. */
export function settleUser(
  writing: Writing,
  before: UserRow,
  groups?: MovedGroups,
): Promise<Outcome<UserRow>> {
  return save(writing, before, { resource: resourceOf(before), ignored: [] }, { groups });
}

/** What a user gets by the groups that they are in, where a trigger asks for one. */
async function triggered<Mapped extends Entitlement>(
  writing: Writing,
  id: string,
  mapped: Mapped,
  known: ReadonlySet<string> | undefined,
): Promise<Mapped | Extract<Entitlement, { kind: "none" }>> {
  const { active, connector } = writing;
  const { triggers } = active.program;
  if (mapped.kind !== "account" || !triggers.areOf(connector)) return mapped;
  const groups = known ?? new Set([...(await groupKeysOf(writing, id)), ...mapped.derived]);
  return triggers.letIn(connector, groups)
    ? mapped
    : { kind: "none", reason: "in no group that triggers one" };
}

/** Whether a write leaves a row as it is, but for the version. */
function isSame(before: UserRow, after: UserRow): boolean {
  const what = [
    "resource",
    "account",
    "claimed",
    "identity",
    "lapsed",
    "withheld",
    "speaks_of",
    "named",
  ] as const;
  return what.every((column) => before[column] === after[column]);
}

/** The user as constraints on users judge it; undefined where they do not. */
function writtenUser(
  before: UserRow | undefined,
  after: User,
  entitlement: Entitlement,
  { left, joined }: Regrouped,
): Omit<WrittenUser, "groups"> | undefined {
  // who only leaves derived groups is not kept in them by a rule about users
  const onlyLeaves = left.length > 0 && joined.length === 0;
  if (entitlement.kind !== "account" || onlyLeaves) return undefined;
  const { account } = entitlement;
  return {
    operations: operationsOn(before, account.name),
    before: before && (resourceOf(before) as unknown as User),
    hadAccount: before !== undefined && before.account !== null,
    after,
    account,
  };
}

/** Who is let in only now passes what a new user passes: nobody gets around it by being created inactive. */
function operationsOn(before: UserRow | undefined, account: string): readonly JudgedOperation[] {
  if (!before) return ["user.create"];
  return before.account === account ? ["user.update"] : ["user.create", "user.update"];
}

/** Judges a user that is written; answers what constraints warn of. */
async function judgeUser(
  writing: Writing,
  before: UserRow | undefined,
  { id, account }: UserRow,
  written: Omit<WrittenUser, "groups"> | undefined,
  moved: MovedGroups | undefined,
): Promise<Result<readonly Verdict[], Rejection>> {
  if (!writing.active.program.constraints.watchAccess)
    return judgeWrite(writing, {
      users: written ? [{ ...written, groups: new Set() }] : [],
      transitions: [],
    });
  const [former, holder] = moved
    ? [holderOf(before?.account, moved.before), holderOf(account, moved.now)]
    : [await formerly(writing, before), (await holdersOf(writing, [id])).get(id)?.holder ?? null];
  const groups = holder?.groups ?? new Set<string>();
  const had = former?.account === holder?.account ? former?.groups : undefined;
  // by an attribute that derives a group, or let in with the groups that the identity provider filled before
  const joins = [...groups].some((group) => !had?.has(group)) ? (["member.add"] as const) : [];
  return judgeWrite(writing, {
    users: written ? [{ ...written, operations: [...written.operations, ...joins], groups }] : [],
    transitions: moves(id, former, holder),
  });
}

const holderOf = (account: string | null | undefined, groups: ReadonlySet<string>): Holder | null =>
  account == null ? null : { account, groups };

/** What an account was before its user was written: the memberships are the same, derived groups may differ. */
async function formerly(writing: Writing, before: UserRow | undefined): Promise<Holder | null> {
  if (!before || before.account === null) return null;
  const memberships = await groupKeysOf(writing, before.id);
  const derived = derivedOf(writing.active.program, before);
  return { account: before.account, groups: new Set([...memberships, ...derived]) };
}

/** The selected groups that a user is a member of, by key. */
async function groupKeysOf({ directory, active }: Writing, id: string): Promise<string[]> {
  const groups = await directory.memberships.groupsOf([id]);
  return groups.flatMap((group) => subjectOf(active.program, group) ?? []);
}

/** An account that becomes another one is one that goes and one that comes. */
function moves(user: string, before: Holder | null, after: Holder | null): Transition[] {
  if (before && after && before.account !== after.account)
    return [
      { user, before, after: null },
      { user, before: null, after },
    ];
  return before || after ? [{ user, before, after }] : [];
}

/** What changes in the access file where a user comes to have an account, another one, or none; asks for the groups only then. */
async function accessEdits(
  user: string,
  [before, after]: readonly [before: string | null, after: string | null],
  groupsOf: () => Promise<Iterable<string>>,
): Promise<AccessEdit[]> {
  const edits: AccessEdit[] = before === null || before === after ? [] : [leave(before)];
  if (after !== null)
    edits.push({ kind: "set", account: after, active: true, user, groups: [...(await groupsOf())] });
  return edits;
}

interface Regrouped {
  readonly left: readonly string[];
  readonly joined: readonly string[];
}

/** The derived groups that a user who keeps the account leaves and joins. */
function regroup({ active }: Writing, before: UserRow, derived: readonly string[]): Regrouped {
  const present = derivedOf(active.program, before);
  return {
    left: present.filter((group) => !derived.includes(group)),
    joined: derived.filter((group) => !present.includes(group)),
  };
}

function leave(account: string): AccessEdit {
  return { kind: "set", account, active: false, groups: [] };
}
