/** `hgscim connector test`: watches what an identity provider sends while somebody presses its buttons. Changes nothing. */
import { writeFile } from "node:fs/promises";
import { Command, Option } from "@commander-js/extra-typings";
import { type Duration, milliseconds } from "../../model/duration.ts";
import { systemReason } from "../../model/system-error.ts";
import { TestProgress } from "../../report/connector-test/progress.ts";
import {
  heardLines,
  stepRows,
  type TestedConnector,
  testMarkdown,
  testReport,
} from "../../report/connector-test/words.ts";
import { printable } from "../../report/words.ts";
import { printError, reachAgent } from "../agent-client.ts";
import { columns } from "../columns.ts";
import { forDuration } from "../duration-option.ts";
import { environmentArgument } from "../environments.ts";
import { exitCode } from "../exit-code.ts";
import { misspelt } from "../misspelt.ts";
import { tokenOption } from "../owners/options.ts";
import { followRequests } from "./follow.ts";

const forOption = new Option("--for <duration>", "how long to watch")
  .default("10m" as Duration)
  .argParser(forDuration);

export const command = new Command("test")
  .description("watch an identity provider while somebody presses its buttons, and tick off what comes")
  .addArgument(environmentArgument)
  .argument("<connector>", "the connector")
  .addOption(forOption)
  .option("--json", "print the report for machines, when it is over")
  .option("--out <file>", "write the report there, as Markdown")
  .addOption(tokenOption)
  .action(
    exitCode(async (nameOrFile, connector, { for: span, json = false, out, token }) => {
      const reached = await reachAgent(nameOrFile, token);
      if (!reached) return 1;
      const { client, environment } = reached;
      const wrong = misspelt(environment, { connector });
      if (wrong.length > 0) return failed(wrong);
      const declared = environment.release.connectors[connector];
      if (!declared?.auth)
        return failed([
          `${environment.name}: connector ${connector} is read, and sends nothing (expected one with an endpoint)`,
        ]);

      const progress = new TestProgress(declared);
      const from = Date.now();
      const tested = (): TestedConnector => ({
        ...{ environment: environment.name, connector, idp: declared.idp, from, until: Date.now() },
      });
      // before anybody presses a button for a report that cannot be kept
      const keep = async () => out === undefined || (await written(out, testMarkdown(tested(), progress)));
      if (!(await keep())) return 1;

      const tell = (lines: readonly string[]) =>
        (json ? process.stderr : process.stdout).write(`${lines.map(printable).join("\n")}\n`);
      const watched = await followRequests(client, connector, {
        until: from + milliseconds(span),
        began: () => tell(introduction(progress, span)),
        heard: (request) => {
          tell(heardLines(request, progress.take(request)));
          return progress.isWell;
        },
        lost: ({ message }) => process.stderr.write(`${printable(message)}; it is asked again\n`),
      });
      if (!watched.ok) {
        printError(watched.error, environment.sources);
        return 1;
      }
      const kept = await client.keepTest(watched.value);
      process.stdout.write(
        json
          ? `${JSON.stringify(testReport(tested(), progress), null, 2)}\n`
          : `\n${columns([["step", "what came of it", "to do"], ...stepRows(progress)]).join("\n")}\n`,
      );
      if (!kept.ok) process.stderr.write(`${printable(kept.error.message)}: no promotion can ask for it\n`);
      return (await keep()) && progress.isWell ? 0 : 1;
    }),
  );

function failed(lines: readonly string[]): number {
  process.stderr.write(`${lines.join("\n")}\n`);
  return 1;
}

function introduction({ states }: TestProgress, span: Duration): string[] {
  return [
    `Watching for ${span}, or until all is done; Ctrl-C ends it. Press, one after the other:`,
    ...columns(states.map(({ name, press }) => [`  ${name}`, press])),
    "",
  ];
}

async function written(file: string, text: string): Promise<boolean> {
  try {
    await writeFile(file, text);
    return true;
  } catch (error) {
    process.stderr.write(`${file} cannot be written: ${systemReason(error)}\n`);
    return false;
  }
}
