/** `hgscim variables diff`: which variables two environments have otherwise. */
import { Command } from "@commander-js/extra-typings";
import { exitCode } from "../exit-code.ts";
import { loadSides, oneArgument, otherArgument } from "../sides.ts";
import { differenceText, variableDifferences } from "./differences.ts";

export const command = new Command("diff")
  .description("compare the variables of two environments")
  .addArgument(oneArgument)
  .addArgument(otherArgument)
  .option("--json", "print it for machines")
  .action(
    exitCode(async (one, other, { json = false }) => {
      const sides = await loadSides(one, other);
      if (!sides) return 1;
      const differences = variableDifferences(...sides);
      const called: [string, string] = [sides[0].called, sides[1].called];
      process.stdout.write(
        json
          ? `${JSON.stringify({ environments: called, variables: differences }, null, 2)}\n`
          : differenceText(differences, called),
      );
      return differences.length === 0 ? 0 : 1;
    }),
  );
