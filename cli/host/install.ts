/** `hgscim host install`: lays hgscim in front of the repositories of this host. Nothing is overwritten that it did not write. */
import { Command } from "@commander-js/extra-typings";
import { systemSentence } from "../../model/system-error.ts";
import { printable } from "../../report/words.ts";
import { confirm, mustAsk } from "../confirm.ts";
import { exitCode } from "../exit-code.ts";
import { UsageError } from "../usage.ts";
import { isEnforcing } from "./install/files.ts";
import { hostAt, type TargetHost } from "./install/host.ts";
import { install, isDone, obstaclesOf, planInstallation, start } from "./install/installation.ts";
import {
  doneText,
  type Installation,
  installationJson,
  mergeText,
  settingsText,
  stepsText,
  switchText,
  textOf,
} from "./install/report.ts";

export const command = new Command("install")
  .description("lay hgscim in front of this host's repositories: users, agent, Mercurial, web server, sshd")
  .option("--environment <name>", "the environment whose releases this host runs")
  .option("--root <folder>", "the folder of the repositories")
  .option("--web <server>", "what serves them over HTTP: apache, nginx or none")
  .option("--ssh", "people come over SSH too")
  .option("--no-ssh", "nobody does, or not by hgscim")
  .option("--contact <text>", "whom people are told to ask")
  .option("--user <name>", "the unix user that the repositories belong to")
  .option("--server <name>", "the host's name on the web")
  .option("--path <path>", "where repositories begin in its addresses, / or such as /hg; with Apache")
  .option("--certificate <file>", "its certificate, PEM")
  .option("--key <file>", "the key of that, PEM")
  .option("--passwords <file>", "the web server's file of passwords")
  .option("--prefix <folder>", "lay the files into this folder alone: no user, no owner, no service", "/")
  .option("--dry-run", "print each file, and change nothing")
  .option("--start", "start and reload the services, too")
  .option("--yes", "do not ask")
  .option("--json", "print it for machines")
  .action(
    exitCode(async (options) => {
      const {
        prefix,
        dryRun = false,
        start: isStarting = false,
        yes = false,
        json = false,
        ...given
      } = options;
      mustAsk(yes || dryRun);
      if (json && !yes && !dryRun)
        throw new UsageError("--json asks nobody (expected --yes or --dry-run beside it)");
      const host = hostAt(prefix);
      if (isStarting && !host.isThis)
        throw new UsageError("--start starts what is on this host (expected it without --prefix)");
      if (!dryRun && host.isThis && process.getuid?.() !== 0)
        return told(["users and services are root's to make (expected sudo, or --dry-run, or --prefix)"]);
      try {
        const planned = planInstallation(given, host, dryRun);
        if (!planned.ok) {
          if (planned.error.isUsage) throw new UsageError(planned.error.sentences.join("; "));
          return told(planned.error.sentences);
        }
        const obstacles = obstaclesOf(planned.value, host);
        if (obstacles.length > 0 && !dryRun) return told(obstacles);
        const carriedOut = await (dryRun
          ? shown(planned.value, json)
          : installed(planned.value, host, { json, yes, isStarting }));
        const merge = mergeText(planned.value);
        process.stderr.write(merge);
        if (obstacles.length > 0) return told(obstacles);
        if (!carriedOut || merge !== "") return 1;
        return isStarting && !dryRun ? started(planned.value) : 0;
      } catch (error) {
        if (error instanceof UsageError) throw error;
        return told([systemSentence(error as Error)]);
      }
    }),
  );

interface Manner {
  readonly json: boolean;
  readonly yes: boolean;
  readonly isStarting: boolean;
}

const jsonText = (installation: Installation) =>
  `${JSON.stringify(installationJson(installation), null, 2)}\n`;

/** Prints what would be done. */
async function shown(installation: Installation, json: boolean): Promise<boolean> {
  const text = [
    settingsText(installation),
    switchText(installation),
    `\n${textOf(installation)}\n`,
    stepsText(installation.steps),
  ];
  process.stdout.write(json ? jsonText(installation) : text.join(""));
  return true;
}

/** Does it, once somebody has agreed; answers whether they have. */
async function installed(installation: Installation, host: TargetHost, manner: Manner): Promise<boolean> {
  const { json, yes, isStarting } = manner;
  if (json) {
    install(installation, host);
    process.stdout.write(jsonText(installation));
    return true;
  }
  process.stdout.write(`${settingsText(installation)}${switchText(installation)}`);
  if (isDone(installation)) {
    process.stdout.write("Everything is as it was written: nothing to do.\n");
  } else {
    const switches = " What serves the repositories without hgscim is closed then.";
    const question = `Lay this onto the host?${isEnforcing(installation.settings) ? switches : ""}`;
    if (!yes && !(await confirm(question))) return false;
    install(installation, host);
    process.stdout.write(`\n${doneText(installation)}`);
  }
  if (!isStarting) process.stdout.write(`\n${stepsText(installation.steps)}`);
  return true;
}

function started({ steps }: Installation): number {
  const failed = start(steps, (line) => process.stderr.write(`${line}\n`));
  return failed === undefined ? 0 : told(failed.split("\n"));
}

function told(sentences: readonly string[]): number {
  for (const sentence of sentences) process.stderr.write(`hgscim: ${printable(sentence)}\n`);
  return 1;
}
