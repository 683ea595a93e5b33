/** A release that was active before, as a person names it: by the beginning of its digest. */
import type { History, StoredRelease } from "../api/contract.ts";
import { hint } from "../model/nearest.ts";
import { isoTime } from "../report/time.ts";
import { printError, type Reached } from "./agent-client.ts";
import { UsageError } from "./usage.ts";

/**
 * The digits of a digest, or of its beginning.
 *
 * @param question that is open without it
 * @throws {UsageError} for what is none
 */
export function digestPrefix(question: string, option: string, digest: string): string {
  const prefix = digest.replace(/^sha256:/, "");
  if (!/^[0-9a-f]{4,64}$/.test(prefix))
    throw new UsageError(`${question} (expected ${option} and at least 4 digits of its digest)`);
  return prefix;
}

interface Found {
  readonly release: StoredRelease;
  /** In which it was found. */
  readonly history: History;
}

/** The one release of the history whose digest begins like this; undefined when the person was told why there is none. */
export async function findRelease(
  { client, environment }: Reached,
  prefix: string,
): Promise<Found | undefined> {
  const history = await client.history();
  if (!history.ok) {
    printError(history.error, environment.sources);
    return undefined;
  }
  const past = new Map(
    history.value.entries.flatMap((entry) => (entry.digest === null ? [] : [[entry.digest, entry] as const])),
  );
  const [found, ...others] = [...past.keys()].filter((digest) => digest.startsWith(`sha256:${prefix}`));
  if (found === undefined || others.length > 0) {
    const beginnings = [...past.keys()].map((digest) =>
      digest.slice("sha256:".length).slice(0, prefix.length),
    );
    process.stderr.write(
      found === undefined
        ? `no release of ${environment.name} begins with ${prefix} ${hint(`one of \`hgscim history ${environment.name}\``, prefix, beginnings)}\n`
        : `${others.length + 1} releases of ${environment.name} begin with ${prefix} (expected more digits):\n`,
    );
    for (const digest of found === undefined ? [] : [found, ...others])
      process.stderr.write(`  ${digest}  ${isoTime(past.get(digest)?.at ?? 0)}\n`);
    return undefined;
  }
  const stored = await client.storedRelease(found);
  if (stored.ok) return { release: stored.value, history: history.value };
  printError(stored.error, environment.sources);
  return undefined;
}
