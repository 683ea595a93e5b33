/** `--lock-timeout`, as terraform takes it: for how long to wait where somebody deploys already. */
import { Option } from "@commander-js/extra-typings";
import { UsageError } from "./usage.ts";

/** Terraform would call a mistake in it a failure, and print its own usage. */
export const lockTimeoutOption = new Option(
  "--lock-timeout <duration>",
  "how long to wait for who deploys already, as in 60s",
)
  .argParser((text) => {
    // https://pkg.go.dev/time#ParseDuration, as far as a person writes it
    if (/^(\d+(ms|s|m|h))+$/.test(text)) return text;
    throw new UsageError(
      `--lock-timeout is "${text}" (expected a whole number and its unit s, m or h, such as 60s)`,
    );
  })
  .default("0s");
