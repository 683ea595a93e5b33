/** What `hgscim held approve` and `discard` share: which holds, the question before, and what came of each. */
import type { AdminClient } from "../../api/client.ts";
import { type HeldEnds, type HeldSummary, mostHoldWords } from "../../api/contract.ts";
import type { SecretReference } from "../../model/reference.ts";
import { heldRow, heldWhat } from "../../report/held.ts";
import { count, indented } from "../../report/words.ts";
import { printError, reachAgent } from "../agent-client.ts";
import { columns } from "../columns.ts";
import { confirm, mustAsk } from "../confirm.ts";
import { misspelt } from "../misspelt.ts";
import { printToApprover } from "../owners/approver.ts";
import { refuse } from "../refuse.ts";
import { UsageError } from "../usage.ts";
import { collect } from "./collect.ts";

export interface DecideOptions {
  readonly rule?: string | undefined;
  readonly connector?: string | undefined;
  readonly all?: true | undefined;
  readonly limit?: number | undefined;
  readonly reason?: string | undefined;
  readonly fingerprint?: string | undefined;
  readonly yes?: true | undefined;
  readonly json?: true | undefined;
  readonly token?: SecretReference | undefined;
}

/** How many are named before the question. */
const mostShown = 20;

/**
 * Decides about some holds; answers the exit code, which is 1 too where one of them was refused.
 *
 * @throws {UsageError} when it is not said which, or why
 */
export async function decideHeld(
  decision: "approve" | "discard",
  nameOrFile: string,
  ids: readonly string[],
  options: DecideOptions,
): Promise<number> {
  const { rule, connector, all = false, limit, reason, fingerprint, json = false, token } = options;
  const isSelected = all || rule !== undefined || connector !== undefined;
  if (isSelected === ids.length > 0)
    throw new UsageError("which ones? (expected ids, or --rule, --connector or --all)");
  if (reason === undefined || reason.trim() === "") throw new UsageError("why? (expected --reason <text>)");
  if (fingerprint !== undefined && ids.length !== 1)
    throw new UsageError("a fingerprint is that of one hold (expected one id beside --fingerprint)");
  const isSeen = fingerprint !== undefined || options.yes === true;
  mustAsk(isSeen);
  const reached = await reachAgent(nameOrFile, token);
  if (!reached) return 1;
  const { client, environment } = reached;
  const found =
    ids.length > 0 ? await named(client, ids) : await selected(client, { rule, connector, limit });
  if (!found.ok) {
    printError(found.error, environment.sources);
    return 1;
  }
  const holds = found.value;
  const wrong = holds.length === 0 ? misspelt(environment, { rule, connector }) : [];
  if (wrong.length > 0) return refuse(wrong);
  if (holds.length === 0) {
    process.stdout.write(json ? '{ "results": [] }\n' : "Nothing of that is held.\n");
    return 0;
  }
  if (!isSeen) {
    process.stdout.write(`${shownText(holds)}\n`);
    const which = count(holds.length, "write", "writes");
    const question =
      decision === "approve"
        ? `Have ${which} done that constraints hold?`
        : `End ${which}, and have nothing of it done?`;
    if (!(await confirm(question))) return 1;
  }
  const results: HeldEnds["results"][number][] = [];
  for (let first = 0; first < holds.length; first += mostHoldWords) {
    const some = holds.slice(first, first + mostHoldWords).map((one) => ({
      id: one.id,
      fingerprint: fingerprint ?? one.fingerprint,
    }));
    const answer = await client.decideHolds({ decision, reason, holds: some });
    if (!answer.ok) {
      if (results.length > 0) process.stdout.write(`${resultText(results, json)}\n`);
      printToApprover(answer.error, environment.sources);
      return 1;
    }
    results.push(...answer.value.results);
  }
  process.stdout.write(`${resultText(results, json)}\n`);
  return results.some((one) => "error" in one) ? 1 : 0;
}

async function named(client: AdminClient, ids: readonly string[]) {
  const found: HeldSummary[] = [];
  for (const id of new Set(ids)) {
    const answer = await client.hold(id);
    if (!answer.ok) return answer;
    found.push(answer.value);
  }
  return { ok: true as const, value: found };
}

async function selected(
  client: AdminClient,
  { rule, connector, limit = Number.POSITIVE_INFINITY }: Pick<DecideOptions, "rule" | "connector" | "limit">,
) {
  const found = await collect(client, { rule, connector }, limit);
  return found.ok ? { ok: true as const, value: found.value.held } : found;
}

function shownText(holds: readonly HeldSummary[]): string {
  const lines = columns([heldRow.slice(0, -2), ...holds.slice(0, mostShown).map(heldWhat)]);
  const more = holds.length > mostShown ? [`and ${holds.length - mostShown} more`] : [];
  return [...lines, ...more].join("\n");
}

function resultText(results: HeldEnds["results"], json: boolean): string {
  if (json) return JSON.stringify({ results }, null, 2);
  const refused = results.flatMap((one) => ("error" in one ? `${one.id}: ${one.error.message}` : []));
  const done = results.flatMap((one) => ("error" in one ? [] : one.state));
  const [first] = done;
  return [
    ...(first === undefined ? [] : [`${count(done.length, "hold is", "holds are")} ${first}.`]),
    ...(refused.length > 0
      ? [`${count(refused.length, "hold is", "holds are")} as before:`, ...indented(refused, mostShown)]
      : []),
  ].join("\n");
}
