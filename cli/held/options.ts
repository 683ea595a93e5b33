/** The options of the commands about what is held. */
import { Option } from "@commander-js/extra-typings";
import { UsageError } from "../usage.ts";

export const ruleOption = new Option("--rule <name>", "only what this constraint holds");

export const connectorOption = new Option("--connector <name>", "only what this connector asked for");

export const limitOption = new Option("--limit <number>", "how many at most, oldest first").argParser(
  (text): number => {
    const number = Number(text);
    if (Number.isSafeInteger(number) && number > 0) return number;
    throw new UsageError(`--limit is "${text}" (expected a whole number from 1)`);
  },
);
