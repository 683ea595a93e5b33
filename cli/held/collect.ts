/** What is held, read page by page. */
import type { AdminClient, Answered, HeldQuery } from "../../api/client.ts";
import type { HeldSummary } from "../../api/contract.ts";
import { ok } from "../../model/result.ts";

/** How many are asked for at once. */
const pageSize = 500;

/** The first ones that wait, and how many wait altogether, by whatever rule. */
export async function collect(
  client: AdminClient,
  query: Pick<HeldQuery, "rule" | "connector">,
  most: number,
): Promise<Answered<{ readonly held: readonly HeldSummary[]; readonly total: number }>> {
  const held: HeldSummary[] = [];
  let total = 0;
  for (let after: number | null = 0; after !== null && held.length < most; ) {
    const page: Awaited<ReturnType<AdminClient["held"]>> = await client.held({
      ...query,
      after,
      limit: Math.min(pageSize, most - held.length),
    });
    if (!page.ok) return page;
    held.push(...page.value.held);
    total = page.value.total;
    after = page.value.next;
  }
  return ok({ held, total });
}
