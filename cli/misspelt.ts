/** Names by which nothing was found: what no environment file has is told as such, not as good news. */
import type { LoadedEnvironment } from "../model/load.ts";
import { hint } from "../model/nearest.ts";
import { listed } from "../report/words.ts";

/**
 * What is wrong with the names that were asked for; empty where the environment has each. For whom found nothing alone: what a former
 * release had may still be there.
 */
export function misspelt(
  { name, release }: Pick<LoadedEnvironment, "name" | "release">,
  asked: {
    readonly rule?: string | undefined;
    readonly connector?: string | undefined;
    /** What is a rule too. */
    readonly codes?: readonly string[];
  },
): string[] {
  const { codes = [] } = asked;
  const what = codes.length > 0 ? "constraint or code" : "constraint";
  return [
    ...unknown(name, what, asked.rule, [...Object.keys(release.constraints), ...codes]),
    ...unknown(name, "connector", asked.connector, Object.keys(release.connectors)),
  ];
}

function unknown(environment: string, what: string, name: string | undefined, known: readonly string[]) {
  if (name === undefined || known.includes(name)) return [];
  const expected = known.length === 0 ? `none: it has no ${what}` : `one of ${listed(known)}`;
  return [`${environment} has no ${what} ${JSON.stringify(name)} ${hint(expected, name, known)}`];
}
