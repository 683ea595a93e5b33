/** SCIM writes of users: mapped, checked, and turned into an account. */
import { randomUUID } from "node:crypto";
import { canonicalJson } from "../../model/canonical.ts";
import type { Operation } from "../../model/environment/constraint/kinds.ts";
import { fail, ok } from "../../model/result.ts";
import { userType } from "../../model/scim/user.ts";
import type { Holder, Transition, WrittenUser } from "../../policy/constraints/change.ts";
import type { Entitlement, User } from "../../policy/program.ts";
import { nodeOf, type ResourceNode } from "../../scim/attribute.ts";
import { quote, type ScimResult, scimError } from "../../scim/error.ts";
import type { Json, JsonObject } from "../../scim/json.ts";
import { patchUser } from "../../scim/patch/patch.ts";
import { type NormalisedUser, normaliseUser } from "../../scim/resource.ts";
import { otherPerson, takeAccount } from "../directory/owners.ts";
import { findGroupsOf, findUser, type Row } from "../directory/read.ts";
import { derivedOf } from "../directory/snapshot.ts";
import { writeUserKeys } from "../directory/user-keys.ts";
import type { AccessChange } from "../mercurial/access-file.ts";
import type { Runtime } from "../releases/runtime.ts";
import type { Store, Tables } from "../store/schema.ts";
import { holdersOf, judgeWrite } from "./constraints.ts";
import type { WriteEffect } from "./writer.ts";

type UserRow = Row<Tables["users"]>;
type UserEffect = WriteEffect<UserRow>;

/** POST /Users (RFC 7644, section 3.3). */
export async function createUser(
  store: Store,
  runtime: Runtime,
  connector: string,
  body: Json,
): Promise<ScimResult<UserEffect>> {
  const normalised = normaliseUser(body, undefined, userNodeOf(runtime, connector));
  if (!normalised.ok) return normalised;
  return save(store, runtime, connector, undefined, normalised.value);
}

/** PUT /Users/:id (RFC 7644, section 3.5.1). */
export async function replaceUser(
  store: Store,
  runtime: Runtime,
  connector: string,
  id: string,
  body: Json,
): Promise<ScimResult<UserEffect>> {
  return change(store, runtime, connector, id, (present) =>
    normaliseUser(body, present, userNodeOf(runtime, connector)),
  );
}

/** PATCH /Users/:id (RFC 7644, section 3.5.2). */
export async function modifyUser(
  store: Store,
  runtime: Runtime,
  connector: string,
  id: string,
  body: Json,
): Promise<ScimResult<UserEffect>> {
  return change(store, runtime, connector, id, (present) =>
    patchUser(present, body, userNodeOf(runtime, connector)),
  );
}

/** DELETE /Users/:id (RFC 7644, section 3.6). The account stays this user's, so that nobody else inherits it. */
export async function deleteUser(
  store: Store,
  runtime: Runtime,
  connector: string,
  id: string,
): Promise<ScimResult<WriteEffect<null>>> {
  const row = await findUser(store, connector, id);
  if (!row) return noSuchUser(id);
  const before = runtime.program.constraints.watchAccess ? await formerly(store, runtime, row) : null;
  await store.deleteFrom("members").where("user_id", "=", id).execute();
  await store.deleteFrom("users").where("id", "=", id).execute();
  await writeUserKeys(store, id, row.resource, undefined);
  const judged = await judgeWrite(store, runtime, {
    connector,
    users: [],
    transitions: moves(before, null),
  });
  if (!judged.ok) return judged;
  const effect = row.account ? `account ${row.account} loses all access` : "the user had no account";
  return ok({
    value: null,
    status: 204,
    detail: [effect, ...judged.value].join("; "),
    access: row.account ? [leave(row.account)] : [],
  });
}

function userNodeOf(runtime: Runtime, connector: string): ResourceNode {
  return nodeOf(runtime.types.get(connector)?.user ?? userType);
}

async function change(
  store: Store,
  runtime: Runtime,
  connector: string,
  id: string,
  edit: (present: JsonObject) => ScimResult<NormalisedUser>,
): Promise<ScimResult<UserEffect>> {
  const row = await findUser(store, connector, id);
  if (!row) return noSuchUser(id);
  const edited = edit(JSON.parse(row.resource) as JsonObject);
  if (!edited.ok) return edited;
  return save(store, runtime, connector, row, edited.value);
}

/** Stores a user as it would become, if everything that judges it agrees. */
async function save(
  store: Store,
  runtime: Runtime,
  connector: string,
  before: UserRow | undefined,
  { resource, ignored }: NormalisedUser,
): Promise<ScimResult<UserEffect>> {
  const user = resource as unknown as User;
  const id = before?.id ?? randomUUID();
  const userName = String(resource.userName);
  const twin = await store
    .selectFrom("users")
    .select("id")
    .where("connector", "=", connector)
    .where("user_name", "=", userName.toLowerCase())
    .where("id", "!=", id)
    .executeTakeFirst();
  if (twin) return fail(scimError("uniqueness", `userName "${userName}" belongs to another user`));

  const entitlement = runtime.program.entitlement(connector, user);
  if (entitlement.kind === "failed") return fail(scimError("invalidValue", entitlement.reason));
  const account = entitlement.kind === "account" ? entitlement.account.name : null;
  const now = Date.now();
  const externalId = typeof resource.externalId === "string" ? resource.externalId : null;
  const other = before && (await otherPerson(store, before, externalId));
  if (other) return fail(other);
  const taken =
    account === null ? undefined : await takeAccount(store, { account, connector, user_id: id, since: now });
  if (taken) return fail(taken);

  const row: UserRow = {
    id,
    connector,
    user_name: userName.toLowerCase(),
    external_id: externalId,
    resource: canonicalJson(resource),
    account,
    created: before?.created ?? now,
    modified: now,
    version: (before?.version ?? 0) + 1,
  };
  if (before && before.resource === row.resource && before.account === account)
    return ok({ value: before, status: 200, detail: "nothing changed", access: [], target: id });
  // an account that moves from this user to none must be free before another row can have it
  if (before) await store.updateTable("users").set(row).where("id", "=", id).execute();
  else await store.insertInto("users").values(row).execute();
  await writeUserKeys(store, id, before?.resource, row.resource);

  const derived = entitlement.kind === "account" ? entitlement.derived : [];
  const regrouped =
    before && account !== null && account === before.account ? regroup(runtime, before, derived) : [];
  // who only leaves derived groups is not kept in them by a rule about users
  const onlyLeaves = regrouped.length > 0 && regrouped.every(({ kind }) => kind === "leave");
  const stored = before && (JSON.parse(before.resource) as User);
  const written =
    entitlement.kind === "account" && !onlyLeaves
      ? {
          operations: operationsOn(before, account),
          before: stored,
          after: user,
          account: entitlement.account,
        }
      : undefined;
  const judged = await judgeUser(store, runtime, before, row, written);
  if (!judged.ok) return judged;
  return ok({
    value: row,
    target: id,
    status: before ? 200 : 201,
    access: [
      ...(await accessChanges(store, runtime, id, before?.account ?? null, account, derived)),
      ...regrouped.map(({ kind, group }): AccessChange => ({ kind, account: String(account), group })),
    ],
    detail: [
      describe(before?.account ?? null, account, entitlement),
      before && before.external_id !== row.external_id
        ? `externalId is now ${quoted(row.external_id)}, was ${quoted(before.external_id)}`
        : "",
      ...regrouped.map(({ kind, group }) => (kind === "join" ? `now in ${group}` : `no longer in ${group}`)),
      ignored.length > 0 ? `ignored ${ignored.join(", ")}` : "",
      ...judged.value,
    ]
      .filter(Boolean)
      .join("; "),
  });
}

/** Who is let in only now passes what a new user passes: nobody gets around it by being created inactive. */
function operationsOn(before: UserRow | undefined, account: string | null): readonly Operation[] {
  if (!before) return ["user.create"];
  return before.account === account ? ["user.update"] : ["user.create", "user.update"];
}

/** Judges a user that is written; answers what constraints warn of. */
async function judgeUser(
  store: Store,
  runtime: Runtime,
  before: UserRow | undefined,
  { id, connector }: UserRow,
  written: Omit<WrittenUser, "groups"> | undefined,
): Promise<ScimResult<string[]>> {
  if (!runtime.program.constraints.watchAccess)
    return judgeWrite(store, runtime, {
      connector,
      users: written ? [{ ...written, groups: new Set() }] : [],
      transitions: [],
    });
  const former = await formerly(store, runtime, before);
  const holder = (await holdersOf(store, runtime, [id])).get(id)?.holder ?? null;
  const groups = holder?.groups ?? new Set<string>();
  const had = former?.account === holder?.account ? former?.groups : undefined;
  // by an attribute that derives a group, or let in with the groups that the identity provider filled before
  const joins = [...groups].some((group) => !had?.has(group)) ? (["member.add"] as const) : [];
  return judgeWrite(store, runtime, {
    connector,
    users: written ? [{ ...written, operations: [...written.operations, ...joins], groups }] : [],
    transitions: moves(former, holder),
  });
}

/** What an account was before its user was written: the memberships are the same, derived groups may differ. */
async function formerly(store: Store, runtime: Runtime, before: UserRow | undefined): Promise<Holder | null> {
  if (!before || before.account === null) return null;
  const memberships = (await findGroupsOf(store, [before.id])).flatMap(
    ({ connector, display_name }) => runtime.program.groups.find(connector, display_name)?.key ?? [],
  );
  const derived = derivedOf(runtime, before.connector, before.resource);
  return { account: before.account, groups: new Set([...memberships, ...derived]) };
}

/** An account that becomes another one is one that goes and one that comes. */
function moves(before: Holder | null, after: Holder | null): Transition[] {
  if (before && after && before.account !== after.account)
    return [
      { before, after: null },
      { before: null, after },
    ];
  return before || after ? [{ before, after }] : [];
}

async function accessChanges(
  store: Store,
  runtime: Runtime,
  id: string,
  before: string | null,
  after: string | null,
  derived: readonly string[],
): Promise<AccessChange[]> {
  if (before === after) return [];
  const changes: AccessChange[] = before === null ? [] : [leave(before)];
  if (after !== null) {
    const groups = (await findGroupsOf(store, [id])).flatMap(
      ({ connector, display_name }) => runtime.program.groups.find(connector, display_name)?.key ?? [],
    );
    changes.push({ kind: "set", account: after, active: true, groups: [...groups, ...derived] });
  }
  return changes;
}

/** The derived groups that a user who keeps the account joins and leaves. */
function regroup(
  runtime: Runtime,
  before: UserRow,
  derived: readonly string[],
): { readonly kind: "join" | "leave"; readonly group: string }[] {
  const present = derivedOf(runtime, before.connector, before.resource);
  return [
    ...present
      .filter((group) => !derived.includes(group))
      .map((group) => ({ kind: "leave" as const, group })),
    ...derived.filter((group) => !present.includes(group)).map((group) => ({ kind: "join" as const, group })),
  ];
}

function leave(account: string): AccessChange {
  return { kind: "set", account, active: false, groups: [] };
}

function describe(before: string | null, after: string | null, entitlement: Entitlement): string {
  if (after !== null && before === after) return `account ${after} stays`;
  if (after !== null && before !== null)
    return `account ${after} is let in, account ${before} loses all access`;
  if (after !== null) return `account ${after} is let in`;
  const reason = entitlement.kind === "none" ? entitlement.reason : "";
  return before === null ? `no account: ${reason}` : `account ${before} loses all access: ${reason}`;
}

function quoted(externalId: string | null): string {
  return externalId === null ? "none" : quote(externalId);
}

function noSuchUser(id: string): ScimResult<never> {
  return fail(scimError(404, `there is no user ${id}`));
}
