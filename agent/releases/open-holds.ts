/** What waits for an approval, and what another release makes of it: each hold is judged again by the release that becomes active. */
import type { Impact } from "../../api/contract.ts";
import { waitsForPerson } from "../../model/environment/constraint.ts";
import type { Release } from "../../model/release.ts";
import type { Store } from "../store/schema.ts";

/** How many wait by each constraint that a release does not simply have wait on, and what becomes of them; by name. */
export async function holdsUnder(store: Store, { constraints }: Release): Promise<Impact["holds"]> {
  const rows = await store
    .selectFrom("holds")
    .select(({ fn }) => ["rule", fn.countAll<number>().as("count")])
    .where("state", "=", "pending")
    .where("rule", "is not", null)
    .groupBy("rule")
    .orderBy("rule")
    .execute();
  return rows.flatMap(({ rule, count }) => {
    const names = String(rule).split(" ");
    const holding = names.flatMap((name) => {
      const declared = Object.hasOwn(constraints, name) ? constraints[name] : undefined;
      return declared?.otherwise === "hold" ? declared : [];
    });
    if (holding.some(waitsForPerson)) return [];
    return { rules: names, count: Number(count), become: holding.length > 0 ? "judged" : "freed" };
  });
}
