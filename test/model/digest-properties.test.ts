/** Formatting never changes a digest, and meaning always does: over the environment with every part of the language. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import type { z } from "zod";
import { digestsOf } from "../../model/digest.ts";
import { Environment } from "../../model/environment.ts";
import { type LoadedEnvironment, loadEnvironment } from "../../model/load.ts";
import { isSoak } from "../long.ts";

let folder: string;
let original: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-digest-"));
  original = await digestOf(sample);
});
afterAll(() => rmSync(folder, { recursive: true }));

const sample = parse(readFileSync("environments/reference.yaml", "utf8"));

async function load(text: string): Promise<LoadedEnvironment | undefined> {
  const file = join(folder, "reference.yaml");
  writeFileSync(file, text);
  const loaded = await loadEnvironment(file);
  return loaded.ok ? loaded.value : undefined;
}

async function digestOf(data: unknown): Promise<string> {
  const loaded = await load(stringify(data));
  if (!loaded) throw new Error("the sample is not valid");
  return digestsOf(loaded.release).release;
}

/** The data with the keys of each map in another order: a map's order means nothing. */
function reordered(value: unknown, seed: number): unknown {
  if (Array.isArray(value)) return value.map((item) => reordered(item, seed));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const turn = entries.length > 0 ? seed % entries.length : 0;
  return Object.fromEntries(
    [...entries.slice(turn), ...entries.slice(0, turn)].map(([key, item]) => [key, reordered(item, seed)]),
  );
}

const format = fc.record({
  collectionStyle: fc.constantFrom("any" as const, "block" as const, "flow" as const),
  defaultStringType: fc.constantFrom("PLAIN" as const, "QUOTE_DOUBLE" as const, "QUOTE_SINGLE" as const),
  defaultKeyType: fc.constantFrom("PLAIN" as const, "QUOTE_DOUBLE" as const),
  indent: fc.integer({ min: 1, max: 8 }),
  lineWidth: fc.constantFrom(0, 20, 80, 200),
  indentSeq: fc.boolean(),
  flowCollectionPadding: fc.boolean(),
});

test("formatting never changes a digest", async () => {
  await fc.assert(
    fc.asyncProperty(format, fc.nat(20), fc.boolean(), async (style, seed, windows) => {
      const text = `# ${seed}\n${stringify(reordered(sample, seed), style)}`;
      // the library that writes it folds some quoted texts wrongly
      fc.pre(isDeepStrictEqual(readBack(text), sample));
      const loaded = await load(windows ? text.replaceAll("\n", "\r\n") : text);
      expect(loaded, text).toBeDefined();
      expect(loaded && digestsOf(loaded.release).release).toBe(original);
    }),
    { numRuns: isSoak ? 500 : 25 },
  );
});

function readBack(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

type Step = string | number;

function leavesOf(value: unknown, path: readonly Step[] = []): (readonly Step[])[] {
  if (typeof value !== "object" || value === null) return [path];
  const entries: [Step, unknown][] = Array.isArray(value)
    ? value.map((item, index) => [index, item])
    : Object.entries(value);
  return entries.flatMap(([key, item]) => leavesOf(item, [...path, key]));
}

/** Values near the one that is there, some of which the language takes in its place. */
function others(value: unknown): unknown[] {
  if (typeof value === "boolean") return [!value];
  if (typeof value === "number") return [value + 1, value - 1];
  const text = String(value);
  return [
    `${text}x`,
    `${text}-2`,
    `${text}/x`,
    text.replace(/\d/, "9"),
    `!(${text})`,
    `${text} + "x"`,
    text.slice(0, -1),
  ];
}

function changed(value: unknown, [step, ...rest]: readonly Step[], to: unknown): unknown {
  if (step === undefined) return to;
  if (Array.isArray(value))
    return value.map((item, index) => (index === step ? changed(item, rest, to) : item));
  const record = value as Record<string, unknown>;
  return { ...record, [step]: changed(record[step], rest, to) };
}

function at(value: unknown, path: readonly Step[]): unknown {
  return path.reduce((node, step) => (node as Record<Step, unknown>)[step], value);
}

/** Whether a part of the top level is what the schema has there. */
function isSection(key: Step | undefined, data: unknown): boolean {
  const shape: Record<Step, z.ZodType> = Environment.shape;
  return key !== undefined && shape[key]?.safeParse(at(data, [key])).success === true;
}

describe("meaning always changes it", () => {
  // what a person reads and no program does is no part of a release
  const leaves = leavesOf(sample).filter((path) => path.join(".") !== "description");

  test("each leaf that can say something else, says something else", async () => {
    let accepted = 0;
    for (const path of leaves)
      for (const other of others(at(sample, path))) {
        if (other === at(sample, path)) continue;
        const data = changed(sample, path, other);
        // loading would end there as well, and takes longer to
        if (!isSection(path[0], data)) continue;
        // JSON is YAML too, and is read in half the time
        const loaded = await load(JSON.stringify(data));
        if (!loaded) continue;
        accepted++;
        expect(digestsOf(loaded.release).release, `${path.join(".")}: ${String(other)}`).not.toBe(original);
        break;
      }
    // most leaves have a neighbour that is valid: this is no empty check
    expect(accepted).toBeGreaterThan(leaves.length / 3);
  });
});
