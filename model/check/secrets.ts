/** Whether secrets are replaced as often as the organisation wants. */
import { milliseconds } from "../duration.ts";
import { formatPosition, type Position, type Problem } from "../problem.ts";
import type { Context, Locate } from "./context.ts";

/** Reports each secret that may live longer than the limit, or for ever. */
export function checkSecretLifetimes({ environment, locate, report }: Context): void {
  const longest = environment.limits?.secretLifetime;
  if (longest === undefined) return;
  // it stands in another file than the secrets that it limits
  const atMost = `at most ${longest}, see ${formatPosition(locate(["limits", "secretLifetime"]))}`;
  for (const [name, { lifetime }] of Object.entries(environment.secrets))
    if (lifetime === undefined)
      report(
        ["secrets", name],
        "secret-lifetime",
        `secret "${name}" has no lifetime (expected one of ${atMost})`,
      );
    else if (milliseconds(lifetime) > milliseconds(longest))
      report(
        ["secrets", name, "lifetime"],
        "secret-lifetime",
        `${lifetime} is longer than the limit (expected ${atMost})`,
      );
}

/**
 * What is wrong with where limits stand: an environment that could set its own would have none.
 *
 * @param file the environment's own file, as positions name it
 */
export function misplacedLimits(locate: Locate, file: string): Problem[] {
  const at: Position = locate(["limits", "secretLifetime"]);
  if (at.file !== file) return [];
  return [
    {
      at,
      code: "misplaced-limit",
      message: "a limit in the environment's own file (expected it in a file that the environment extends)",
    },
  ];
}
