/** The help of each command, made of what it declares. */
import type { Argument, CommandUnknownOpts, Help, Option } from "@commander-js/extra-typings";

/** How commander prints help here: usage with every option in it, and subcommands beside their command. */
export const helpConfiguration: Partial<Help> = {
  commandUsage: (command) => [...pathOf(command), ...termsOf(command)].join(" "),
  visibleCommands: (command) => command.commands.flatMap((one) => [one, ...one.commands]),
  subcommandTerm: (command) =>
    [...pathOf(command).slice(1), ...command.registeredArguments.map(argumentTerm)].join(" "),
};

/** The line that follows what was wrong, with its line feed. */
export function usageLine(command: CommandUnknownOpts): string {
  return `Usage: ${command.createHelp().commandUsage(command)}\n`;
}

/** The names from `hgscim` to the command. */
function pathOf(command: CommandUnknownOpts): string[] {
  return [...(command.parent ? pathOf(command.parent) : []), command.name()];
}

/** `<environment> --to <digest> [--json]` */
function termsOf(command: CommandUnknownOpts): string[] {
  if (command.parent === null) return ["<command>"];
  return [...command.registeredArguments.map(argumentTerm), ...command.options.map(optionTerm)];
}

function argumentTerm(argument: Argument): string {
  const name = argument.variadic ? `${argument.name()}...` : argument.name();
  return argument.required ? `<${name}>` : `[${name}]`;
}

function optionTerm({ flags, long, argChoices, mandatory }: Option): string {
  const term = argChoices ? `${long} ${argChoices.join("|")}` : flags;
  return mandatory ? term : `[${term}]`;
}
