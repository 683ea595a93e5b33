/** Groups × repositories × rights. */
import { z } from "zod";
import { BranchName } from "../check/branches.ts";
import { RepositoryPattern } from "../pattern.ts";
import { described, setOf, Text } from "./common.ts";

export const PermissionSet = z.strictObject({
  repositories: setOf(RepositoryPattern)
    .min(1, { error: "no repository (expected at least one pattern)" })
    .describe("Which repositories it covers: patterns, and with `!` what they must not cover."),
  read: setOf(Text).default([]).describe("Groups that may pull."),
  write: setOf(Text).default([]).describe("Groups that may pull and push."),
  branches: z
    .record(
      BranchName,
      setOf(Text).min(1, { error: "no group (expected the groups whose members may push to the branch)" }),
    )
    .default({})
    .describe(
      "Restricts: to a branch named here, of those with write, only members of one of its groups push.",
    ),
  ...described,
});

export type PermissionSet = z.infer<typeof PermissionSet>;
