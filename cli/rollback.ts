/**
 * `hgscim rollback`: back to a release that was active before. It restores the environment's text, to be reviewed and
 * deployed like any other change; with `--now` it makes the release active at once, and the text is left for after.
 */
import { parseArgs } from "node:util";
import type { StoredRelease } from "../api/contract.ts";
import { isoTime } from "../report/time.ts";
import { printError, type Reached, reachAgent } from "./agent-client.ts";
import { mustAsk } from "./confirm.ts";
import { activateNow } from "./rollback/now.ts";
import { restoreText } from "./rollback/restore.ts";
import { UsageError } from "./usage.ts";

/** Runs the command; returns the exit code. */
export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    options: {
      to: { type: "string" },
      force: { type: "boolean", default: false },
      now: { type: "boolean", default: false },
      accept: { type: "string" },
      yes: { type: "boolean", default: false },
    },
    allowPositionals: true,
  });
  const prefix = values.to?.replace(/^sha256:/, "");
  if (prefix === undefined || !/^[0-9a-f]{4,64}$/.test(prefix))
    throw new UsageError("back to which release? (expected --to and at least 4 digits of its digest)");
  if (values.now && values.force)
    throw new UsageError("--force is about the file, which --now does not touch");
  if (!values.now && (values.yes || values.accept !== undefined))
    throw new UsageError("--yes and --accept are about activation (expected them with --now)");
  if (values.now) mustAsk(values.yes);

  const reached = await reachAgent(positionals);
  if (!reached) return 1;
  const target = await findRelease(reached, prefix);
  if (!target) return 1;
  return values.now
    ? activateNow(reached, target, { accept: values.accept, consent: values.yes })
    : restoreText(reached, target, { force: values.force });
}

/** The one release of the history whose digest begins like this; undefined when the person was told why there is none. */
async function findRelease(
  { client, environment }: Reached,
  prefix: string,
): Promise<StoredRelease | undefined> {
  const history = await client.history();
  if (!history.ok) {
    printError(history.error);
    return undefined;
  }
  const past = new Map(
    history.value.entries.flatMap((entry) => (entry.digest === null ? [] : [[entry.digest, entry] as const])),
  );
  const [found, ...others] = [...past.keys()].filter((digest) => digest.startsWith(`sha256:${prefix}`));
  if (found === undefined || others.length > 0) {
    process.stderr.write(
      found === undefined
        ? `no release of ${environment.name} begins with ${prefix} (expected one of \`hgscim history ${environment.name}\`)\n`
        : `${others.length + 1} releases of ${environment.name} begin with ${prefix} (expected more digits):\n`,
    );
    for (const digest of found === undefined ? [] : [found, ...others])
      process.stderr.write(`  ${digest}  ${isoTime(past.get(digest)?.at ?? 0)}\n`);
    return undefined;
  }
  const stored = await client.storedRelease(found);
  if (stored.ok) return stored.value;
  printError(stored.error);
  return undefined;
}
