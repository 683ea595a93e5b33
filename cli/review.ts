/** `hgscim review`: what a release would do to people, for whoever approves it. Changes nothing. */
import { basename, dirname, resolve } from "node:path";
import { Command } from "@commander-js/extra-typings";
import { isRefused } from "../report/review/report.ts";
import { environmentArgument, environmentsFolder, loadOneEnvironment } from "./environments.ts";
import { exitCode } from "./exit-code.ts";
import { formatOption } from "./format.ts";
import { type ReviewFormat, reviewFormats } from "./review/formats.ts";
import type { WantedReview } from "./review/gather.ts";
import { linksOf } from "./review/links.ts";
import { UsageError } from "./usage.ts";

export const command = new Command("review")
  .description("say who gains and loses access by the environment's file, for whoever approves it")
  .addArgument(environmentArgument)
  .option("--base <revision>", "what it is compared with: a revision of Git or Mercurial, or active")
  .option(
    "--merge <revision>",
    "look at what a merge of it with what is checked out makes, in place of the files",
  )
  .option("--offline", "ask no agent: compare files alone, and name nobody")
  .option("--source-url <address>", "where lines are shown, with {path} and {line}")
  .addOption(formatOption<ReviewFormat>(reviewFormats))
  .action(
    exitCode(
      async (nameOrFile, { base, merge, offline = false, sourceUrl, format = reviewFormats.markdown }) => {
        if (offline && (base === undefined || base === "active"))
          throw new UsageError(
            "offline nobody says what is active (expected --base <revision> beside --offline)",
          );
        if (merge !== undefined && /[/\\]/.test(nameOrFile))
          throw new UsageError(`--merge makes files of its own (expected an environment by its name)`);
        // no forge shows what a merge would be, whose lines are others than those of the pipeline's revision
        const linkTo = merge !== undefined && sourceUrl === undefined ? () => null : linksOf(sourceUrl);
        const asked = { base, offline, linkTo, format };
        return merge === undefined ? reviewed(nameOrFile, asked) : ofMerge(merge, nameOrFile, asked);
      },
    ),
  );

interface Asked extends WantedReview {
  readonly format: ReviewFormat;
}

async function reviewed(nameOrFile: string, { format, ...wanted }: Asked): Promise<number> {
  const environment = await loadOneEnvironment(nameOrFile);
  if (!environment) return 1;
  const { gatherReview } = await import("./review/gather.ts");
  const report = await gatherReview(environment, wanted);
  if (!report.ok) return failed(report.error);
  process.stdout.write(await format(report.value));
  return isRefused(report.value) ? 1 : 0;
}

/** The review as from a checkout of the merge. */
async function ofMerge(revision: string, name: string, asked: Asked): Promise<number> {
  const { filesOfMerge } = await import("./review/merge.ts");
  const folder = resolve(environmentsFolder());
  const merged = await filesOfMerge(folder, revision);
  if (!merged.ok) return failed([merged.error]);
  const { environments, remove } = merged.value;
  const here = process.cwd();
  try {
    process.chdir(dirname(environments));
    process.env.HGSCIM_ENVIRONMENTS = basename(environments);
    return await reviewed(name, { ...asked, merged: { folder, revision: merged.value.revision } });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall !== "chdir") throw error;
    return failed([`the merge has no folder ${basename(environments)} (expected that of the environments)`]);
  } finally {
    process.chdir(here);
    await remove();
  }
}

function failed(reasons: readonly string[]): number {
  process.stderr.write(`${reasons.join("\n")}\n`);
  return 1;
}
