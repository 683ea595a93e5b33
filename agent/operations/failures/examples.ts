/** Some of those whom a failure concerns: for whom it stands first, and of those who met it last. */
import type { FailureExample } from "../../../api/contract.ts";
import type { Store } from "../../store/schema.ts";

/**
 * @param stands whether it stands for anybody
 * @param most of them
 */
export async function examplesOf(
  store: Store,
  { id, stands, most }: { readonly id: number; readonly stands: boolean; readonly most: number },
): Promise<FailureExample[]> {
  const rows = await store
    .selectFrom("failing")
    .leftJoin("holds", "holds.id", "failing.hold")
    .select(["example", "detail", "at", "standing", "hold", "holds.state", "ended_by", "holds.reason"])
    .where("failure", "=", id)
    // of those who met it before their names were kept, nothing is to be told
    .where("example", "!=", "")
    // who is done with is no example of what is to be mended
    .$if(stands, (query) => query.where("standing", "=", 1))
    .orderBy("at", "desc")
    .orderBy("subject")
    .limit(most)
    .execute();
  return rows.map(({ example, detail, at, standing, hold, state, ended_by: by, reason }) => ({
    ...{ whom: example, detail, at, stands: stands && standing === 1 },
    hold: hold !== null && state !== null && state !== "taken" ? { id: hold, state, by, reason } : null,
  }));
}
