#!/usr/bin/env node
/** `hgscim`: loads the command's file, runs it, and ends with its exit code: 0 done, 1 failed, 2 wrong usage, or 64 (`exit-code.ts`). */
import { Command, CommanderError, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { hint } from "../model/nearest.ts";
import { version } from "../model/package.ts";
import { printable } from "../report/words.ts";
import { commands } from "./commands.ts";
import { helpConfiguration, usageLine } from "./help.ts";
import { UsageError } from "./usage.ts";
import { wrongUsage } from "./wrong-usage.ts";

const names = Object.keys(commands) as (keyof typeof commands)[];

// whoever reads no further, as `head` does, has seen enough: that is no failure
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
const [first, ...rest] = process.argv.slice(2);
await main(first === "help" ? [...rest, "--help"] : process.argv.slice(2));

/** Runs one command, whose action sets the exit code; what is no call of it ends with 2. */
async function main(args: readonly string[]): Promise<void> {
  const [name] = args;
  if (name === undefined) return refuse("which command?", `\n${(await programOf(names)).helpInformation()}`);
  const wanted = name === "--help" || name === "-h" ? names : names.filter((one) => one === name);
  if (wanted.length === 0 && name !== "--version")
    return refuse(`no command "${name}" ${hint(`one of ${names.join(", ")}`, name, names)}`);

  const program = await programOf(wanted);
  let called: CommandUnknownOpts = program;
  for (const command of [program, ...program.commands])
    command.hook("preSubcommand", (parent, subcommand) => {
      called = subcommand;
      // it would be lost
      const [early] = Object.keys(parent.opts()).filter(
        (name) => parent.getOptionValueSource(name) === "cli",
      );
      if (early)
        throw new UsageError(`--${early} stands too early (expected it behind ${subcommand.name()})`);
    });
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    // the help or the version that was asked for
    if (error instanceof CommanderError && error.exitCode === 0) return;
    const problem = wrongUsage(error, called);
    if (problem === undefined) throw error;
    refuse(problem, usageLine(called));
  }
}

/** The program with these of its commands, whose errors are thrown. */
async function programOf(wanted: readonly (keyof typeof commands)[]): Promise<Command> {
  const program = new Command("hgscim")
    .description("SCIM provisioning for Mercurial, as code")
    .version(version, "--version", "print the version")
    .exitOverride()
    .enablePositionalOptions()
    .configureHelp(helpConfiguration)
    .configureOutput({ outputError: () => undefined })
    .showSuggestionAfterError(false)
    .helpCommand(false);
  for (const { command } of await Promise.all(wanted.map((name) => commands[name]()))) {
    for (const one of [command, ...command.commands]) one.copyInheritedSettings(program);
    program.addCommand(command);
  }
  return program;
}

function refuse(problem: string, below = ""): void {
  process.stderr.write(`hgscim: ${printable(problem)}\n${below}`);
  // sysexits.h, EX_USAGE
  process.exitCode = process.argv.includes("--detailed-exitcode") ? 64 : 2;
}
