/** `hgscim history`: which releases were active since when, newest first, the active one marked. */
import { Command } from "@commander-js/extra-typings";
import type { History } from "../api/contract.ts";
import { shortDigest, shortRevision } from "../report/release.ts";
import { isoTime } from "../report/time.ts";
import { printError, reachAgent } from "./agent-client.ts";
import { columns } from "./columns.ts";
import { environmentArgument } from "./environments.ts";
import { exitCode } from "./exit-code.ts";

type Entry = History["entries"][number];

export const command = new Command("history")
  .description("show which releases were active since when, newest first")
  .addArgument(environmentArgument)
  .option("--json", "print it for machines, with whole digests")
  .action(exitCode(async (environment, { json = false }) => printHistory(environment, json)));

async function printHistory(nameOrFile: string, json: boolean): Promise<number> {
  const reached = await reachAgent(nameOrFile);
  if (!reached) return 1;
  const answer = await reached.client.history();
  if (!answer.ok) {
    printError(answer.error, reached.environment.sources);
    return 1;
  }
  const { entries } = answer.value;
  if (json) {
    const rows = entries.map((entry, index) => ({
      ...entry,
      at: isoTime(entry.at),
      active: isActive(entry, index),
    }));
    process.stdout.write(
      `${JSON.stringify({ environment: reached.environment.name, entries: rows }, null, 2)}\n`,
    );
  } else
    process.stdout.write(
      entries.length === 0 ? "No release was ever active here.\n" : `${table(entries).join("\n")}\n`,
    );
  return 0;
}

/** Only the newest entry can be: where it says that none is active, none is. */
const isActive = ({ digest }: Entry, index: number): boolean => index === 0 && digest !== null;

function table(entries: readonly Entry[]): string[] {
  // where nothing is ever approved so, or looked at before as ever, there is no column of it
  const approvals = entries.some(({ approval }) => approval);
  const skips = entries.some(({ preflight }) => preflight);
  const rows = entries.map((entry, index) => [
    isActive(entry, index) ? "*" : "",
    String(entry.sequence),
    isoTime(entry.at),
    shortDigest(entry.digest),
    shortDigest(entry.policyDigest),
    entry.by,
    entry.author ?? "",
    ...(approvals ? [approvalOf(entry)] : []),
    ...(skips ? [entry.preflight ?? ""] : []),
    shortRevision(entry.revision ?? ""),
  ]);
  const names = ["", "#", "since", "release", "policy", "by", "author"];
  const more = [...(approvals ? ["approval"] : []), ...(skips ? ["preflight"] : [])];
  return columns([[...names, ...more, "revision"], ...rows]);
}

/** The digest of the effect that it was held to, and who approved that. */
function approvalOf({ approval }: Entry): string {
  if (!approval) return "";
  const { effect, by } = approval;
  return by === undefined ? shortDigest(effect) : `${shortDigest(effect)} by ${by}`;
}
