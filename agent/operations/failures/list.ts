/** What fails, page by page: newest begun first, so that a page stays what it is while failures repeat. */
import type { Failure, FailureList } from "../../../api/contract.ts";
import type { Time } from "../../../model/time.ts";
import type { Store } from "../../store/schema.ts";
import { examplesOf } from "./examples.ts";
import { isStanding } from "./record.ts";
import { stands } from "./standing.ts";

export interface FailureQuery {
  readonly connector?: string | undefined;
  /** A constraint, or a code. */
  readonly rule?: string | undefined;
  /** Also what is over. */
  readonly all: boolean;
  /** Only those that began before the one with this number. */
  readonly before?: number | undefined;
  readonly limit: number;
  /** How many of those whom each concerns are told. */
  readonly examples: number;
}

/** A page of them, as they stand at a time. */
export async function listFailures(
  store: Store,
  { connector, rule, all, before, limit, examples: most }: FailureQuery,
  now: Time,
): Promise<FailureList> {
  const rows = await store
    .selectFrom("failures")
    .selectAll()
    .$if(connector !== undefined, (query) => query.where("connector", "=", connector ?? ""))
    .$if(rule !== undefined, (query) =>
      query.where(({ or, eb }) => or([eb("rule", "=", rule ?? ""), eb("code", "=", rule ?? "")])),
    )
    .$if(!all, (query) => query.where(stands(now)))
    .$if(before !== undefined, (query) => query.where("id", "<", before ?? 0))
    .orderBy("id", "desc")
    .limit(limit + 1)
    .execute();
  const page = rows.slice(0, limit);
  const failures: Failure[] = [];
  for (const row of page) {
    const { id } = row;
    const stands = isStanding(row, now);
    failures.push({
      ...{ id, connector: row.connector, kind: row.kind, what: row.what },
      ...{ rule: row.rule || null, code: row.code || null, attribute: row.attribute || null },
      ...{ owner: row.owner, first: row.first_at, last: row.last_at, times: row.times },
      ...{ people: row.people, more: row.more === 1, standing: row.standing },
      ...{ stands, example: row.example, detail: row.detail },
      examples: await examplesOf(store, { id, stands, most }),
    });
  }
  return {
    failures,
    next: rows.length > limit ? (page.at(-1)?.id ?? null) : null,
  };
}
