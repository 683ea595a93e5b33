/** Which variables two environments do not both have, or have with another type or value. */
import type { LoadedEnvironment } from "../../model/load.ts";
import { positionOf } from "../../report/positions.ts";
import { printable } from "../../report/words.ts";
import { type InventoryEntry, inventoryOf } from "./inventory.ts";

/** What is compared: secrets have other references in every environment, so of them the type alone. */
type Side = Pick<InventoryEntry, "type" | "value"> & { readonly at: string };

interface VariableDifference {
  readonly name: string;
  /** Null where an environment does not have it, in the order that was asked for. */
  readonly sides: readonly [Side | null, Side | null];
}

/** The variables that differ, by name. */
export function variableDifferences(a: LoadedEnvironment, b: LoadedEnvironment): VariableDifference[] {
  const [ours, theirs] = [sidesOf(a), sidesOf(b)];
  return [...new Set([...ours.keys(), ...theirs.keys()])].sort().flatMap((name) => {
    const sides = [ours.get(name) ?? null, theirs.get(name) ?? null] as const;
    const [one, other] = sides;
    return one?.type === other?.type && one?.value === other?.value ? [] : [{ name, sides }];
  });
}

function sidesOf({ release, sources, file }: LoadedEnvironment): Map<string, Side> {
  return new Map(
    inventoryOf(release).map(({ name, type, value }) => {
      const at = positionOf(sources, "variables", name) ?? file;
      return [name, { type, ...(value !== undefined && { value }), at }];
    }),
  );
}

/** The differences for a person. */
export function differenceText(
  differences: readonly VariableDifference[],
  [one, other]: readonly [string, string],
): string {
  if (differences.length === 0) return "the variables are the same\n";
  const lines = differences.map(({ name, sides: [a, b] }) => {
    if (!a) return `+ ${name}: ${shown(b)} (${b?.at})`;
    if (!b) return `- ${name}: ${shown(a)} (${a.at})`;
    return `~ ${name}: ${shown(a)} → ${shown(b)} (${[...new Set([a.at, b.at])].join(" → ")})`;
  });
  const legend = `+ only in ${other}, - only in ${one}, ~ from ${one} to ${other}`;
  return `${[...lines, "", legend].map(printable).join("\n")}\n`;
}

function shown(side: Side | null): string {
  if (!side) return "";
  const { type, value } = side;
  if (type === "secret") return type;
  return `${type} ${value === undefined ? "without a value" : value}`;
}
