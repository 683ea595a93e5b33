/** What a PATCH does to the members of a group, without knowing them. */
import type { Outcome } from "./change.ts";
import { scimError } from "./error.ts";
import type { Json } from "./json.ts";
import { memberIds } from "./members.ts";
import type { Op } from "./operations.ts";
import type { Path } from "./path.ts";

/** One change to the members of a group. No id is twice in it; ids need not be of users that exist. */
export type MemberChange =
  | { readonly add: readonly string[] }
  | { readonly remove: readonly string[] }
  | { readonly removeAll: true }
  | { readonly replace: readonly string[] }
  /** No change: who was added, and is overwritten by what follows. A request with an id of nobody is refused whole. */
  | { readonly exist: readonly string[] };

/** Collects the changes of one PATCH: neighbours of one kind become one change, what is overwritten is dropped. */
export class MemberChanges {
  #changes: { kind: "add" | "remove" | "replace"; ids: Set<string> }[] = [];
  readonly #overwritten = new Set<string>();

  /** Notes an operation whose path leads to `members`. */
  change(path: Path, op: Op, value: Json | undefined, outcome: Outcome) {
    if (path.filter || path.sub) {
      const id = path.sub ? undefined : idOf(path);
      if (op === "remove" && id !== undefined) this.#push("remove", [id]);
      else {
        const expected = 'of members, a path may be "members" itself, or for remove members[value eq "id"]';
        outcome.refuse(scimError("invalidPath", expected));
      }
    } else if (op === "remove") {
      if (value === undefined || value === null) this.#push("replace", []);
      else this.#push("remove", memberIds(value, outcome.findings, true));
    } else this.#push(op, memberIds(value ?? null, outcome.findings));
  }

  /** The changes in the order in which they apply. */
  list(): MemberChange[] {
    const changes = this.#changes.map(({ kind, ids }): MemberChange => {
      if (kind === "add") return { add: [...ids] };
      if (kind === "remove") return { remove: [...ids] };
      return ids.size > 0 ? { replace: [...ids] } : { removeAll: true };
    });
    return this.#overwritten.size > 0 ? [{ exist: [...this.#overwritten] }, ...changes] : changes;
  }

  #push(kind: "add" | "remove" | "replace", ids: readonly string[]) {
    if (kind === "replace") {
      for (const { kind, ids } of this.#changes)
        if (kind !== "remove") for (const id of ids) this.#overwritten.add(id);
      this.#changes = [{ kind, ids: new Set(ids) }];
    } else if (ids.length > 0) {
      const last = this.#changes.at(-1);
      if (last?.kind === kind) for (const id of ids) last.ids.add(id);
      else this.#changes.push({ kind, ids: new Set(ids) });
    }
  }
}

/** The id in `members[value eq "id"]`; undefined for any other filter. */
function idOf({ filter }: Path): string | undefined {
  const { value, ...others } = filter?.described ?? {};
  return typeof value === "string" && Object.keys(others).length === 0 ? value : undefined;
}
