/** What is held, over the admin API: seen by whoever may see, decided by approvers. */
import { type HeldEnd, type HeldEnds, HoldWord, HoldWords } from "../../api/contract.ts";
import { readRequest } from "../../api/request.ts";
import { describeEnded } from "../../report/held.ts";
import { heldDetail, heldPage } from "../operations/held/shown.ts";
import type { HoldOperation } from "../operations/operation.ts";
import type { Writer } from "../operations/writer.ts";
import { inOneMoment } from "../store/moment.ts";
import type { Store } from "../store/schema.ts";
import { refuseFor, reject } from "./refusal.ts";
import type { AddRoute, AskingHolder } from "./route.ts";

/** How many are shown at once, and at most. */
const [usualPage, largestPage] = [100, 1_000];

/** Adds the routes. */
export function heldRoutes(
  route: AddRoute,
  { reads, writer }: { readonly reads: Store; readonly writer: Writer },
): void {
  route("GET", "/held", "reader", async (request, reply) => {
    const {
      after = "0",
      limit = String(usualPage),
      rule,
      connector,
    } = request.query as Record<string, string>;
    const [place, most] = [Number(after), Number(limit)];
    if (!Number.isSafeInteger(place) || place < 0)
      return refuseFor(reply, "invalidRequest", "after is not a place in the list");
    if (!Number.isSafeInteger(most) || most < 1 || most > largestPage)
      return refuseFor(
        reply,
        "invalidRequest",
        `limit is not a number of holds (expected 1 to ${largestPage})`,
      );
    // a list where it is said twice
    if (Array.isArray(rule) || Array.isArray(connector))
      return refuseFor(reply, "invalidRequest", "rule and connector are names (expected each once)");
    return inOneMoment(reads, (store) => heldPage(store, { after: place, most, rule, connector }));
  });

  route("GET", "/held/:id", "reader", async (request, reply) => {
    const { id } = request.params as { id: string };
    const detail = await inOneMoment(reads, (store) => heldDetail(store, id));
    return detail ?? refuseFor(reply, "holdUnknown", `nothing is held as ${id.slice(0, 100)}`);
  });

  route("POST", "/held/:id", "approver", async (request, reply, holder) => {
    const { id } = request.params as { id: string };
    const word = readRequest(HoldWord, String(request.body ?? ""));
    if (!word.ok) return refuseFor(reply, "invalidRequest", "not a word about what is held", word.error);
    const outcome = await writer.submit(wordOf(id, word.value, holder));
    return outcome.kind === "done" ? ended(id, word.value) : reject(reply, outcome);
  });

  route("POST", "/held", "approver", async (request, reply, holder): Promise<HeldEnds | unknown> => {
    const words = readRequest(HoldWords, String(request.body ?? ""));
    if (!words.ok) return refuseFor(reply, "invalidRequest", "not a word about what is held", words.error);
    const { holds, ...word } = words.value;
    // all have their turn at once, and are committed together as far as they go
    const results = await Promise.all(
      holds.map(async ({ id, fingerprint }): Promise<HeldEnds["results"][number]> => {
        const outcome = await writer.submit(wordOf(id, { ...word, fingerprint }, holder));
        return outcome.kind === "done"
          ? ended(id, word)
          : { id, error: { code: outcome.code, message: outcome.detail } };
      }),
    );
    return { results };
  });
}

function wordOf(
  id: string,
  { decision, reason, fingerprint }: HoldWord,
  { by, account }: AskingHolder,
): HoldOperation {
  const said = { reason, fingerprint, ...(account !== undefined && { account }) };
  return { ...by, kind: "hold", verb: decision, id, ...said };
}

function ended(id: string, { decision }: Pick<HoldWord, "decision">): HeldEnd {
  const state = decision === "approve" ? "approved" : "discarded";
  return { id, state, detail: describeEnded(id, state) };
}
