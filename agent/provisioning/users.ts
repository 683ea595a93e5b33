/** SCIM writes of users: mapped, checked, and turned into an account. */
import { randomUUID } from "node:crypto";
import { canonicalJson } from "../../model/canonical.ts";
import type { Entitlement, Operation, User } from "../../policy/program.ts";
import type { AccessChange } from "../mercurial/access-file.ts";
import type { Runtime } from "../runtime.ts";
import { scimError } from "../scim/error.ts";
import type { Json, JsonObject } from "../scim/json.ts";
import { patchUser } from "../scim/patch.ts";
import { type NormalisedUser, normaliseUser } from "../scim/resource.ts";
import { fail, ok, type Result } from "../scim/result.ts";
import type { Store, Tables } from "../store/schema.ts";
import { findGroupsOf, findUser, type Row } from "./read.ts";
import type { WriteEffect } from "./write.ts";

type UserRow = Row<Tables["users"]>;
type UserEffect = WriteEffect<UserRow>;

/** POST /Users (RFC 7644, section 3.3). */
export async function createUser(
  store: Store,
  runtime: Runtime,
  connector: string,
  body: Json,
): Promise<Result<UserEffect>> {
  const normalised = normaliseUser(body);
  if (!normalised.ok) return normalised;
  return save(store, runtime, connector, "user.create", undefined, normalised.value);
}

/** PUT /Users/:id (RFC 7644, section 3.5.1). */
export async function replaceUser(
  store: Store,
  runtime: Runtime,
  connector: string,
  id: string,
  body: Json,
): Promise<Result<UserEffect>> {
  return change(store, runtime, connector, id, (present) => normaliseUser(body, present));
}

/** PATCH /Users/:id (RFC 7644, section 3.5.2). */
export async function modifyUser(
  store: Store,
  runtime: Runtime,
  connector: string,
  id: string,
  body: Json,
): Promise<Result<UserEffect>> {
  return change(store, runtime, connector, id, (present) => patchUser(present, body));
}

/** DELETE /Users/:id (RFC 7644, section 3.6). The account stays this user's, so that nobody else inherits it. */
export async function deleteUser(
  store: Store,
  connector: string,
  id: string,
): Promise<Result<WriteEffect<null>>> {
  const row = await findUser(store, connector, id);
  if (!row) return noSuchUser(id);
  await store.deleteFrom("members").where("user_id", "=", id).execute();
  await store.deleteFrom("users").where("id", "=", id).execute();
  return ok({
    value: null,
    status: 204,
    detail: row.account ? `account ${row.account} loses all access` : "the user had no account",
    access: row.account ? [leave(row.account)] : [],
  });
}

async function change(
  store: Store,
  runtime: Runtime,
  connector: string,
  id: string,
  edit: (present: JsonObject) => Result<NormalisedUser>,
): Promise<Result<UserEffect>> {
  const row = await findUser(store, connector, id);
  if (!row) return noSuchUser(id);
  const edited = edit(JSON.parse(row.resource) as JsonObject);
  if (!edited.ok) return edited;
  return save(store, runtime, connector, "user.update", row, edited.value);
}

/** Stores a user as it would become, if everything that judges it agrees. */
async function save(
  store: Store,
  runtime: Runtime,
  connector: string,
  operation: Operation,
  before: UserRow | undefined,
  { resource, ignored }: NormalisedUser,
): Promise<Result<UserEffect>> {
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
  const judged = await judge(store, runtime, connector, id, operation, user, entitlement);
  if (!judged.ok) return judged;
  const account = judged.value;

  const now = Date.now();
  const row: UserRow = {
    id,
    connector,
    user_name: userName.toLowerCase(),
    external_id: typeof resource.externalId === "string" ? resource.externalId : null,
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

  return ok({
    value: row,
    target: id,
    status: before ? 200 : 201,
    access: await accessChanges(store, runtime, id, before?.account ?? null, account),
    detail: [
      describe(before?.account ?? null, account, entitlement),
      ignored.length > 0 ? `ignored ${ignored.join(", ")}` : "",
    ]
      .filter(Boolean)
      .join("; "),
  });
}

/** The account that the user gets, null for none, or why the write is refused. */
async function judge(
  store: Store,
  runtime: Runtime,
  connector: string,
  id: string,
  operation: Operation,
  user: User,
  entitlement: Entitlement,
): Promise<Result<string | null>> {
  if (entitlement.kind === "failed") return fail(scimError("invalidValue", entitlement.reason));
  if (entitlement.kind === "none") return ok(null);
  const { name } = entitlement.account;
  const violations = runtime.program.violations(operation, user);
  if (violations.length > 0)
    return fail(
      scimError(
        "invalidValue",
        violations.map(({ constraint, reason }) => `constraint ${constraint}: ${reason}`).join("; "),
      ),
    );
  const owner = await store.selectFrom("owners").selectAll().where("account", "=", name).executeTakeFirst();
  if (owner && (owner.connector !== connector || owner.user_id !== id))
    return fail(scimError("uniqueness", `account "${name}" belongs to another user`));
  if (!owner)
    await store
      .insertInto("owners")
      .values({ account: name, connector, user_id: id, since: Date.now() })
      .execute();
  return ok(name);
}

async function accessChanges(
  store: Store,
  runtime: Runtime,
  id: string,
  before: string | null,
  after: string | null,
): Promise<AccessChange[]> {
  if (before === after) return [];
  const changes: AccessChange[] = before === null ? [] : [leave(before)];
  if (after !== null) {
    const groups = (await findGroupsOf(store, [id])).flatMap(
      ({ connector, display_name }) => runtime.program.groups.find(connector, display_name)?.key ?? [],
    );
    changes.push({ kind: "set", account: after, active: true, groups });
  }
  return changes;
}

function leave(account: string): AccessChange {
  return { kind: "set", account, active: false, groups: [] };
}

function describe(before: string | null, after: string | null, entitlement: Entitlement): string {
  if (after !== null) return before === after ? `account ${after} stays` : `account ${after} is let in`;
  const reason = entitlement.kind === "none" ? entitlement.reason : "";
  return before === null ? `no account: ${reason}` : `account ${before} loses all access: ${reason}`;
}

function noSuchUser(id: string): Result<never> {
  return fail(scimError(404, `there is no user ${id}`));
}
