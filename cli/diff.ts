/** `hgscim diff`: whether one environment mirrors another, and where it does not. */
import { parseArgs } from "node:util";
import { type EntryDifference, type KeyChange, releaseDifference } from "../model/difference.ts";
import { digestsOf } from "../model/digest.ts";
import type { LoadedEnvironment } from "../model/load.ts";
import { differenceSigns, entryName } from "../report/difference.ts";
import { positionOf } from "../report/positions.ts";
import { count, printable } from "../report/words.ts";
import { loadEnvironments, printProblems, problemsOf } from "./environments.ts";
import { UsageError } from "./usage.ts";

/** An environment, and how it is called beside the other one. */
interface Side extends LoadedEnvironment {
  readonly called: string;
}
type Sides = readonly [Side, Side];

/** Runs the command; returns the exit code: 1 when the policies differ, whatever the bindings. */
export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    options: { json: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  if (positionals.length !== 2) throw new UsageError("which environments? (expected two names or files)");
  const loaded = await loadEnvironments(positionals);
  await printProblems(problemsOf(loaded));
  const [a, b] = loaded.flatMap((environment) => (environment.ok ? [environment.value] : []));
  if (!a || !b) return 1;

  const named = ({ name, file }: LoadedEnvironment) => (a.name === b.name ? file : name);
  const sides: Sides = [
    { ...a, called: named(a) },
    { ...b, called: named(b) },
  ];
  const { policy, bindings } = releaseDifference(a.release, b.release);
  if (values.json) {
    const report = {
      environments: sides.map(({ name, file, release }) => {
        const digests = digestsOf(release);
        return { name, file, digest: digests.release, policyDigest: digests.policy };
      }),
      samePolicy: policy.length === 0,
      policy: policy.map((entry) => ({ ...entry, at: positionsOf(entry, sides) })),
      bindings: bindings.map((entry) => ({ ...entry, at: positionsOf(entry, sides) })),
    };
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  } else process.stdout.write(`${linesOf(policy, bindings, sides).map(printable).join("\n")}\n`);
  return policy.length === 0 ? 0 : 1;
}

function linesOf(
  policy: readonly EntryDifference[],
  bindings: readonly EntryDifference[],
  sides: Sides,
): string[] {
  const entries = ({ length }: { length: number }) => count(length, "entry", "entries");
  const [one, other] = sides;
  return [
    policy.length === 0
      ? `the policies are the same (${digestsOf(one.release).policy})`
      : `the policies differ in ${entries(policy)}`,
    ...policy.flatMap((entry) => entryLines(entry, sides)),
    "",
    bindings.length === 0
      ? "the bindings are the same"
      : `the bindings differ in ${entries(bindings)}, as those of two environments do`,
    ...bindings.flatMap((entry) => entryLines(entry, sides)),
    ...(policy.length + bindings.length > 0
      ? ["", `+ only in ${other.called}, - only in ${one.called}, ~ from ${one.called} to ${other.called}`]
      : []),
  ];
}

function entryLines(entry: EntryDifference, sides: Sides): string[] {
  const positions = [...new Set(positionsOf(entry, sides).filter((position) => position !== null))];
  return [
    `  ${differenceSigns[entry.kind]} ${entryName(entry)} (${positions.join(" → ")})`,
    ...entry.changes.flatMap((change) => changeLines(change, sides)),
  ];
}

/** Where each environment has the entry; null where it does not. */
function positionsOf({ section, name, kind }: EntryDifference, [one, other]: Sides): (string | null)[] {
  return [
    kind === "added" ? null : (positionOf(one.sources, section, name) ?? one.file),
    kind === "removed" ? null : (positionOf(other.sources, section, name) ?? other.file),
  ];
}

function changeLines({ path, gains = [], loses = [], from, to }: KeyChange, sides: Sides): string[] {
  const moves = [
    gains.length > 0 ? `gains ${gains.map(shown).join(", ")}` : "",
    loses.length > 0 ? `loses ${loses.map(shown).join(", ")}` : "",
  ].filter(Boolean);
  const key = path === "" ? "it" : path;
  if (moves.length > 0) return [`      ${key} ${moves.join(", ")}`];
  const [before, after] = [from, to].map((value) => (value === undefined ? "nothing" : shown(value)));
  const line = `      ${key}: ${before} → ${after}`;
  if (line.length <= 80) return [line];
  return [
    `      ${key}:`,
    ...sides.map(({ called }, index) => `        ${called}: ${index === 0 ? before : after}`),
  ];
}

// a valid release holds references in place of secrets: all of it may be shown
function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
