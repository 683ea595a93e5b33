/**
 * `hgscim rollback`: back to a release that was active before. It restores the environment's text, to be reviewed and
 * deployed like any other change; with `--now` it makes the release active at once, and the text is left for after.
 */
import { Command, Option } from "@commander-js/extra-typings";
import type { StoredRelease } from "../api/contract.ts";
import { isoTime } from "../report/time.ts";
import { printError, type Reached, reachAgent } from "./agent-client.ts";
import { mustAsk } from "./confirm.ts";
import { environmentArgument } from "./environments.ts";
import { exitCode } from "./exit-code.ts";
import { activateNow } from "./rollback/now.ts";
import { restoreText } from "./rollback/restore.ts";
import { UsageError } from "./usage.ts";

const toOption = new Option("--to <digest>", "the release, by at least 4 digits of its digest")
  .makeOptionMandatory()
  .argParser((digest) => {
    const prefix = digest.replace(/^sha256:/, "");
    if (!/^[0-9a-f]{4,64}$/.test(prefix))
      throw new UsageError("back to which release? (expected --to and at least 4 digits of its digest)");
    return prefix;
  });

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
      const target = reached && (await findRelease(reached, to));
      if (!target) return 1;
      return now
        ? activateNow(reached, target, { accept, consent: yes })
        : restoreText(reached, target, { force });
    }),
  );

/** The one release of the history whose digest begins like this; undefined when the person was told why there is none. */
async function findRelease(
  { client, environment }: Reached,
  prefix: string,
): Promise<StoredRelease | undefined> {
  const history = await client.history();
  if (!history.ok) {
    printError(history.error, environment.sources);
    return undefined;
  }
  const past = new Map(
    history.value.entries.flatMap((entry) => (entry.digest === null ? [] : [[entry.digest, entry] as const])),
  );
  const [found, ...others] = [...past.keys()].filter((digest) => digest.startsWith(`sha256:${prefix}`));
  if (found === undefined || others.length > 0) {
    process.stderr.write(
      found === undefined
        ? `no release of ${environment.name} begins with ${prefix} (expected one of \`hgscim history ${environment.name}\`)\n`
        : `${others.length + 1} releases of ${environment.name} begin with ${prefix} (expected more digits):\n`,
    );
    for (const digest of found === undefined ? [] : [found, ...others])
      process.stderr.write(`  ${digest}  ${isoTime(past.get(digest)?.at ?? 0)}\n`);
    return undefined;
  }
  const stored = await client.storedRelease(found);
  if (stored.ok) return stored.value;
  printError(stored.error, environment.sources);
  return undefined;
}
