/** What no environment may go beyond. It stands in a file that they extend, so that none raises its own. */
import { z } from "zod";
import { Lifetime } from "./secret.ts";

/**
 * Rules of validation: they judge files, and mean nothing to a running agent. So they are no part of a release, and raising
 * one activates nothing.
 */
export const Limits = z.strictObject({
  secretLifetime: Lifetime.describe(
    "The longest lifetime of a secret; with it, every secret needs one.",
  ).meta({
    examples: ["90d"],
  }),
});
