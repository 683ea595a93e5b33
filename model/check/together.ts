/** What no environment can be judged on alone: whether two of them have one secret. */
import { type DocumentNode, nodeAt } from "../document.ts";
import type { Position, Problem } from "../problem.ts";
import { SecretReference } from "../reference.ts";

/** A reference of `secrets`, and where it was written. */
export interface WrittenReference {
  readonly reference: SecretReference;
  readonly at: Position;
}

/** An environment, by its name, with its secrets. */
export interface SecretHolder {
  readonly name: string;
  readonly references: readonly WrittenReference[];
}

/** The references under `secrets`, of an environment that need not be valid. */
export function referencesOf(root: DocumentNode): WrittenReference[] {
  const secrets = nodeAt(root, ["secrets"]);
  if (root.kind !== "map" || !root.entries.has("secrets") || secrets.kind !== "map") return [];
  return [...secrets.entries.values()].flatMap(({ node: secret }) => {
    const refs = secret.kind === "map" ? secret.entries.get("refs")?.node : undefined;
    return (refs?.kind === "list" ? refs.items : []).flatMap((item) => {
      // what is none may be a secret, and is told of by its own environment
      const reference = item.kind === "scalar" ? SecretReference.safeParse(item.value).data : undefined;
      return reference === undefined ? [] : [{ reference, at: item.at }];
    });
  });
}

/**
 * The references that several environments have among their secrets: who may read one in staging, or leaks it there, could use
 * it in production.
 *
 * @returns by the name of each environment that has one, the problems at every place where it stands
 */
export function sharedReferences(
  environments: readonly SecretHolder[],
): ReadonlyMap<string, readonly Problem[]> {
  const places = new Map<SecretReference, { readonly name: string; readonly at: Position }[]>();
  for (const { name, references } of environments)
    for (const { reference, at } of references) listOf(places, reference).push({ name, at });
  const problems = new Map<string, Problem[]>();
  for (const [reference, found] of places) {
    const names = [...new Set(found.map(({ name }) => name))].sort();
    if (names.length < 2) continue;
    const message = `${reference} is a secret of ${told(names)} (expected another one in each environment)`;
    for (const name of names)
      listOf(problems, name).push(
        ...found.map(({ at }) => ({ at, code: "shared-secret" as const, message })),
      );
  }
  return problems;
}

/** The names for a person, who needs not all of many. */
function told([first, second, ...more]: readonly string[]): string {
  if (more.length === 0) return `${first} and of ${second}`;
  return `${first}, of ${second} and of ${more.length === 1 ? more[0] : `${more.length} more`}`;
}

function listOf<K, V>(lists: Map<K, V[]>, key: K): V[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}
