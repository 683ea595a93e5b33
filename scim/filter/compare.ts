/** How one value compares with another by the definition of its attribute (RFC 7644, section 3.4.2.2, table 3). */

import { fail, ok } from "../../model/result.ts";
import type { AttributeNode } from "../attribute.ts";
import { type ScimResult, scimError } from "../error.ts";
import type { Json } from "../json.ts";
import { foldPart, isName } from "../names.ts";
import { Findings, fold, read } from "../value.ts";
import type { Comparison } from "./parse.ts";

/** A value in the form in which it is compared: a dateTime is a Time, text is folded. */
export type Scalar = string | number | boolean;

/** The value in the form in which the attribute's type compares it; undefined for what is not there. */
export function comparable(node: AttributeNode, value: Json | undefined): Scalar | undefined {
  if (value === undefined || value === null || typeof value === "object") return undefined;
  if (typeof value !== "string") return value;
  return node.type === "dateTime" ? instant(value) : fold(node, value);
}

/**
 * Reads what an attribute is compared with.
 *
 * @returns `invalidFilter` for a value of another type, or for an operator that the type does not have
 */
export function readOperand(node: AttributeNode, op: Comparison, value: Json): ScimResult<Scalar> {
  // Entra writes primary eq "True".
  const findings = new Findings();
  const given = read({ ...node, multiValued: false }, value, findings);
  const isPart = typeof given === "string" && isName(node) && (op === "co" || op === "sw" || op === "ew");
  const wanted = isPart ? foldPart(op, given) : comparable(node, given);
  if (wanted === undefined || Number.isNaN(wanted))
    return invalid(findings.error?.detail ?? `${node.path} cannot be compared`);
  const isOrdered = node.type !== "boolean" && node.type !== "binary";
  const isText = typeof wanted === "string";
  if ((ordering.has(op) && !isOrdered) || (matching.has(op) && !isText))
    return invalid(`${node.path} is a ${node.type}: it cannot be compared by ${op}`);
  return ok(wanted);
}

/** Whether two values of one attribute compare so. */
export const holds: Readonly<Record<Comparison, (left: Scalar, right: Scalar) => boolean>> = {
  eq: (left, right) => left === right,
  ne: (left, right) => left !== right,
  co: (left, right) => String(left).includes(String(right)),
  sw: (left, right) => String(left).startsWith(String(right)),
  ew: (left, right) => String(left).endsWith(String(right)),
  gt: (left, right) => order(left, right) > 0,
  ge: (left, right) => order(left, right) >= 0,
  lt: (left, right) => order(left, right) < 0,
  le: (left, right) => order(left, right) <= 0,
};

/**
 * Which of two values of one attribute comes first: text by its code points, as the store orders it. What is not
 * a time compares with none.
 *
 * @returns below 0 for the left one, above 0 for the right one, NaN for neither
 */
export function order(left: Scalar, right: Scalar): number {
  return typeof left === "string" && typeof right === "string"
    ? orderText(left, right)
    : Number(left) - Number(right);
}

function orderText(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) {
    const [a, b] = [left.charCodeAt(i), right.charCodeAt(i)];
    if (a !== b) return rank(a) - rank(b);
  }
  return left.length - right.length;
}

/** Halves of surrogate pairs stand for what comes after all that one unit can say. */
const rank = (unit: number) => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);

/** A time without a zone is taken as UTC: the host's own zone is nothing that a client knows. */
function instant(text: string): number {
  return Date.parse(/(?:Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`);
}

const ordering = new Set<Comparison>(["gt", "ge", "lt", "le"]);
const matching = new Set<Comparison>(["co", "sw", "ew"]);

const invalid = (detail: string) => fail(scimError("invalidFilter", detail));
