/** Groups and accounts × repositories × rights. */
import { z } from "zod";
import { PathPattern, RepositoryPattern } from "../pattern.ts";
import { BreakGlass } from "./break-glass.ts";
import { described, setOf, Text } from "./common.ts";
import { BookmarkPattern, BranchPattern } from "./label.ts";
import { Subjects } from "./subject.ts";

const groupsFor = (what: string) =>
  setOf(Text).min(1, { error: `no group (expected the groups whose members may push to the ${what})` });

const Denied = z.strictObject({
  read: Subjects.default([])
    .describe("Who may neither pull nor push.")
    .meta({ examples: [["contractors"]] }),
  write: Subjects.default([])
    .describe("Who may not push.")
    .meta({ examples: [[{ account: "alice" }]] }),
});

export const PermissionSet = z.strictObject({
  repositories: setOf(RepositoryPattern)
    .min(1, { error: "no repository (expected at least one pattern)" })
    .describe("Which repositories it covers: patterns, and with `!` what they must not cover.")
    .meta({ examples: [["core/**", "!core/archive/**"]] }),
  read: Subjects.default([])
    .describe("Who may pull: groups, and maps that name a group or an account and say until when.")
    .meta({ examples: [["engineering"]] }),
  write: Subjects.default([])
    .describe("Who may pull and push.")
    .meta({
      examples: [
        ["core-team", { account: "alice", until: "2026-12-31", reason: "migration", approver: "Carol" }],
      ],
    }),
  deny: Denied.prefault({})
    .describe(
      "Who may not, whatever this set or another one gives: what is denied goes before what is given.",
    )
    .meta({ examples: [{ write: ["contractors"] }] }),
  branches: z
    .record(BranchPattern, groupsFor("branch"))
    .default({})
    .describe(
      "Restricts: to a branch that a name or pattern here matches, of those with write, only members of one of its groups push.",
    )
    .meta({ examples: [{ "release-*": ["release-managers"] }] }),
  bookmarks: z
    .record(BookmarkPattern, groupsFor("bookmark"))
    .default({})
    .describe(
      "Restricts: a bookmark that a name or pattern here matches is made, moved and deleted, of those with write, only by members of one of its groups.",
    )
    .meta({ examples: [{ released: ["release-managers"] }] }),
  paths: z
    .record(PathPattern, groupsFor("path"))
    .default({})
    .describe(
      "Restricts: files that a pattern here matches, below the repository's root, are changed, of those with write, only by members of one of its groups.",
    )
    .meta({ examples: [{ "docs/**": ["docs-team"] }] }),
  breakGlass: BreakGlass.exactOptional().describe("A right for an emergency, taken for a while."),
  ...described,
});

export type PermissionSet = z.infer<typeof PermissionSet>;

/** What a set restricts pushes to. */
export const placeKinds = ["branch", "bookmark", "path"] as const;
export type PlaceKind = (typeof placeKinds)[number];

/** The key of a permission set under which the rules for a kind of place stand. */
export const keyOfPlaces = {
  branch: "branches",
  bookmark: "bookmarks",
  path: "paths",
} as const satisfies Record<PlaceKind, keyof PermissionSet>;
