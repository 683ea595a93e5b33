/**
 * `hgscim rollback`: back to a release that was active before. It restores the environment's text, to be reviewed and
 * deployed like any other change; with `--now` it makes the release active at once, and the text is left for after.
 */
import { Command, Option } from "@commander-js/extra-typings";
import { reachAgent } from "./agent-client.ts";
import { mustAsk } from "./confirm.ts";
import { environmentArgument } from "./environments.ts";
import { exitCode } from "./exit-code.ts";
import { digestPrefix, findRelease } from "./past-release.ts";
import { activateNow } from "./rollback/now.ts";
import { restoreText } from "./rollback/restore.ts";
import { UsageError } from "./usage.ts";

const toOption = new Option("--to <digest>", "the release, by at least 4 digits of its digest")
  .makeOptionMandatory()
  .argParser((digest) => digestPrefix("back to which release?", "--to", digest));

export const command = new Command("rollback")
  .description(
    "restore the text of a past release for review, or with --now make that release active at once",
  )
  .addArgument(environmentArgument)
  .addOption(toOption)
  .option("--force", "lose what the file holds and no revision does")
  .option("--now", "make the release active, and leave the file")
  .option("--accept <what>", "with --now: what was reviewed, as `accept` of an environment file")
  .option("--yes", "with --now: do not ask")
  .action(
    exitCode(async (environment, { to, force = false, now = false, accept, yes = false }) => {
      if (now && force) throw new UsageError("--force is about the file, which --now does not touch");
      if (!now && (yes || accept !== undefined))
        throw new UsageError("--yes and --accept are about activation (expected them with --now)");
      if (now) mustAsk(yes);

      const reached = await reachAgent(environment);
      const found = reached && (await findRelease(reached, to));
      if (!found) return 1;
      const { release: target } = found;
      return now
        ? activateNow(reached, target, { accept, consent: yes })
        : restoreText(reached, target, { force });
    }),
  );
