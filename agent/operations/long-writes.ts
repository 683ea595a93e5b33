/**
 * Writes of groups that take long, by a body of megabytes or by very many members: one after the other, beside the writer's
 * queue. All of each but one short transaction is done in steps, between which others have their turn; what comes for the
 * same group meanwhile waits for it.
 */
import { randomUUID } from "node:crypto";
import { ok } from "../../model/result.ts";
import type { Program } from "../../policy/program.ts";
import {
  type GroupBody,
  inPieces,
  pieceSize,
  readGroupWrite,
  type readInPieces,
  type readTakenInPieces,
} from "../../scim/group-write.ts";
import type { JsonObject } from "../../scim/json.ts";
import { onlyMembers } from "../../scim/patch/member-changes.ts";
import type { Directory } from "../directory/directory.ts";
import { displayNameOf } from "../directory/groups.ts";
import { chunks, type GroupRow } from "../directory/rows.ts";
import { type Draft, type DraftStep, draftMembers, draftRemovals, Overtaken } from "./draft.ts";
import { Entitled } from "./entitled.ts";
import { diskFull } from "./limited.ts";
import { placeOf, type ResourceOperation } from "./operation.ts";
import { type Outcome, type Rejection, type RosterMove, refusedBy } from "./outcome.ts";
import { Serial } from "./serial.ts";
import { unmetCondition } from "./versions.ts";
import type { Waiting } from "./waiting.ts";
import type { Prepared } from "./writing.ts";

/** How many members a group has at least for which a small request takes long, if it moves all of them. */
const manyMembers = 5_000;

export interface LongWriteParts {
  /** For whoever has the turn. */
  readonly directory: Directory;
  readonly step: DraftStep;
  /** Whether only what takes access away is to be stored now. */
  readonly isTight: () => boolean;
  /** By what is active now. */
  readonly program: () => Program | undefined;
  /** Reads the whole of a body, its members in pieces. */
  readonly readWhole: (body: GroupBody) => Promise<ReturnType<typeof readInPieces>>;
  /** Reads what a body takes away, its members in pieces. */
  readonly readTaken: (body: GroupBody) => Promise<ReturnType<typeof readTakenInPieces>>;
  /** Has these performed before all others that wait. */
  readonly submit: (waiting: readonly Waiting[]) => void;
  /** Makes the access file follow, in steps. */
  readonly enforce: (move: RosterMove) => Promise<void>;
  /** What the client is told of a failure. */
  readonly unavailable: (error: unknown) => Error;
  /** Is told why a list that is no group's is still there. */
  readonly notCleared: (error: unknown) => void;
}

export class LongWrites {
  readonly #parts: LongWriteParts;
  readonly #lane = new Serial();
  /** What waits for a long write of its group, by connector and SCIM id. */
  readonly #behind = new Map<string, Waiting[]>();
  #isClosed = false;
  #isFollowing = false;

  constructor(parts: LongWriteParts) {
    this.#parts = parts;
  }

  /** Whether what is stored of one is not in the access file yet. */
  get isFollowing(): boolean {
    return this.#isFollowing;
  }

  /** Whether an operation whose turn has come is done here, at once or behind a long one of its group. */
  async takes(waiting: Waiting): Promise<boolean> {
    const { operation, part, bytes } = waiting;
    if (part || operation.kind !== "group") return false;
    const place = placeOf(operation);
    const behind = place === undefined ? undefined : this.#behind.get(place);
    if (behind) return behind.push(waiting) > 0;
    if (!bytes && !(await this.#movesMany(operation))) return false;
    if (place !== undefined) this.#behind.set(place, []);
    void this.#lane.run(() => this.#perform(waiting, operation));
    return true;
  }

  /** Begins to give up lists of members that nobody has, since the agent ended before they were made or given up. */
  clear(): void {
    void this.#lane.run(async () => {
      const next = (last: string) => this.#parts.step(({ memberships }) => memberships.nextRoster(last));
      try {
        for (let one = await next(""); one !== undefined && !this.#isClosed; one = await next(one))
          await this.#forget(one);
      } catch (error) {
        this.#parts.notCleared(error);
      }
    });
  }

  /** Waits for the end of what is under way. What is left over is cleared after the next start. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#lane.run(async () => undefined);
  }

  /** Whether a small request moves very many members. */
  async #movesMany(operation: ResourceOperation): Promise<boolean> {
    if (operation.verb === "create") return false;
    const { connector, id, verb } = operation;
    const { groups, memberships } = this.#parts.directory;
    const present = await groups.find(connector, id);
    if (!present || !(await memberships.hasMoreThan(present.roster, manyMembers))) return false;
    if (verb !== "modify") return true;
    const read = readGroupWrite(verb, operation.body, resourceOf(present));
    if (!read.ok) return false;
    const { resource, members } = read.value;
    return !members.keepsOthers || resource.displayName !== displayNameOf(present.resource);
  }

  async #perform(waiting: Waiting, operation: ResourceOperation): Promise<void> {
    const rosters = new Set<string>();
    try {
      const outcome = await this.#undisturbed(waiting, operation, rosters);
      if (outcome.kind === "done" && outcome.moves) await this.#parts.enforce(outcome.moves);
      waiting.answer(outcome);
    } catch (error) {
      waiting.fail(this.#parts.unavailable(error));
    }
    this.#isFollowing = false;
    const place = placeOf(operation);
    if (place !== undefined) {
      this.#parts.submit(this.#behind.get(place) ?? []);
      this.#behind.delete(place);
    }
    try {
      for (const roster of rosters) await this.#forget(roster);
    } catch (error) {
      this.#parts.notCleared(error);
    }
  }

  /**
   * Does the whole of it, again where what is no request about the group has changed it meanwhile: a word about what is held of it, or
   * what another connector's leavers take with them.
   *
   * @param rosters takes the lists that may be nobody's afterwards
   */
  async #undisturbed(waiting: Waiting, operation: ResourceOperation, rosters: Set<string>): Promise<Outcome> {
    for (;;) {
      const present = await this.#presentOf(operation);
      const [to, rest] = [randomUUID(), randomUUID()];
      for (const roster of [to, rest, present?.roster]) if (roster !== undefined) rosters.add(roster);
      try {
        return await this.#whole(waiting, operation, present, [to, rest]);
      } catch (error) {
        if (!(error instanceof Overtaken)) throw error;
        this.#isFollowing = false;
      }
    }
  }

  /** @param to the name of the list of members that is made, and of the one where only what it takes away is done */
  async #whole(
    waiting: Waiting,
    operation: ResourceOperation,
    present: GroupRow | undefined,
    [to, rest]: readonly [string, string],
  ): Promise<Outcome> {
    const { bytes } = waiting;
    const { connector, verb } = operation;
    if (verb !== "create") {
      const { condition } = operation;
      // what is refused whatever it says is not read
      if (!present || (condition && unmetCondition(condition, present.version)))
        return this.#commit(waiting, undefined);
    }
    const stored = present && resourceOf(present);
    const body = verb === "delete" ? undefined : { verb, body: bytes ?? operation.body, present: stored };
    // a list that nobody gets takes the room that who leaves needs
    if (body && this.#parts.isTight())
      return verb === "create" || !present
        ? this.#commit(waiting, { undone: diskFull })
        : this.#takeAway(waiting, operation, { body, present, undone: diskFull, to: rest });
    const read = body ? await this.#parts.readWhole(body) : ok(ok(withNobody(stored)));
    if (!read.ok) return refusedBy(read.error);
    const whole = read.value;
    const isChange = body !== undefined && verb !== "create";
    let undone: Rejection;
    if (whole.ok) {
      const { members, ...resource } = whole.value;
      const draft = await draftMembers(this.#parts.step, { connector, from: present?.roster, to, members });
      if (draft.ok) {
        const written = ok({ ...resource, members: onlyMembers([]) });
        const made = { whole: written, draft: draft.value, version: present?.version };
        const prepared = { ...made, ...(await this.#evaluate(draft.value)) };
        const outcome = await this.#commit(waiting, prepared, isChange);
        if (outcome.kind === "done" || !isChange) return outcome;
        undone = outcome;
      } else undone = refusedBy(draft.error);
    } else undone = refusedBy(whole.error);
    if (!isChange || !present) return this.#commit(waiting, { undone });
    return this.#takeAway(waiting, operation, { body, present, undone, to: rest });
  }

  /** Of a change that is refused, what it takes away may be done: it is drafted, and judged, by itself. */
  async #takeAway(
    waiting: Waiting,
    operation: ResourceOperation,
    {
      body,
      present,
      undone,
      to,
    }: {
      readonly body: GroupBody;
      readonly present: GroupRow;
      readonly undone: Rejection;
      readonly to: string;
    },
  ): Promise<Outcome> {
    const { connector } = operation;
    const taken = await this.#parts.readTaken(body);
    const removal = taken && { connector, from: present.roster, taken };
    if (removal && undone === diskFull) {
      const removed = await draftRemovals(this.#parts.step, { ...removal, to: undefined });
      if (!removed) return this.#commit(waiting, { undone });
      // whichever is less to write
      if (removed.left.length <= removed.stayed)
        return this.#commit({ ...waiting, operation: leaving(operation, removed.left) }, undefined);
    }
    const draft = removal && (await draftRemovals(this.#parts.step, { ...removal, to }));
    if (!draft) return this.#commit(waiting, { undone });
    const { ignored } = taken;
    const made = { undone, draft, ignored, version: present.version };
    return this.#commit(waiting, { ...made, ...(await this.#evaluate(draft)) });
  }

  /** Evaluates those who join and leave by a draft, where a constraint will ask for it. */
  async #evaluate({ joined, left }: Draft): Promise<Pick<Prepared, "entitled">> {
    const program = this.#parts.program();
    if (!program?.constraints.watchAccess) return {};
    const entitled = new Entitled(program);
    for (const some of chunks([...joined, ...left]))
      await this.#parts.step(async ({ users }) => {
        for (const { connector, resource } of await users.withAccount(some))
          entitled.learn(connector, resource);
      });
    return { entitled };
  }

  #presentOf(operation: ResourceOperation): Promise<GroupRow | undefined> {
    return operation.verb === "create"
      ? Promise.resolve(undefined)
      : this.#parts.step(({ groups }) => groups.find(operation.connector, operation.id));
  }

  #commit(
    { operation, bytes, isStillLetIn }: Waiting,
    prepared: Prepared | undefined,
    isTrial = false,
  ): Promise<Outcome> {
    this.#isFollowing = true;
    return new Promise((answer, fail) => {
      this.#parts.submit([{ operation, bytes, isStillLetIn, part: { prepared, isTrial }, answer, fail }]);
    });
  }

  /** Gives up a list of members, piece by piece, unless it is a group's. */
  async #forget(roster: string): Promise<void> {
    const some = () => this.#parts.step(({ memberships }) => memberships.forget(roster, pieceSize));
    while (!this.#isClosed && (await some()));
  }
}

/** The change of a group by which those leave it, and nothing else of an operation is done. */
function leaving(operation: ResourceOperation, ids: readonly string[]): ResourceOperation {
  if (operation.verb === "create") return operation;
  const value = ids.map((id) => ({ value: id }));
  const body = { Operations: [{ op: "remove", path: "members", value }] };
  return { takesAwayOnly: "diskFull", ...operation, verb: "modify", body };
}

const withNobody = (resource: JsonObject = {}) => ({
  resource,
  members: inPieces(onlyMembers([])),
  ignored: [],
});

function resourceOf({ resource }: GroupRow): JsonObject {
  return JSON.parse(resource) as JsonObject;
}
