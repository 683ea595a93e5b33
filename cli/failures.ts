/** `hgscim failures`: what is not done as identity providers ask for it, by whose rule, for how many, and what to do. */
import { Command } from "@commander-js/extra-typings";
import type { AdminClient, AskedFailures } from "../api/client.ts";
import { refusalCodes } from "../api/codes.ts";
import type { Failure } from "../api/contract.ts";
import type { AdminError } from "../api/error.ts";
import type { Sources } from "../model/load.ts";
import { ok, type Result } from "../model/result.ts";
import { describeExample, mendOf } from "../report/failures.ts";
import { ownPosition, withPosition } from "../report/positions.ts";
import { isoTime } from "../report/time.ts";
import { count, paragraphs, printable } from "../report/words.ts";
import { printError, reachAgent } from "./agent-client.ts";
import { columns } from "./columns.ts";
import { environmentArgument } from "./environments.ts";
import { exitCode } from "./exit-code.ts";
import { misspelt } from "./misspelt.ts";
import { tokenOption } from "./owners/options.ts";

export const command = new Command("failures")
  .description("show what is not done as identity providers ask for it, by whose rule, and what to do")
  .addArgument(environmentArgument)
  .option("--connector <name>", "only of this connector")
  .option("--rule <name>", "only by this constraint or code")
  .option("--all", "also what is over")
  .option("--json", "print it for machines")
  .addOption(tokenOption)
  .action(
    exitCode(async (nameOrFile, { connector, rule, all = false, json = false, token }) => {
      const reached = await reachAgent(nameOrFile, token);
      if (!reached) return 1;
      const { name, sources } = reached.environment;
      const examples = json ? everyExample : {};
      const answer = await everyPage(reached.client, { connector, rule, all, ...examples });
      if (!answer.ok) {
        printError(answer.error, sources);
        return 1;
      }
      const failures = sorted(answer.value);
      const asked = { rule, connector, codes: Object.keys(refusalCodes) };
      const wrong =
        failures.length > 0 || (await everFailed(reached.client, asked))
          ? []
          : misspelt(reached.environment, asked);
      if (wrong.length > 0) {
        process.stderr.write(`${wrong.join("\n")}\n`);
        return 1;
      }
      const told = failures.map((failure) => ({ ...failure, mend: mendAt(failure, sources) }));
      process.stdout.write(
        `${json ? jsonText(told, name) : failuresText(told, { all, isPart: (rule ?? connector) !== undefined })}\n`,
      );
      return 0;
    }),
  );

/** Whether anything ever failed by these names: then they are none that nobody has, whatever the file says now. */
async function everFailed(client: AdminClient, { connector, rule }: AskedFailures): Promise<boolean> {
  const page = await client.failures({ connector, rule, all: true, limit: 1 });
  return page.ok && page.value.failures.length > 0;
}

type Told = Failure & { readonly mend: string };

/** What to do, and where in the environment file: at the constraint, or the connector whose expression cannot be evaluated. */
function mendAt(failure: Failure, sources: Sources): string {
  const { stands, rule, code, connector } = failure;
  const mend = mendOf(failure);
  if (!stands) return mend;
  if (rule) return withPosition(mend, ownPosition(sources, `constraints.${rule}`));
  return code === "mappingFailed"
    ? withPosition(mend, ownPosition(sources, `connectors.${connector}`))
    : mend;
}

/** All whom an agent remembers, and as many failures at once as go with so many. */
const everyExample = { examples: 1_000, limit: 10 };

async function everyPage(client: AdminClient, asked: AskedFailures): Promise<Result<Failure[], AdminError>> {
  const all: Failure[] = [];
  for (let before: number | undefined; ; ) {
    const page = await client.failures({ ...asked, before });
    if (!page.ok) return page;
    const { failures, next } = page.value;
    all.push(...failures);
    if (next === null) return ok(all);
    before = next;
  }
}

/** What stands first, and of that what came last. */
function sorted(failures: readonly Failure[]): Failure[] {
  return [...failures].sort(
    (one, other) => Number(other.stands) - Number(one.stands) || other.last - one.last,
  );
}

function jsonText(failures: readonly Told[], environment: string): string {
  const rows = failures.map((failure) => ({
    ...failure,
    first: isoTime(failure.first),
    last: isoTime(failure.last),
    examples: failure.examples.map((example) => ({ ...example, at: isoTime(example.at) })),
  }));
  return JSON.stringify({ environment, failures: rows }, null, 2);
}

function failuresText(
  failures: readonly Told[],
  { all, isPart }: { readonly all: boolean; readonly isPart: boolean },
): string {
  if (failures.length === 0) return nothingText(all, isPart);
  return paragraphs(
    columns([
      ["", "rule", "owner", "what", "attribute", "people", "standing", "times", "first", "last", "connector"],
      ...failures.map((failure, index) => [
        String(index + 1),
        failure.rule ?? failure.code ?? "",
        failure.owner ?? "",
        failure.what,
        failure.attribute ?? "",
        concerned(failure, failure.people),
        failure.stands ? concerned(failure, failure.standing) : "over",
        String(failure.times),
        isoTime(failure.first),
        isoTime(failure.last),
        failure.connector,
      ]),
    ]),
    ...failures.map((failure, index) => {
      const indent = " ".repeat(String(index + 1).length);
      const [first = "", ...more] = examplesText(failure);
      return [`${index + 1}  ${first}`, ...[...more, failure.mend].map((line) => `${indent}  ${line}`)];
    }),
  );
}

/** Of a part nobody is to think that it is all. */
function nothingText(all: boolean, isPart: boolean): string {
  if (isPart) return all ? "Nothing of that ever failed here." : "Nothing of that fails.";
  return all ? "Nothing ever failed here." : "Nothing fails.";
}

/** Whom it concerns, as far as they were asked for; of what names nobody, what was answered last. */
function examplesText(failure: Failure): string[] {
  const { kind, example: whom, detail, examples, stands, standing, people } = failure;
  const lines = (examples.length > 0 ? examples : [{ whom, name: null, detail, hold: null }]).map((example) =>
    printable(describeExample(kind, example)),
  );
  const others = (stands ? standing : people) - lines.length;
  return others > 0 ? [...lines, `and ${others} more (--json names them)`] : lines;
}

/** Of groups it says so; more than are remembered are at least so many. */
function concerned({ kind, more }: Failure, number: number): string {
  if (number === 0) return "-";
  const text = kind === "group" ? count(number, "group", "groups") : String(number);
  return more ? `${text} or more` : text;
}
