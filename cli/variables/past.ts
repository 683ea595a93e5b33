/** The inventory of a release that was active before, as an incident needs it, and what is otherwise now. */
import type { History, StoredRelease } from "../../api/contract.ts";
import { ownPosition } from "../../report/positions.ts";
import { shortDigest, shortRevision } from "../../report/release.ts";
import { isoTime } from "../../report/time.ts";
import { printError, reachAgent } from "../agent-client.ts";
import { findRelease } from "../past-release.ts";
import { differenceText, releaseVariableDifferences } from "./differences.ts";
import { inventoryOf } from "./inventory.ts";
import type { PrintedInventory } from "./printed.ts";

/** A time in which a release was active; `until` is null while it is. */
interface Period {
  readonly since: string;
  readonly until: string | null;
  readonly by: string;
  readonly author?: string;
  readonly revision?: string;
}

/**
 * @param prefix the digits with which the digest begins
 * @returns undefined when the person was told why there is none
 */
export async function pastInventory(
  nameOrFile: string,
  prefix: string,
): Promise<PrintedInventory | undefined> {
  const reached = await reachAgent(nameOrFile);
  const found = reached && (await findRelease(reached, prefix));
  if (!found) return undefined;
  const { client, environment } = reached;
  const { release: past, history } = found;
  const now = history.entries[0]?.digest ?? null;
  const present = now === null || now === past.digest ? null : await client.storedRelease(now);
  if (present && !present.ok) {
    printError(present.error, environment.sources);
    return undefined;
  }
  const isActive = now === past.digest;
  const differences = releaseVariableDifferences(past, isActive ? past : (present?.value ?? null));
  const periods = periodsOf(past.digest, history);

  const called: [string, string] = [shortDigest(past.digest), now === null ? "no release" : shortDigest(now)];
  return {
    environment: environment.name,
    variables: inventoryOf(past.release).map((entry) => {
      const at = ownPosition(past.origin.sources, `variables.${entry.name}`);
      return { ...entry, ...(at !== undefined && { source: { at } }) };
    }),
    beside: {
      lines: [
        `Release ${shortDigest(past.digest)} of ${environment.name}; positions are those of its revision.`,
        ...periods.map(periodText),
        "",
        isActive
          ? "It is active now."
          : `Now ${now === null ? "no release is active" : `${shortDigest(now)} is active`}:`,
        ...(isActive ? [] : differenceText(differences, called).trimEnd().split("\n")),
      ],
      json: { release: past.digest, periods, now, differences },
    },
  };
}

/** The newest first. */
function periodsOf(digest: StoredRelease["digest"], { entries }: History): Period[] {
  return entries.flatMap((entry, index) => {
    if (entry.digest !== digest) return [];
    const next = entries[index - 1];
    const { at, by, author, revision } = entry;
    return {
      since: isoTime(at),
      until: next ? isoTime(next.at) : null,
      by,
      ...(author !== undefined && { author }),
      ...(revision !== undefined && { revision }),
    };
  });
}

function periodText({ since, until, by, author = by, revision }: Period): string {
  const within = revision === undefined ? "" : `, revision ${shortRevision(revision)}`;
  return `Active from ${since} to ${until ?? "now"}, by ${author}${within}.`;
}
