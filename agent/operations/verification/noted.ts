/** What verification finds and does, as rows of the audit and events. */
import type { FastifyBaseLogger } from "fastify";
import type { Time } from "../../../model/time.ts";
import {
  describeFindings,
  summarizeFindings,
  type VerificationFinding,
} from "../../../report/verification.ts";
import { raise } from "../../alerts/event.ts";
import type { Store } from "../../store/schema.ts";
import { writeAudit } from "../audit.ts";

const file = "access file";

/** Notes that Mercurial did not go by what is stored, and whether the file was made anew and it does. */
export async function noteDrift(
  store: Store,
  at: Time,
  findings: readonly VerificationFinding[],
  became: "mended" | "still so" | "seen",
): Promise<void> {
  const end = {
    mended: "the access file was made anew, and it does",
    "still so": "also when the access file was made anew",
    seen: "a deploy of the release makes the access file anew",
  }[became];
  const summary = `Mercurial did not go by what is stored, by ${summarizeFindings(findings)}: ${end}`;
  const detail = [summary, ...describeFindings(findings)].join("; ");
  await raise(store, at, [{ kind: "drift", subject: file, summary, detail }]);
  await note(store, at, became === "mended" ? "access.remake" : "access.differ", detail);
}

/** Notes that nobody can say whether Mercurial goes by what is stored, since the file cannot be compared with it. */
export async function noteUnseen(
  store: Store,
  at: Time,
  missing: readonly VerificationFinding[],
): Promise<void> {
  const summary =
    "nobody can say whether Mercurial goes by what is stored: the access file was made anew, and cannot be compared; it is tried again each minute";
  const detail = [summary, ...describeFindings(missing)].join("; ");
  await raise(store, at, [{ kind: "drift", subject: "unseen", summary, detail }]);
  await note(store, at, "access.unseen", detail, null);
}

/** Notes that everything is refused from now on. */
export async function noteShut(
  store: Store,
  at: Time,
  summary: string,
  findings: readonly VerificationFinding[],
): Promise<void> {
  const detail = [summary, ...describeFindings(findings)].join("; ");
  await raise(store, at, [{ kind: "drift", subject: "shut", summary, detail }]);
  await note(store, at, "access.shut", detail, "accessShut");
}

/** Notes that another file was in the place of the agent's own, and was made anew. What cannot be stored is in the log. */
export async function noteReplaced(store: Store, at: Time, log: FastifyBaseLogger): Promise<void> {
  const summary =
    "the access file was not the one that the agent wrote: somebody else changed it or put another one in its place, and it was made anew";
  try {
    await store.transaction().execute(async (within) => {
      await raise(within, at, [{ kind: "drift", subject: "replaced", summary, detail: summary }]);
      await note(within, at, "access.remake", summary);
    });
  } catch (error) {
    log.error(error, summary);
  }
}

function note(
  store: Store,
  at: Time,
  operation: string,
  detail: string,
  code: "accessFileDiffers" | "accessShut" | null = "accessFileDiffers",
): Promise<void> {
  return writeAudit(store, [
    { at, actor: "agent", operation, target: file, outcome: "done", code, detail: detail.slice(0, 4_000) },
  ]);
}
