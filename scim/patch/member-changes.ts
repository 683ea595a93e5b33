/** What a PATCH does to the members of a group, without knowing them. */

import { scimError } from "../error.ts";
import type { Json } from "../json.ts";
import { readMemberIds } from "../members.ts";
import type { PatchRun } from "./change.ts";
import type { Op } from "./message.ts";
import type { PatchPath } from "./path.ts";

/** What becomes of the members of a group. No id is twice in it; ids that are of no user are left out. */
export interface MemberChange {
  /** Whether members stay who are not named here. */
  readonly keepsOthers: boolean;
  readonly add: readonly string[];
  /** Empty where nobody else stays. */
  readonly remove: readonly string[];
  /** Who was to join, and does not in the end: they count where a request is refused that names nobody who is known. */
  readonly passing: readonly string[];
}

/** The members of a new group, or all that a group has from now on. */
export function onlyMembers(ids: readonly string[]): MemberChange {
  return { keepsOthers: false, add: ids, remove: [], passing: [] };
}

/** Some leave, and nothing else changes. */
export function withoutMembers(ids: readonly string[]): MemberChange {
  return { keepsOthers: true, add: [], remove: ids, passing: [] };
}

/** One change by which those leave who would by several, one after the other. Nobody joins by it. */
export function allTaken(changes: readonly MemberChange[]): MemberChange {
  let stay: Set<string> | undefined;
  const remove = new Set<string>();
  for (const change of changes) {
    if (!change.keepsOthers) {
      const stays = new Set(change.add.filter((id) => (stay ? stay.has(id) : !remove.has(id))));
      stay = stays;
    }
    for (const id of change.remove) {
      stay?.delete(id);
      remove.add(id);
    }
  }
  return stay ? onlyMembers([...stay]) : withoutMembers([...remove]);
}

/** A PATCH that says so. Where those who stay are not there any more, all others leave by it all the same. */
export function patchOf({ keepsOthers, add, remove }: MemberChange): { readonly Operations: Json[] } {
  const listed = (op: "add" | "remove", ids: readonly string[]) =>
    ids.length > 0 ? [{ op, path: "members", value: ids.map((value) => ({ value })) }] : [];
  return {
    Operations: keepsOthers
      ? listed("remove", remove)
      : [{ op: "remove", path: "members" }, ...listed("add", add)],
  };
}

/** Collects what one PATCH does to members. Of each id the last word counts, however many operations there are. */
export class MemberChanges {
  #keepsOthers = true;
  readonly #last = new Map<string, "add" | "remove">();
  readonly #joining = new Set<string>();

  /** Notes an operation whose path leads to `members`. */
  change(path: PatchPath, op: Op, value: Json | undefined, run: PatchRun) {
    if (path.filter || path.sub) {
      const ids = path.sub ? [] : idsOf(path);
      if (op === "remove" && ids.length > 0) for (const id of ids) this.#last.set(id, "remove");
      else {
        const expected =
          'of members, a path may be "members" itself, or for remove members[value eq "id"], several joined by or';
        run.refuse(scimError("invalidPath", expected));
      }
      return;
    }
    if (op === "replace" || (op === "remove" && (value === undefined || value === null))) {
      this.#keepsOthers = false;
      this.#last.clear();
    }
    if (op === "remove")
      for (const id of readMemberIds(value ?? null, run.findings, true)) this.#last.set(id, "remove");
    else
      for (const id of readMemberIds(value ?? null, run.findings)) {
        this.#last.set(id, "add");
        this.#joining.add(id);
      }
  }

  /** All of it as one change. */
  result(): MemberChange {
    const ids = (word: "add" | "remove") =>
      [...this.#last].flatMap(([id, last]) => (last === word ? id : []));
    return {
      keepsOthers: this.#keepsOthers,
      add: ids("add"),
      remove: this.#keepsOthers ? ids("remove") : [],
      passing: [...this.#joining].filter((id) => this.#last.get(id) !== "add"),
    };
  }
}

/** The ids in `members[value eq "id" or value eq "other"]`, whatever else is said of these members; none for any other filter. */
function idsOf({ filter }: PatchPath): string[] {
  const values = (filter?.alternatives ?? []).map(({ value }) => value);
  return values.every((value) => typeof value === "string") ? values : [];
}
