/** Which variables two environments do not both have, or have with another type or value. */
import type { StoredRelease } from "../../api/contract.ts";
import type { LoadedEnvironment, Sources } from "../../model/load.ts";
import type { Release } from "../../model/release.ts";
import { positionOf } from "../../report/positions.ts";
import { printable } from "../../report/words.ts";
import { type InventoryEntry, inventoryOf } from "./inventory.ts";

/** What is compared. Secrets have other references in every environment: of two, they have none here. */
type Side = Pick<InventoryEntry, "type" | "value" | "references"> & { readonly at?: string };

interface VariableDifference {
  readonly name: string;
  /** Null where an environment does not have it, in the order that was asked for. */
  readonly sides: readonly [Side | null, Side | null];
}

/** The variables that two environments have otherwise, by name. */
export function variableDifferences(a: LoadedEnvironment, b: LoadedEnvironment): VariableDifference[] {
  const [ours, theirs] = [a, b].map(({ release, sources, file }) => {
    const sides = sidesOf(release, sources, file);
    return new Map([...sides].map(([name, { references: _, ...side }]) => [name, side]));
  });
  return differencesOf(ours ?? new Map(), theirs ?? new Map());
}

/** The variables that two releases of one environment have otherwise, by name: references count too. Null stands for none. */
export function releaseVariableDifferences(
  past: StoredRelease,
  present: StoredRelease | null,
): VariableDifference[] {
  const sides = (one: StoredRelease) => sidesOf(one.release, one.origin.sources);
  return differencesOf(sides(past), present ? sides(present) : new Map());
}

function differencesOf(
  ours: ReadonlyMap<string, Side>,
  theirs: ReadonlyMap<string, Side>,
): VariableDifference[] {
  return [...new Set([...ours.keys(), ...theirs.keys()])].sort().flatMap((name) => {
    const sides = [ours.get(name) ?? null, theirs.get(name) ?? null] as const;
    const [one, other] = sides.map((side) => side && JSON.stringify({ ...side, at: null }));
    return one === other ? [] : [{ name, sides }];
  });
}

function sidesOf(release: Release, sources: Sources, file?: string): Map<string, Side> {
  return new Map(
    inventoryOf(release).map(({ name, type, value, references }) => {
      const at = positionOf(sources, "variables", name) ?? file;
      return [
        name,
        {
          type,
          ...(value !== undefined && { value }),
          ...(references && { references }),
          ...(at !== undefined && { at }),
        },
      ];
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
    const places = [...new Set([a?.at, b?.at].filter((at) => at !== undefined))];
    const where = places.length === 0 ? "" : ` (${places.join(" → ")})`;
    if (!a) return `+ ${name}: ${shown(b)}${where}`;
    if (!b) return `- ${name}: ${shown(a)}${where}`;
    return `~ ${name}: ${shown(a)} → ${shown(b)}${where}`;
  });
  const legend = `+ only in ${other}, - only in ${one}, ~ from ${one} to ${other}`;
  return `${[...lines, "", legend].map(printable).join("\n")}\n`;
}

function shown(side: Side | null): string {
  if (!side) return "";
  const { type, value, references = [] } = side;
  if (type === "secret") return [type, ...references].join(" ");
  return `${type} ${value === undefined ? "without a value" : value}`;
}
