/** When variables changed last, by the releases that an agent keeps. */
import type { AdminClient } from "../../api/client.ts";
import type { History } from "../../api/contract.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { shortDigest } from "../../report/release.ts";
import { isoTime } from "../../report/time.ts";
import type { Change } from "./change.ts";
import { comparedText, type InventoryEntry, inventoryOf } from "./inventory.ts";

type Activation = History["entries"][number];

/** How many releases are asked for at most: each is a request, and what did not change in so many is told as that. */
const mostReleases = 100;

/**
 * Goes back through the history until every variable was another one. A release that only one of several activations names is
 * asked for once.
 *
 * @returns failing, why the agent does not say
 */
export async function changesByReleases(
  client: AdminClient,
  inventory: readonly InventoryEntry[],
): Promise<Result<Map<string, Change>, string>> {
  const history = await client.history();
  if (!history.ok) return fail(history.error.message);
  const changes = new Map<string, Change>();
  const pending = new Map(inventory.map((entry) => [entry.name, comparedText(entry)]));
  const settle = (name: string, change: Change) => {
    changes.set(name, change);
    pending.delete(name);
  };
  const all = (change: Change) => {
    for (const name of [...pending.keys()]) settle(name, change);
  };

  const [newest] = history.value.entries;
  if (!newest?.digest) {
    all({ known: "file", why: "not deployed: no release is active" });
    return ok(changes);
  }
  const read = new Map<string, ReadonlyMap<string, string>>();
  let later: Activation | undefined;
  for (const activation of history.value.entries) {
    const { digest } = activation;
    if (pending.size === 0) break;
    // while none was active, nothing became another one
    if (digest === null) continue;
    let held = read.get(digest);
    if (!held) {
      const since = later && `not since ${isoTime(later.at)}`;
      if (read.size >= mostReleases) {
        all({
          known: "unknown",
          why: `${since}, ${mostReleases} releases ago; before that it was not looked`,
        });
        break;
      }
      const stored = await client.storedRelease(digest);
      if (!stored.ok) {
        if (!since) return fail(stored.error.message);
        all({ known: "unknown", why: `${since}; before that: ${stored.error.message}` });
        break;
      }
      held = new Map(inventoryOf(stored.value.release).map((entry) => [entry.name, comparedText(entry)]));
      read.set(digest, held);
    }
    for (const [name, now] of [...pending])
      if (held.get(name) !== now) settle(name, later ? changedIn(later) : undeployed(digest, held.has(name)));
    later = activation;
  }
  if (later) all(changedIn(later));
  return ok(changes);
}

function undeployed(digest: string, isThere: boolean): Change {
  const active = `the active release ${shortDigest(digest)}`;
  return {
    known: "file",
    why: `not deployed: ${active} ${isThere ? "has another one" : "does not have it"}`,
  };
}

function changedIn({ digest, at, by, author, revision }: Activation): Change {
  return {
    known: "release",
    release: digest ?? "",
    at: isoTime(at),
    by,
    ...(author !== undefined && { author }),
    ...(revision !== undefined && { revision }),
  };
}
