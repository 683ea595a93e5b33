/** What the writes of one commit make of quarantines: stored, audited and told of in the same transaction. */
import type { Release } from "../../../model/release.ts";
import type { Time } from "../../../model/time.ts";
import { describeQuarantine, describeQuarantineOver } from "../../../report/quarantine.ts";
import { type AlertEvent, raise } from "../../alerts/event.ts";
import type { Store } from "../../store/schema.ts";
import { writeAudit } from "../audit.ts";
import type { Noted } from "../failures/record.ts";
import { isResource } from "../operation.ts";
import { countedOf } from "./counted.ts";
import type { Quarantines } from "./quarantines.ts";
import { afterWrite, orderly, type QuarantineState, ruleOf, setBack } from "./rule.ts";

/**
 * Counts the writes; answers how connectors stand when they are committed.
 *
 * @param release the one by which they were judged, and its digest
 */
export async function settleQuarantines(
  store: Store,
  before: Quarantines,
  noted: readonly Noted[],
  { release, digest }: { readonly release: Release | undefined; readonly digest: string | null },
): Promise<Quarantines> {
  let next = new Map(before);
  for (const { operation, outcome, at } of noted) {
    if (operation.kind === "quarantine" && outcome.kind === "done") {
      next.delete(operation.id);
      await raise(store, at, [overEvent(operation.id, release?.connectors[operation.id]?.owner)]);
    }
    if (outcome.kind === "done" && outcome.effect.of === "clock") {
      const back = Math.max(0, outcome.effect.before - outcome.effect.after);
      next = new Map([...next].map(([connector, state]) => [connector, setBack(state, back)]));
      await store
        .updateTable("quarantines")
        .set(({ eb }) => ({ since: eb("since", "-", back), until: eb("until", "-", back) }))
        .execute();
    }
    if (!isResource(operation)) continue;
    const { connector } = operation;
    const standing = next.get(connector) ?? orderly;
    const declared = release?.connectors[connector];
    const rule = ruleOf(declared);
    // of another release, this one may have no such rule
    const after = rule ? afterCounted(standing, rule, { operation, outcome, at }) : orderly;
    if (after === standing) continue;
    next.set(connector, after);
    const [was, is] = [standing.quarantined, after.quarantined];
    if (was?.until !== is?.until)
      await keep(store, { connector, owner: declared?.owner, at, digest, was, is });
  }
  return next;
}

function afterCounted(
  standing: QuarantineState,
  rule: NonNullable<ReturnType<typeof ruleOf>>,
  { operation, outcome, at }: Noted,
): QuarantineState {
  const counted = isResource(operation) ? countedOf(operation, outcome) : undefined;
  return counted ? afterWrite(standing, rule, counted, at) : standing;
}

interface Change {
  readonly connector: string;
  readonly owner: string | undefined;
  readonly at: Time;
  readonly digest: string | null;
  readonly was: QuarantineState["quarantined"];
  readonly is: QuarantineState["quarantined"];
}

async function keep(store: Store, { connector, owner, at, digest, was, is }: Change): Promise<void> {
  await store.deleteFrom("quarantines").where("connector", "=", connector).execute();
  if (is)
    await store
      .insertInto("quarantines")
      .values({ connector, ...is })
      .execute();
  const detail = is ? describeQuarantine({ connector, ...is }) : describeQuarantineOver(connector);
  await writeAudit(store, [
    {
      ...{ at, actor: "agent", operation: `quarantine.${is ? (was ? "extend" : "begin") : "end"}` },
      ...{ target: connector, outcome: "done", release: digest, detail },
      code: is ? "quarantined" : null,
    },
  ]);
  const begun: AlertEvent = {
    ...{ kind: "quarantined", connector, owner, summary: detail, detail },
    subject: `quarantine of ${connector}`,
  };
  await raise(store, at, [is ? begun : overEvent(connector, owner)]);
}

/** It is told also where an approver ended it: whoever was told of its begin need not look any more. */
function overEvent(connector: string, owner: string | undefined): AlertEvent {
  const summary = describeQuarantineOver(connector);
  const subject = `quarantine of ${connector} is over`;
  return { kind: "quarantined", connector, owner, subject, summary, detail: summary };
}
