/**
 * The one way in which people and their access change. Whatever an operation comes from (SCIM, a release, an approver, a
 * policy test), it is performed here: by the schema, the constraints or a release's bounds, whole or not at all.
 */
import { Directory } from "../directory/directory.ts";
import type { GroupRow, UserRow } from "../directory/rows.ts";
import { activate, deactivate, type RefusedActivation } from "../releases/activation.ts";
import type { Runtime } from "../releases/runtime.ts";
import type { Surroundings } from "../releases/surroundings.ts";
import { tentatively } from "../store/savepoint.ts";
import { groupWrites } from "./groups.ts";
import type { AccountOperation, Operation, ReleaseOperation, ResourceOperation } from "./operation.ts";
import { type Outcome, refused } from "./outcome.ts";
import { releaseAccount } from "./ownership.ts";
import { userWrites } from "./users.ts";
import { unmetCondition } from "./versions.ts";
import type { ResourceWrites } from "./writing.ts";

/** What is there when an operation is done: the release made ready, a row, or nothing more. */
export type Resulting<O extends Operation> = O extends AccountOperation | { verb: "delete" | "deactivate" }
  ? null
  : O extends ReleaseOperation
    ? Runtime
    : UserRow | GroupRow;

/**
 * Performs an operation in a transaction. What is refused or held has changed nothing in it.
 *
 * @throws {TransactionLost} when the transaction cannot go on
 */
export async function perform<O extends Operation>(
  operation: O,
  surroundings: Surroundings,
): Promise<Outcome<Resulting<O>>> {
  const outcome = await tentatively(
    surroundings.store,
    (): Promise<Outcome> => performUnguarded(operation, surroundings),
    ({ kind }) => kind === "done",
  );
  return outcome as Outcome<Resulting<O>>;
}

function performUnguarded(operation: Operation, surroundings: Surroundings): Promise<Outcome> {
  switch (operation.kind) {
    case "user":
      return write(userWrites, operation, surroundings);
    case "group":
      return write(groupWrites, operation, surroundings);
    case "release":
      return changeRelease(operation, surroundings);
    case "account":
      return releaseAccount(new Directory(surroundings.store), operation.id);
  }
}

async function write<R extends UserRow | GroupRow>(
  writes: ResourceWrites<R>,
  operation: ResourceOperation,
  { store, active, now }: Surroundings,
): Promise<Outcome<R | null>> {
  const { connector, kind } = operation;
  if (!active || !Object.hasOwn(active.program.release.connectors, connector))
    return refused("connectorUnknown", "the release has just changed: try again");
  const directory = new Directory(store);
  const writing = { directory, active, now, connector };
  if (operation.verb === "create") return writes.create(writing, operation.body);
  const present = await writes.find(directory, connector, operation.id);
  // what is not there is not found, with and without a condition (RFC 9110, section 13.2.1)
  if (!present) return refused("notFound", `there is no ${kind} ${operation.id}`);
  if (operation.condition && unmetCondition(operation.condition, present.version))
    return refused(
      "otherVersion",
      `the ${kind} is not of the version that the request asks for: its version is ${present.version}`,
    );
  switch (operation.verb) {
    case "replace":
      return writes.replace(writing, present, operation.body);
    case "modify":
      return writes.modify(writing, present, operation.body);
    case "delete":
      return writes.delete(writing, present);
  }
}

async function changeRelease(
  operation: ReleaseOperation,
  surroundings: Surroundings,
): Promise<Outcome<Runtime | null>> {
  const by = nameOf(operation.actor);
  const before = { release: surroundings.active?.active.digest ?? null };
  if (operation.verb === "deactivate") {
    const ended = await deactivate(surroundings, operation.condition, by);
    if (!ended.ok) return refusedRelease(ended.error);
    const { digest } = ended.value.active;
    return {
      ...everythingChanges,
      resource: null,
      target: digest,
      effect: { of: "ended release", digest },
      difference: { before, after: { release: null } },
    };
  }
  const activated = await activate(surroundings, operation.body, operation.condition, by);
  if (!activated.ok) return refusedRelease(activated.error);
  const { runtime, verdict } = activated.value;
  const { digest, policyDigest, origin } = runtime.active;
  return {
    ...everythingChanges,
    resource: runtime,
    target: digest,
    effect: {
      of: "release",
      digest,
      policyDigest,
      author: origin.author,
      revision: origin.revision,
      lose: verdict.lose,
      gain: verdict.gain,
      accepted: verdict.acceptance === "enough",
    },
    difference: { before, after: { release: digest } },
  };
}

const everythingChanges = { kind: "done", changes: "everything", ignored: [], warnings: [] } as const;

function refusedRelease({ code, detail, problems, rules }: RefusedActivation): Outcome<never> {
  return refused(code, detail, problems, rules);
}

/** What the history calls an actor: `admin:ci` is the token `ci`. */
function nameOf(actor: string): string {
  return actor.replace(/^admin:/, "");
}
