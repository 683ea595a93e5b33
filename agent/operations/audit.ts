/** The audit: one row for each operation, done, refused or held, in whichever direction it came. */

import type { Insertable } from "kysely";
import type { AuditRow } from "../../api/contract.ts";
import type { Time } from "../../model/time.ts";
import { describeDone } from "../../report/outcome.ts";
import type { JsonObject } from "../../scim/json.ts";
import type { Store, Tables } from "../store/schema.ts";
import type { Operation } from "./operation.ts";
import { type Outcome, rulesOf } from "./outcome.ts";

type AuditEntry = Insertable<Tables["audit"]>;

// the audit is read by people: the rest of a thousand problems is in the answer
const mostProblems = 5;

/** The longest detail of a row, in characters: a name in it comes from outside. */
const longestDetail = 4_000;

/** The row of an operation, under the release that was active before it. */
export function auditEntry(
  operation: Operation,
  outcome: Outcome,
  { at, release }: { readonly at: Time; readonly release: string | null },
): AuditEntry {
  const entry = {
    ...{ at, actor: operation.actor, operation: auditName(operation), release, outcome: outcome.kind },
    traceparent: ("traceparent" in operation && operation.traceparent) || null,
  };
  if (outcome.kind === "done") {
    const { target, warnings, difference, undone } = outcome;
    return {
      ...entry,
      target,
      code: undone?.code ?? null,
      rule: ruleOf([...rulesOf(warnings), ...(undone?.rules ?? [])]),
      before: textOf(difference.before),
      after: textOf(difference.after),
      detail: shortened(describeDone(outcome)),
    };
  }
  const { code, detail, problems, rules } = outcome;
  return {
    ...entry,
    // a resource that was never created has no name
    target: "id" in operation ? operation.id : "",
    code,
    rule: ruleOf(rules),
    before: null,
    after: null,
    detail: shortened([detail, ...problems.slice(0, mostProblems)].join("; ")),
  };
}

/** `user.create`, `user.update`, `release.activate`, … */
export function auditName({ kind, verb }: Operation): string {
  return `${kind}.${verb === "replace" || verb === "modify" ? "update" : verb}`;
}

function ruleOf(rules: readonly string[]): string | null {
  return rules.length > 0 ? rules.join(" ") : null;
}

function textOf(part: JsonObject): string | null {
  return Object.keys(part).length > 0 ? JSON.stringify(part) : null;
}

function shortened(text: string): string {
  return text.length > longestDetail ? `${text.slice(0, longestDetail)}…` : text;
}

/** Adds rows in their order. Inside a transaction, they stand and fall with the writes. */
export async function writeAudit(store: Store, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length > 0) await store.insertInto("audit").values(entries).execute();
}

const columns = [
  "sequence",
  "at",
  "actor",
  "operation",
  "target",
  "outcome",
  "code",
  "rule",
  "detail",
  "traceparent",
] as const;

/** The rows after a sequence number, oldest first, at most `limit`. */
export async function readAudit(store: Store, after: number, limit: number): Promise<AuditRow[]> {
  return store
    .selectFrom("audit")
    .select(columns)
    .where("sequence", ">", after)
    .orderBy("sequence")
    .limit(limit)
    .execute();
}

/** The newest rows, oldest of them first, at most `limit`. */
export async function readLatestAudit(store: Store, limit: number): Promise<AuditRow[]> {
  const rows = await store
    .selectFrom("audit")
    .select(columns)
    .orderBy("sequence", "desc")
    .limit(limit)
    .execute();
  return rows.reverse();
}
