/** `hgscim review`: what a release would do to people, for whoever approves it. Changes nothing. */
import { Command } from "@commander-js/extra-typings";
import { isRefused } from "../report/review/report.ts";
import { environmentArgument, loadOneEnvironment } from "./environments.ts";
import { exitCode } from "./exit-code.ts";
import { formatOption } from "./format.ts";
import { type ReviewFormat, reviewFormats } from "./review/formats.ts";
import { linksOf } from "./review/links.ts";
import { UsageError } from "./usage.ts";

export const command = new Command("review")
  .description("say who gains and loses access by the environment's file, for whoever approves it")
  .addArgument(environmentArgument)
  .option("--base <revision>", "what it is compared with: a revision of Git or Mercurial, or active")
  .option("--offline", "ask no agent: compare files alone, and name nobody")
  .option("--source-url <address>", "where lines are shown, with {path} and {line}")
  .addOption(formatOption<ReviewFormat>(reviewFormats))
  .action(
    exitCode(async (nameOrFile, { base, offline = false, sourceUrl, format = reviewFormats.markdown }) => {
      if (offline && (base === undefined || base === "active"))
        throw new UsageError(
          "offline nobody says what is active (expected --base <revision> beside --offline)",
        );
      const linkTo = linksOf(sourceUrl);
      const environment = await loadOneEnvironment(nameOrFile);
      if (!environment) return 1;
      const { gatherReview } = await import("./review/gather.ts");
      const report = await gatherReview(environment, { base, offline, linkTo });
      if (!report.ok) {
        process.stderr.write(`${report.error.join("\n")}\n`);
        return 1;
      }
      process.stdout.write(await format(report.value));
      return isRefused(report.value) ? 1 : 0;
    }),
  );
