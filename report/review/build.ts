/** A report from what is known of a release: the files, what the agent said, what the tests came to. */
import type { HeldPage, Review } from "../../api/contract.ts";
import { entryDifferences } from "../../model/difference.ts";
import { digestsOf, type ReleaseData } from "../../model/digest.ts";
import type { Accept } from "../../model/environment/bounds.ts";
import type { Sources } from "../../model/load.ts";
import type { Release } from "../../model/release.ts";
import { acceptText, exceedsBounds } from "../bounds.ts";
import { describeKeyChange, entryName } from "../difference.ts";
import { heldWhat } from "../held.ts";
import { describeIneffective } from "../impact.ts";
import { describeLosses } from "../losses.ts";
import { located, positionOf } from "../positions.ts";
import { refusalReasons } from "../refusal.ts";
import { movingEntries } from "./causes.ts";
import { describeEffect, describeRules } from "./effect.ts";
import { peopleOf } from "./people.ts";
import type { ReviewedHolds, ReviewedPromotion, ReviewedTests, ReviewReport } from "./report.ts";
import { ruleChanges } from "./rules.ts";

/** One side of the comparison, with where its entries stand. */
interface Side<Of> {
  readonly release: Of;
  readonly sources: Sources;
}

export interface ReviewFacts {
  readonly environment: string;
  readonly file: string;
  readonly before: Side<ReleaseData | null>;
  readonly after: Side<Release>;
  /** The address of a line of the files that are reviewed, where one is known. */
  readonly link: (position: string) => string | null;
  readonly comparedWith: string;
  readonly revision: string | null;
  readonly absentAt: string | null;
  /** The two revisions whose merge it is, with a plus between; null for files as they are. */
  readonly merged: string | null;
  readonly accept: Accept | undefined;
  /** What the agent says, or why nobody says anything of people. */
  readonly answer:
    | {
        readonly review: Review;
        readonly held: HeldPage | null;
      }
    | { readonly unnamed: string };
  readonly tests: ReviewedTests;
  readonly promotion: ReviewedPromotion | null;
  /** Whether people are named. */
  readonly named: boolean;
}

/** The report. */
export function reviewReport(facts: ReviewFacts): ReviewReport {
  const { before, after, answer, accept, named } = facts;
  const review = "review" in answer ? answer.review : null;
  const differences = entryDifferences(before.release ?? {}, after.release);
  const compared = { before: before.release, after: after.release, differences };
  const people = review && !review.unlisted ? peopleOf(review, compared, named) : null;
  const digests = digestsOf(after.release);
  const old = (before.release as Release | null)?.permissions ?? {};
  const rules = ruleChanges(old, after.release.permissions);
  const place = (sentence: string) => located(sentence, after.sources);
  return {
    version: 1,
    environment: facts.environment,
    file: facts.file,
    verdict:
      people && review
        ? describeEffect(people.effect, review.later)
        : describeRules(rules, movingEntries(differences)),
    refused: review ? refusalReasons(review, accept).map(place) : [],
    digests: {
      release: digests.release,
      policy: digests.policy,
      base: before.release && digestsOf(before.release).release,
      comparedWith: facts.comparedWith,
      revision: facts.revision,
      absentAt: facts.absentAt,
      merged: facts.merged,
      active: review && review.active !== review.from ? review.active : null,
    },
    people,
    unnamed: unnamedOf(facts),
    rules,
    entries: differences.map(({ section, name, kind, changes }) => {
      const side = kind === "removed" ? before : after;
      const position = positionOf(side.sources, section, name) ?? null;
      return {
        entry: entryName({ section, name }),
        kind,
        position,
        link: position === null || side === before ? null : facts.link(position),
        changes: changes.map(describeKeyChange),
      };
    }),
    losses: review ? describeLosses(review).map(place) : [],
    ineffective: review ? describeIneffective(review).map(place) : [],
    accept:
      review && review.excesses.length > 0 && exceedsBounds(review) ? `accept: ${acceptText(review)}` : null,
    tests: facts.tests,
    promotion: facts.promotion,
    holds: "review" in answer ? holdsOf(answer.held, named) : null,
    approval: review?.approval ?? null,
    unapproved: review?.unapproved ?? null,
  };
}

function unnamedOf({ answer, named }: ReviewFacts): string | null {
  if ("unnamed" in answer) return answer.unnamed;
  if (answer.review.unlisted) return "the agent cannot list its repositories";
  return named ? null : "HGSCIM_IMPACT of this machine is counts";
}

function holdsOf(page: HeldPage | null, named: boolean): ReviewedHolds | null {
  if (!page) return null;
  const held = page.held.map((hold) => {
    const [, operation = "", whom = ""] = heldWhat(hold);
    return { id: hold.id, what: named ? `${operation} ${whom}`.trim() : operation, rules: hold.rules };
  });
  return { total: page.total, held };
}
