/**
 * A release tried out in memory: users and groups as given, SCIM requests as an identity provider sends them, and what
 * comes of it. It runs the very code that the agent runs on a request that was let in; only the listener, the disk and
 * the access file are not there. Nothing that is rehearsed stays.
 */
import type { ControlledTransaction } from "kysely";
import { digestsOf } from "../../model/digest.ts";
import type { Release } from "../../model/release.ts";
import { fail } from "../../model/result.ts";
import { accessList } from "../../policy/impact.ts";
import { type Population, populate } from "../../policy/population.ts";
import { compileRelease, type Program } from "../../policy/program.ts";
import { type ScimError, type ScimResult, scimError } from "../../scim/error.ts";
import type { JsonObject } from "../../scim/json.ts";
import { readDirectory } from "../directory/snapshot.ts";
import { type Runtime, typesOf } from "../releases/runtime.ts";
import { groups, users } from "../scim/resources.ts";
import { tentatively } from "../store/savepoint.ts";
import type { Store, Tables } from "../store/schema.ts";
import { openMemoryStore } from "../store/sqlite.ts";

/** A user as given, with the displayNames of the groups they are in. */
export interface GivenUser {
  readonly connector: string;
  readonly groups: readonly string[];
  readonly resource: JsonObject;
}

export interface ScimRequest {
  readonly connector: string;
  readonly method: "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below the base URL, such as `/Users/17`. */
  readonly path: string;
  readonly body: JsonObject;
}

export interface Done {
  readonly status: number;
  /** What the audit says of it. */
  readonly detail: string;
  /** The SCIM id of what was written. */
  readonly id: string | undefined;
}

/** One rehearsal, from an empty store on. */
export interface Stage {
  /** Puts a user there, whatever the constraints say: they may be younger than the user. Answers the SCIM id. */
  add(user: GivenUser): Promise<ScimResult<string>>;
  /** Puts a group there, if it is not there yet. Answers the SCIM id. */
  addGroup(connector: string, displayName: string): Promise<ScimResult<string>>;
  /** Answers a request as the agent would. What is refused has changed nothing. */
  send(request: ScimRequest): Promise<ScimResult<Done>>;
  /** The account of a user, by SCIM id; undefined for none. */
  accountOf(id: string): Promise<string | undefined>;
  /** The rights of every account in these repositories, as `policy/` makes them. */
  access(repositories: readonly string[], at: number): Promise<ReturnType<typeof accessList>>;
  population(): Promise<Population>;
}

export interface Rehearsal {
  /** Plays one piece on an empty stage, which is cleared again. */
  play<T>(piece: (stage: Stage) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Prepares a validated release to be rehearsed. */
export async function rehearse(release: Release): Promise<Rehearsal> {
  const store = await openMemoryStore(release.environment);
  const runtime = runtimeOf(release);
  // what is given was there before: it is not judged
  const lenient = runtimeOf({ ...release, constraints: {} });
  return {
    async play(piece) {
      const transaction = await store.startTransaction().execute();
      try {
        return await piece(stageOn(transaction, runtime, lenient));
      } finally {
        await transaction.rollback().execute();
      }
    },
    close: () => store.destroy(),
  };
}

function runtimeOf(release: Release): Runtime {
  const { release: digest, policy: policyDigest, bindings: bindingsDigest } = digestsOf(release);
  const digests = { digest, policyDigest, bindingsDigest };
  const active = { release, ...digests, activatedAt: 0, activatedBy: "rehearsal", origin: { sources: {} } };
  // nobody connects to a rehearsal: its requests were let in
  return { active, program: compileRelease(release), types: typesOf(release), connectors: [] };
}

function stageOn(store: ControlledTransaction<Tables>, runtime: Runtime, lenient: Runtime): Stage {
  const known = new Map<string, string>();
  const addGroup: Stage["addGroup"] = async (connector, displayName) => {
    const key = `${connector}/${displayName.toLowerCase()}`;
    const there = known.get(key);
    if (there !== undefined) return { ok: true, value: there };
    const created = await groups.create(store, lenient, connector, { displayName });
    if (!created.ok) return created;
    known.set(key, created.value.value.id);
    return { ok: true, value: created.value.value.id };
  };
  return {
    addGroup,
    async add({ connector, groups: names, resource }) {
      const created = await users.create(store, lenient, connector, resource);
      if (!created.ok) return created;
      const { id } = created.value.value;
      for (const name of names) {
        const group = await addGroup(connector, name);
        if (!group.ok) return group;
        const joined = await groups.modify(store, lenient, connector, group.value, {
          Operations: [{ op: "add", path: "members", value: [{ value: id }] }],
        });
        if (!joined.ok) return joined;
      }
      return { ok: true, value: id };
    },
    async send(request) {
      // as the agent's writer does: a refused write leaves nothing
      return tentatively(store, () => answer(store, runtime, request));
    },
    async accountOf(id) {
      const row = await store.selectFrom("users").select("account").where("id", "=", id).executeTakeFirst();
      return row?.account ?? undefined;
    },
    population: () => peopleOf(store, runtime.program),
    async access(repositories, at) {
      const population = await peopleOf(store, runtime.program);
      return accessList({ release: runtime.program.release, population }, repositories, at);
    },
  };
}

async function peopleOf(store: Store, program: Program): Promise<Population> {
  return populate(program, await readDirectory(store));
}

async function answer(
  store: Store,
  runtime: Runtime,
  { connector, method, path, body }: ScimRequest,
): Promise<ScimResult<Done>> {
  const [, endpoint, id = ""] = /^\/(Users|Groups)(?:\/([^/]+))?$/.exec(path) ?? [];
  if (endpoint === undefined || (method === "POST") !== (id === "")) return fail(noSuchPlace(method, path));
  const write =
    endpoint === "Users"
      ? await writeTo(users, store, runtime, connector, method, id, body)
      : await writeTo(groups, store, runtime, connector, method, id, body);
  if (!write.ok) return write;
  const { status, detail, target } = write.value;
  return { ok: true, value: { status, detail, id: target ?? (id || undefined) } };
}

function writeTo(
  resource: typeof users | typeof groups,
  store: Store,
  runtime: Runtime,
  connector: string,
  method: ScimRequest["method"],
  id: string,
  body: JsonObject,
) {
  switch (method) {
    case "POST":
      return resource.create(store, runtime, connector, body);
    case "PUT":
      return resource.replace(store, runtime, connector, id, body);
    case "PATCH":
      return resource.modify(store, runtime, connector, id, body);
    case "DELETE":
      return resource.remove(store, runtime, connector, id);
  }
}

function noSuchPlace(method: string, path: string): ScimError {
  return scimError(
    404,
    `nothing answers ${method} ${path} (expected such as POST /Users or PATCH /Groups/{name})`,
  );
}
