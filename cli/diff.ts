/** `hgscim diff`: whether one environment mirrors another, and where it does not. */
import { Command } from "@commander-js/extra-typings";
import { type EntryDifference, type KeyChange, releaseDifference } from "../model/difference.ts";
import { digestsOf } from "../model/digest.ts";
import { describeKeyChange, differenceSigns, entryName, shownValue } from "../report/difference.ts";
import { positionOf } from "../report/positions.ts";
import { count, printable } from "../report/words.ts";
import { exitCode } from "./exit-code.ts";
import { loadSides, oneArgument, otherArgument, type Sides } from "./sides.ts";

export const command = new Command("diff")
  .description("tell whether one environment mirrors another, and where not")
  .addArgument(oneArgument)
  .addArgument(otherArgument)
  .option("--json", "print it for machines")
  .action(exitCode(async (one, other, { json = false }) => printDifference(one, other, json)));

/** Answers 1 when the policies differ, whatever the bindings. */
async function printDifference(one: string, other: string, json: boolean): Promise<number> {
  const sides = await loadSides(one, other);
  if (!sides) return 1;
  const { policy, bindings } = releaseDifference(sides[0].release, sides[1].release);
  if (json) {
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

function changeLines(change: KeyChange, sides: Sides): string[] {
  const line = `      ${describeKeyChange(change)}`;
  if (line.length <= 80 || change.gains || change.loses) return [line];
  const [before, after] = [change.from, change.to].map(shownValue);
  return [
    `      ${change.path === "" ? "it" : change.path}:`,
    ...sides.map(({ called }, index) => `        ${called}: ${index === 0 ? before : after}`),
  ];
}
