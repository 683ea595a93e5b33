/** `hgscim plan`: what a deploy would change, in Terraform's words and in people's access. Changes nothing. */
import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Command } from "@commander-js/extra-typings";
import type { LoadedEnvironment } from "../model/load.ts";
import { isRefused } from "../report/review/report.ts";
import { environmentArgument } from "./environments.ts";
import { exitCode } from "./exit-code.ts";
import { formatOption } from "./format.ts";
import { type ReviewFormat, reviewFormats } from "./review/formats.ts";
import { apartFromState, savePlan } from "./saved-plan.ts";
import { prepareStack } from "./stack.ts";
import { terraform } from "./terraform.ts";
import { UsageError } from "./usage.ts";

// nothing is written, so nobody must wait for a plan
const unlocked = "-lock=false";

export const command = new Command("plan")
  .description("show what a deploy would change, and who gains or loses access")
  .addArgument(environmentArgument)
  .option("--yes", "fetch Terraform where it is missing, and do not ask")
  .option(
    "--detailed-exitcode",
    "exit with 0 for no change, 2 for changes, 1 for a failure, 64 for wrong usage",
  )
  .option("--out <file>", "keep the plan there: deploy --plan applies it, in another checkout too")
  .option("--json", "print the plan for programs, as terraform show -json does")
  .addOption(formatOption<ReviewFormat>(reviewFormats))
  .action(
    exitCode(async (environment, { yes = false, detailedExitcode = false, out, json = false, format }) => {
      if (json && format)
        throw new UsageError("--json prints the plan, and --format its review (expected one of them)");
      const stack = await prepareStack(environment, yes);
      if (!stack) return 1;
      if (!detailedExitcode && !json && !format && out === undefined)
        return (await terraform(stack.folder, ["plan", "-input=false", unlocked])) === 0 ? 0 : 1;

      const file = out === undefined ? `hgscim.${process.pid}.tfplan` : resolve(out);
      const quiet = json || format !== undefined;
      const save = (apart: readonly string[]) =>
        savePlan(stack.folder, file, { options: [unlocked, ...apart], quiet });
      try {
        const planned = await (out === undefined ? save([]) : apartFromState(stack, save));
        // what is refused is reviewed all the same
        const refused = format ? await printReview(stack.loaded, planned?.from, format) : false;
        if (!planned || refused) return 1;
        if (json) process.stdout.write(`${planned.json}\n`);
        return detailedExitcode && planned.changes ? 2 : 0;
      } finally {
        if (out === undefined) await rm(join(stack.folder, file), { force: true });
      }
    }),
  );

/** Prints the review of what was planned; answers whether there is none, or something is known against it. */
async function printReview(
  environment: LoadedEnvironment,
  from: string | null | undefined,
  format: ReviewFormat,
): Promise<boolean> {
  const { reviewOfPlan } = await import("./review/planned.ts");
  const report = await reviewOfPlan(environment, from);
  if (!report.ok) process.stderr.write(`${report.error.join("\n")}\n`);
  else process.stdout.write(await format(report.value));
  return !report.ok || isRefused(report.value);
}
