/** Whose writes may be the end of why something is held. */
import { foldName } from "../../../model/name.ts";
import type { Time } from "../../../model/time.ts";
import { accessRules } from "../../../policy/access.ts";
import { keptRepositories } from "../../../policy/constraints/access.ts";
import type { Program } from "../../../policy/program.ts";
import { subjectOfGroup } from "../../../policy/twin.ts";
import type { Json } from "../../../scim/json.ts";
import { isObject } from "../../../scim/json.ts";
import { Directory } from "../../directory/directory.ts";
import type { UserRow } from "../../directory/rows.ts";
import type { AccessEdit } from "../../mercurial/access-rows.ts";
import { runtimeOf } from "../../releases/serving.ts";
import type { Surroundings } from "../../releases/surroundings.ts";
import { subjectOf } from "../judge.ts";
import { isResource, type Operation } from "../operation.ts";
import type { Held, Outcome } from "../outcome.ts";
import { Holds } from "./holds.ts";
import type { Holdable } from "./stored.ts";

const ofGroup = (key: string) => `group ${key}`;
const ofAccount = (account: string) => `account ${account}`;

/**
 * For whose writes an operation waits: those whom it is about, and whoever counts for a constraint that keeps some. What it takes away
 * waits with it, whoever asks for that again.
 */
export function watchedBy(
  operation: Holdable,
  { verdicts, isRemoval, taking = [] }: Held,
  program: Program | undefined,
  now: Time,
): string[] {
  const kept = verdicts.flatMap(({ constraint }) => {
    const { keep } = program?.release.constraints[constraint] ?? {};
    if (!program || !keep) return [];
    if (keep.group !== undefined) return ofGroup(keep.group);
    const rules = accessRules(program.release, now);
    return keptRepositories(keep, program.release)
      .flatMap(({ repository }) => [...rules.inRepository(repository).given.keys()])
      .map((subject) => (subject.includes("/") ? ofGroup(subject) : ofAccount(subject)));
  });
  return [...new Set([...peopleIn(operation), ...kept, ...(isRemoval ? taking : [])])];
}

/** The SCIM ids of the resource and of those whom a request names. */
export function peopleIn(operation: Holdable): string[] {
  if (operation.kind === "account") return operation.verb === "confirm" ? [operation.user] : [];
  const own = "id" in operation ? [operation.id] : [];
  return operation.kind === "group" && "body" in operation ? [...own, ...idsIn(operation.body)] : own;
}

/** Every id that stands in the body of a request about a group: as the value of a member, or in a path. */
function idsIn(value: Json): string[] {
  if (Array.isArray(value)) return value.flatMap(idsIn);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    if (typeof inner !== "string") return idsIn(inner ?? null);
    if (name.toLowerCase() === "value") return [inner];
    return name.toLowerCase() === "path" ? [...inner.matchAll(/"([^"]+)"/g)].map(([, id = ""]) => id) : [];
  });
}

/** Has judged again what may have waited for an operation that is done. */
export async function wake(operation: Operation, outcome: Outcome, here: Surroundings): Promise<void> {
  if (outcome.kind !== "done" || outcome.effect.of === "nothing" || outcome.changes === "everything") return;
  const written = isResource(operation) ? await touchedBy(operation.connector, outcome, here) : [];
  const holds = new Holds(here.store);
  await holds.haveJudged(await holds.watching([...written, ...outcome.changes.flatMap(given)]));
}

/** Who is given something, whoever asked for it: by an approver's word, or since an account passes to them. */
function given(edit: AccessEdit): string[] {
  if (edit.kind === "join") return [ofAccount(edit.account), ofGroup(edit.group)];
  if (edit.kind !== "set" || !edit.active) return [];
  const user = edit.user === undefined ? [] : [edit.user];
  return [...user, ofAccount(edit.account), ...edit.groups.map(ofGroup)];
}

/** Who is written by an operation, and what somebody comes to be. */
async function touchedBy(
  connector: string,
  { target, effect, resource }: Extract<Outcome, { readonly kind: "done" }>,
  here: Surroundings,
): Promise<string[]> {
  const program = runtimeOf(here, connector)?.program;
  switch (effect.of) {
    case "group": {
      const key =
        program && subjectOfGroup(program.groups, { connector, name: foldName(effect.name), isTwin: false });
      return [target, ...effect.joined, ...effect.left, ...(key === undefined ? [] : [ofGroup(key)])];
    }
    case "user": {
      if (effect.after === null || !program) return [target];
      const { id } = resource as UserRow;
      const groups = await new Directory(here.store).memberships.groupsOf([id]);
      const keys = [...groups.flatMap((group) => subjectOf(program, group) ?? []), ...effect.joined];
      return [target, ofAccount(effect.after), ...keys.map(ofGroup)];
    }
    default:
      return [target];
  }
}
