/** What one release may take away, and what was accepted beyond that. */
import { z } from "zod";
import { Count, Digest, Share, setOf, Text } from "./common.ts";

export const Bounds = z.strictObject({
  lose: Share.describe("The largest share of the accounts with access that may lose a right by one release."),
  above: Count.default(0).describe("So many accounts may always lose a right, whatever share they are."),
  protected: setOf(Text).default([]).describe("Groups in which nobody may lose a right."),
});

/** What was reviewed of a release that goes beyond the bounds. It is said once, for one change, and is no part of the release. */
export const Accept = z.strictObject({
  from: Digest.describe(
    "The release that was active when the change was reviewed. For any other it does not count.",
  ),
  lose: Count.describe("The most accounts that may lose a right."),
  gain: Count.optional().describe("The most accounts that may gain one; any number when absent."),
  protected: setOf(Text)
    .default([])
    .describe("The accounts in protected groups that may lose a right, by name."),
});

export type Bounds = z.infer<typeof Bounds>;

/**
 * What holds where an environment names no bounds. It is a rule of judging and no default of the schema: a release that
 * names none keeps its canonical form and its digest, those of earlier versions too. Beside it, no release may take all
 * access from everybody who has some.
 */
export const defaultBounds: Bounds = { lose: "30%", above: 10, protected: [] };

export type Accept = z.infer<typeof Accept>;
