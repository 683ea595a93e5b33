/**
 * A release tried out in memory: users and groups as given, operations as they come from an identity provider, and what
 * comes of them. It performs them as the agent does; only the listener, the disk and the access file are not there. Nothing
 * that is rehearsed stays.
 */
import { digestsOf } from "../../model/digest.ts";
import { foldName } from "../../model/name.ts";
import type { Release } from "../../model/release.ts";
import { userType } from "../../model/scim/user.ts";
import type { Time } from "../../model/time.ts";
import { type Population, populate } from "../../policy/population.ts";
import { compileRelease } from "../../policy/program.ts";
import { nodeOf } from "../../scim/attribute.ts";
import type { JsonObject } from "../../scim/json.ts";
import { patchUser } from "../../scim/patch/patch.ts";
import { normaliseUser } from "../../scim/resource.ts";
import { undoubted } from "../clock/rule.ts";
import { Directory } from "../directory/directory.ts";
import { type Runtime, typesOf } from "../releases/runtime.ts";
import type { Store } from "../store/schema.ts";
import { openMemoryStore } from "../store/sqlite.ts";
import type { ResourceOperation } from "./operation.ts";
import type { Outcome } from "./outcome.ts";
import { perform, type Resulting } from "./perform.ts";

/** A user as given, with the displayNames of the groups they are in. */
export interface GivenUser {
  readonly connector: string;
  readonly groups: readonly string[];
  readonly resource: JsonObject;
}

/** One rehearsal, from an empty store on. */
export interface Stage {
  /** Puts a user there, whatever the constraints say: they may be younger than the user. */
  add(user: GivenUser): Promise<Outcome<{ id: string }>>;
  /** Puts a group there, if it is not there yet. */
  addGroup(connector: string, displayName: string): Promise<Outcome<{ id: string }>>;
  /** Performs an operation as the agent would. What is refused has changed nothing. */
  perform<O extends ResourceOperation>(operation: O): Promise<Outcome<Resulting<O>>>;
  /** The account of a user, by SCIM id; undefined for none. */
  accountOf(id: string): Promise<string | undefined>;
  /**
   * The accounts that the mapping names: of everybody who is stored, let in or not, or of whom a request would create or change.
   */
  accounts(operation?: ResourceOperation): Promise<string[]>;
  population(): Promise<Population>;
}

export interface Rehearsal {
  readonly release: Release;
  /** Plays one piece on an empty stage, at a time; the stage is cleared again. */
  play<T>(now: Time, piece: (stage: Stage) => Promise<T>): Promise<T>;
  /** Another release of the environment, rehearsed on the same stage. */
  with(release: Release): Rehearsal;
  close(): Promise<void>;
}

/** Prepares a validated release to be rehearsed. */
export async function rehearse(release: Release): Promise<Rehearsal> {
  return rehearsalIn(await openMemoryStore(release.environment), release);
}

function rehearsalIn(store: Store, release: Release): Rehearsal {
  const runtime = runtimeOf(release);
  // what is given was there before: it is not judged, and has what it gets
  const triggers = Object.entries(release.constraints).filter(([, { trigger }]) => trigger);
  const lenient = runtimeOf({ ...release, constraints: Object.fromEntries(triggers) });
  return {
    release,
    with: (other) => rehearsalIn(store, other),
    async play(now, piece) {
      const transaction = await store.startTransaction().execute();
      try {
        return await piece(stageOn(transaction, runtime, lenient, now));
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

function stageOn(store: Store, runtime: Runtime, lenient: Runtime, now: Time): Stage {
  const { environment } = runtime.program.release;
  const host = { environment, repositories: "", references: [] };
  const here = { store, host, ...undoubted(now) };
  const directory = new Directory(store);
  const actor = "rehearsal";
  const give = <O extends ResourceOperation>(operation: O) =>
    perform(operation, { ...here, active: lenient });
  const known = new Map<string, Outcome<{ id: string }>>();
  const population = async () => populate(runtime.program, await directory.everything());

  const addGroup: Stage["addGroup"] = async (connector, displayName) => {
    const key = `${connector}/${foldName(displayName)}`;
    const there =
      known.get(key) ??
      (await give({ actor, kind: "group", verb: "create", connector, body: { displayName } }));
    if (there.kind === "done") known.set(key, there);
    return there;
  };
  return {
    addGroup,
    async add({ connector, groups, resource }) {
      const created = await give({ actor, kind: "user", verb: "create", connector, body: resource });
      if (created.kind !== "done") return created;
      for (const name of groups) {
        const group = await addGroup(connector, name);
        if (group.kind !== "done") return group;
        const members = [{ op: "add", path: "members", value: [{ value: created.resource.id }] }];
        const { id } = group.resource;
        const body = { Operations: members };
        const joined = await give({ actor, kind: "group", verb: "modify", connector, id, body });
        if (joined.kind !== "done") return joined;
      }
      return created;
    },
    perform: (operation) => perform(operation, { ...here, active: runtime }),
    accountOf: (id) => directory.users.accountOf(id),
    population,
    async accounts(operation) {
      const named = (connector: string, resource: JsonObject) => {
        const name = runtime.program.accountName(connector, resource);
        return (name.ok && name.value) || [];
      };
      if (!operation) {
        const users = await directory.users.all();
        return users.flatMap(({ connector, resource }) => named(connector, resource as JsonObject));
      }
      const written = await wouldBe(directory, runtime, operation);
      return written ? [named(operation.connector, written)].flat() : [];
    },
  };
}

/** The user that a request asks for; undefined where it asks for none, or cannot be read. */
async function wouldBe(
  { users }: Directory,
  { types }: Runtime,
  operation: ResourceOperation,
): Promise<JsonObject | undefined> {
  if (operation.kind !== "user" || operation.verb === "delete") return undefined;
  const node = nodeOf(types.get(operation.connector)?.user ?? userType);
  const row = "id" in operation ? await users.find(operation.connector, operation.id) : undefined;
  const present = row && (JSON.parse(row.resource) as JsonObject);
  if (operation.verb === "modify") {
    const patched = present && patchUser(present, operation.body, node);
    return patched?.ok ? patched.value.resource : present;
  }
  const read = normaliseUser(operation.body, present, node);
  return read.ok ? read.value.resource : undefined;
}
