/** What is wrong with a call, in the words of what its command declares. */
import { CommanderError, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { hint } from "../model/nearest.ts";
import { UsageError } from "./usage.ts";

/** The sentence for a person; undefined for an error that is not about usage. */
export function wrongUsage(error: unknown, command: CommandUnknownOpts): string | undefined {
  if (error instanceof UsageError) return error.message;
  if (!(error instanceof CommanderError)) return undefined;
  switch (error.code) {
    case "commander.unknownOption":
      return unknownOption(quotedIn(error), command);
    case "commander.missingMandatoryOptionValue":
      return `an option is missing (expected ${described(quotedIn(error), command)})`;
    case "commander.optionMissingArgument":
      return `a value is missing (expected ${described(quotedIn(error), command)})`;
    case "commander.invalidArgument":
      return notAChoice(error, command) ?? wrongArguments(command);
    default:
      return wrongArguments(command);
  }
}

/** Which option it is stands in commander's own message alone. */
function quotedIn({ message }: CommanderError): string {
  return /'(.*)'/s.exec(message)?.[1] ?? "";
}

function unknownOption(given: string, { options }: CommandUnknownOpts): string {
  const known = options.flatMap(({ long }) => long ?? []);
  const [name = ""] = given.split("=", 1);
  if (known.includes(name)) return `option '${name}' takes no value (expected ${name} alone)`;
  const expected = known.length > 0 ? `${known.join(", ")} or nothing` : "none";
  return `Unknown option '${given}' ${hint(expected, name, known)}`;
}

/** Of an option that takes some words alone; undefined for an argument. */
function notAChoice({ message }: CommanderError, { options }: CommandUnknownOpts): string | undefined {
  const [, flags, given = ""] = /option '([^']*)' argument '(.*)' is invalid/s.exec(message) ?? [];
  const option = options.find((one) => one.flags === flags);
  if (!option?.argChoices) return undefined;
  return `${option.long} is "${given}" ${hint(`one of ${option.argChoices.join(", ")}`, given, option.argChoices)}`;
}

/** `--to <digest>, the release, by its digest` */
function described(flags: string, { options }: CommandUnknownOpts): string {
  const description = options.find((option) => option.flags === flags)?.description;
  return `${flags}, ${description}`;
}

/** Too few, or too many: the first argument says what there may be, then. */
function wrongArguments({ args, commands, registeredArguments }: CommandUnknownOpts): string {
  const missing = registeredArguments.find(({ required }, index) => required && args[index] === undefined);
  const about = missing ?? registeredArguments[0];
  const names = commands.map((command) => command.name());
  // more than there may be: perhaps for a subcommand
  const given = args.length > registeredArguments.length ? args[0] : undefined;
  if (about) return `which ${about.name()}? ${hint(about.description, given, names)}`;
  return `nothing is called "${given}" here ${hint(["options", ...names].join(" or "), given, names)}`;
}
