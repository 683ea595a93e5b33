/**
 * What was not done as it was asked for, of one write: what a rule or a code refused, held, warned of, or left out. From the values
 * that the write came to; nobody reads a sentence.
 */
import type { Constraint } from "../../../model/environment/constraint.ts";
import type { Release } from "../../../model/release.ts";
import { isPathOfMembers } from "../../../scim/members.ts";
import type { FailureWhat } from "../../store/schema.ts";
import type { ResourceOperation } from "../operation.ts";
import type { Outcome, Rejection } from "../outcome.ts";

/** Texts are empty where there is none. */
export interface FoundFailure {
  readonly what: FailureWhat;
  /** The constraint; where there is none, the code says why. */
  readonly rule: string;
  readonly code: string;
  /** The attribute that is wrong, those that the constraint is about, or the expression that cannot be evaluated. */
  readonly attribute: string;
  readonly owner: string | undefined;
  /** For people: it may name some. */
  readonly detail: string;
  /** As what it waits; null where it does not. */
  readonly hold: string | null;
}

/** All of them; none where everything was done. */
export function findingsOf(
  { connector }: ResourceOperation,
  outcome: Outcome,
  release: Release | undefined,
): FoundFailure[] {
  const found = (
    what: FailureWhat,
    {
      rule = "",
      code = "",
      attribute = "",
      hold = null,
      detail,
    }: Partial<FoundFailure> & Pick<FoundFailure, "detail">,
  ): FoundFailure => {
    const constraint = release?.constraints[rule];
    return {
      ...{ what, rule, code, detail, hold },
      attribute: constraint ? attributesOf(constraint) : attribute,
      owner: constraint?.owner ?? release?.connectors[connector]?.owner,
    };
  };
  const rejected = (what: FailureWhat, why: Rejection): FoundFailure[] => {
    const { code, detail, rules } = why;
    const attribute = why.kind === "refused" ? why.attribute : undefined;
    const hold = why.kind === "held" ? why.id : undefined;
    const told = { code, detail, hold: hold ?? null };
    return rules.length > 0
      ? rules.map((rule) => found(what, { rule, ...told }))
      : [found(what, { ...told, attribute: attribute ?? "" })];
  };
  if (outcome.kind !== "done") return rejected(outcome.kind, outcome);
  const { undone, isAllAsked, warnings, ignored } = outcome;
  // of what is left out of a list of members, each would be one
  const paths = new Set(ignored.map((path) => (isPathOfMembers(path) ? "members" : path)));
  return [
    ...(undone && !isAllAsked ? rejected("undone", undone) : []),
    ...warnings.map(({ constraint: rule, reason: detail }) => found("warned", { rule, detail })),
    ...[...paths].map((attribute) => found("ignored", { attribute, detail: `ignored ${attribute}` })),
  ];
}

/** The attributes that a constraint looks at, as far as it names them. */
function attributesOf({ attributes, values, keys, require, before, after }: Constraint): string {
  if (attributes) return attributes.join(" ");
  if (values) return values.of;
  if (keys) return "mapping.keys";
  const expression = require ?? before ?? after ?? "";
  return [...new Set([...expression.matchAll(/\buser\.\??([A-Za-z]\w*)/g)].map(([, name]) => name))].join(
    " ",
  );
}
