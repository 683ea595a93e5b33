/** `--format` and its short form `--json`, for commands that print in several formats. */
import { Option } from "@commander-js/extra-typings";
import { hint } from "../model/nearest.ts";
import { UsageError } from "./usage.ts";

/** The option that names one of the formats of a table; its value is what the table has for the name. */
export function formatOption<Format>(formats: Readonly<Record<string, Format>>) {
  const names = Object.keys(formats);
  return new Option("--format <format>", "how to print it").choices(names).argParser((name): Format => {
    const format = Object.hasOwn(formats, name) ? formats[name] : undefined;
    if (format === undefined)
      throw new UsageError(`no format "${name}" ${hint(`one of ${names.join(", ")}`, name, names)}`);
    return format;
  });
}

export const jsonOption = new Option("--json", "short for --format json");

/** @throws {UsageError} when both are given */
export function mustBeOne({ format, json }: { format?: unknown; json?: true | undefined }): void {
  if (json && format !== undefined)
    throw new UsageError("--json is short for --format json (expected one of them)");
}
