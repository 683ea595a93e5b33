/**
 * What a reviewer of a release is told, as facts: the one form from which Markdown, the page and JSON are made. Everything in it is
 * plain JSON, and text in it may come from anybody.
 */
import type { Place } from "../../policy/places.ts";
import type { AskedPeople } from "./people.ts";

export interface ReviewReport {
  /** Of this form. A key may be added; one that goes or means something else makes it 2. */
  readonly version: 1;
  readonly environment: string;
  readonly file: string;
  /** What it comes to, in one sentence. */
  readonly verdict: string;
  /** Why a deploy would not do it, a sentence each; none where nothing is known against it. */
  readonly refused: readonly string[];
  readonly digests: ReviewedDigests;
  /** What the agent says of people; null where it was not asked, or did not say. */
  readonly people: AskedPeople | null;
  /** Why nobody's name can be told; null where they are. */
  readonly unnamed: string | null;
  /** What the files alone say: which group or account gains and loses where. */
  readonly rules: readonly RuleChange[];
  readonly entries: readonly ReviewedEntry[];
  /** What the change leaves without anybody: repositories without a writer, rules about nobody, constraints that stop nothing; and what becomes of holds. */
  readonly losses: readonly string[];
  /** What of the release does nothing on the host as it is. */
  readonly ineffective: readonly string[];
  /** The line of the environment file that would accept what goes beyond the bounds; null where it need not. */
  readonly accept: string | null;
  readonly tests: ReviewedTests;
  readonly promotion: ReviewedPromotion | null;
  readonly holds: ReviewedHolds | null;
  /** What an approver says to have this deployed and nothing else, in one line. */
  readonly approval: string | null;
  /** Why there is no such line; null where there is one, or nobody was asked. */
  readonly unapproved: string | null;
}

export interface ReviewedDigests {
  readonly release: string;
  readonly policy: string;
  /** Of what it is compared with; null for no release at all. */
  readonly base: string | null;
  /** What was asked to be compared with: `active`, or a revision. */
  readonly comparedWith: string;
  /** The base's revision in full, where it is one. */
  readonly revision: string | null;
  /** The revision that was asked for, in full, where it has no such environment, and what is active is compared with in its place. */
  readonly absentAt: string | null;
  /** The two revisions whose merge was looked at, with a plus between; null where the files were, as they are. */
  readonly merged: string | null;
  /** What the agent runs, where that is not the base; null where it is, or nobody was asked. */
  readonly active: string | null;
}

/** Where something is written. */
export interface Written {
  /** `environments/shared/policy.yaml:27:3`; null where that is not known. */
  readonly position: string | null;
  /** The address of that line; null where none is known. */
  readonly link: string | null;
}

/** An entry of the environment file that is not as before. */
export interface ReviewedEntry extends Written {
  readonly entry: string;
  readonly kind: "added" | "removed" | "changed";
  /** What of it, a line for each key. */
  readonly changes: readonly string[];
}

/** What a permission set alone gives to a subject otherwise than before, in all that its patterns cover. */
export interface RuleChange extends Place {
  readonly entry: string;
  readonly patterns: readonly string[];
  /** A group or an account; null for everybody with push there who is in none of the groups that a rule names. */
  readonly subject: string | null;
  readonly direction: "gains" | "loses";
  readonly before: string;
  readonly after: string;
}

export interface ReviewedTests {
  readonly passed: number;
  readonly failed: readonly { readonly name: string; readonly differences: readonly string[] }[];
  /** What is wrong with the files of tests, so that nothing was played. */
  readonly broken: readonly string[];
}

export interface ReviewedPromotion {
  readonly from: string;
  readonly soak: string;
  /** What stands between the policy and this environment, in words; empty where nothing does; null where nobody was asked. */
  readonly obstacle: readonly string[] | null;
}

/** What is held in the environment now, and meets this release when it is active. */
export interface ReviewedHolds {
  readonly total: number;
  /** The oldest of them. */
  readonly held: readonly { readonly id: string; readonly what: string; readonly rules: readonly string[] }[];
}

/** Whether something is known against it: a pipeline ends with failure then. */
export function isRefused({ refused, tests }: Pick<ReviewReport, "refused" | "tests">): boolean {
  return refused.length > 0 || tests.failed.length > 0 || tests.broken.length > 0;
}
