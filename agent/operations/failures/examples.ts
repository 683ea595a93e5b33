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
    .leftJoin("users", (join) =>
      join.onRef("users.id", "=", "failing.example").onRef("users.connector", "=", "failing.connector"),
    )
    .leftJoin("groups", (join) =>
      join.onRef("groups.id", "=", "failing.example").onRef("groups.connector", "=", "failing.connector"),
    )
    .select([
      ...(["example", "detail", "at", "failing.standing", "hold", "holds.state", "ended_by"] as const),
      ...(["holds.reason", "user_name", "display_name"] as const),
    ])
    .where("failure", "=", id)
    // of those who met it before their names were kept, nothing is to be told
    .where("example", "!=", "")
    // who is done with is no example of what is to be mended
    .$if(stands, (query) => query.where("standing", "=", 1))
    .orderBy("at", "desc")
    .orderBy("subject")
    .limit(most)
    .execute();
  return rows.map(({ example, detail, at, standing, hold, state, ended_by: by, reason, ...names }) => ({
    ...{
      whom: example,
      name: names.user_name ?? names.display_name,
      detail,
      at,
      stands: stands && standing === 1,
    },
    hold: hold !== null && state !== null && state !== "taken" ? { id: hold, state, by, reason } : null,
  }));
}
