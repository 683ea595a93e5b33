/** Which line of which file each variable has its value from: an environment's own file, or one that it extends. */
import { type DocumentNode, entryAt } from "./document.ts";
import type { Position } from "./problem.ts";

/** Where a variable's value, or the references of its secret, were written. */
export interface ValueSource {
  /** By which key it has it; `none` where nothing says a value. */
  readonly key: "value" | "default" | "secret" | "none";
  readonly at: Position;
  /** Each place that it takes to change it: its name, and what stands for the value. */
  readonly places: readonly Position[];
}

/** The variables of a merged environment file, each with its source. */
export function valueSourcesOf(root: DocumentNode): ReadonlyMap<string, ValueSource> {
  const section = entryAt(root, ["variables"]);
  if (section?.kind !== "map") return new Map();
  return new Map([...section.entries].map(([name, { key, node }]) => [name, sourceOf(root, key, node)]));
}

/** @param at where it is named */
function sourceOf(root: DocumentNode, at: Position, variable: DocumentNode): ValueSource {
  const secret = entryAt(variable, ["secret"]);
  if (secret?.kind === "scalar") {
    const references = entryAt(root, ["secrets", String(secret.value), "refs"]);
    const places = references?.kind === "list" ? references.items.map((item) => item.at) : [];
    return { key: "secret", at: places[0] ?? secret.at, places: [at, secret.at, ...places] };
  }
  for (const key of ["value", "default"] as const) {
    const value = entryAt(variable, [key]);
    if (value) return { key, at: value.at, places: [at, value.at] };
  }
  return { key: "none", at, places: [at] };
}
