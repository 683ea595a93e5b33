/** How far the verification of the last activation is: kept, since the agent may be killed in the middle of it. */
import type { Store } from "../store/schema.ts";

/**
 * - `pending`: a release became active or ended, and nobody knows yet whether Mercurial goes by that
 * - `returned`: the release before it came back since it did not, and is to be verified in its turn
 * - `settled`: it was verified, as far as it can be
 * - `shut`: Mercurial goes by neither: everything is refused until another release becomes active
 */
export type VerificationState = "pending" | "returned" | "settled" | "shut";

export interface KeptVerification {
  readonly state: VerificationState;
  /** Why it is shut, or which release went. */
  readonly detail: string;
}

/** Who brings a release back, in the history: nobody else can be called so. */
export const returnedBy = "agent:verification";

/** Keeps how far it is. */
export async function keepVerification(store: Store, state: VerificationState, detail = ""): Promise<void> {
  await store
    .insertInto("verification")
    .values({ id: 1, state, detail })
    .onConflict((conflict) => conflict.column("id").doUpdateSet({ state, detail }))
    .execute();
}

/** Reads it; `settled` where no activation was ever verified. */
export async function readVerification(store: Store): Promise<KeptVerification> {
  const row = await store
    .selectFrom("verification")
    .select(["state", "detail"])
    .where("id", "=", 1)
    .executeTakeFirst();
  return row ?? { state: "settled", detail: "" };
}
