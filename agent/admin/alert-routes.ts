/** Alerts over the admin API: what was sent and what was given up, sent again or discarded, and a test. What somebody does has its row. */
import type { FastifyReply } from "fastify";
import { AlertDiscard, type AlertList, AlertRetry, AlertState, AlertTest } from "../../api/contract.ts";
import { readRequest } from "../../api/request.ts";
import { count, listed } from "../../report/words.ts";
import type { Alerts } from "../alerts/alerts.ts";
import { countDeliveries, listDeliveries } from "../alerts/deliveries.ts";
import type { Payload } from "../alerts/payload.ts";
import { writeAudit } from "../operations/audit.ts";
import type { Writer } from "../operations/writer.ts";
import type { Store } from "../store/schema.ts";
import { refuseFor } from "./refusal.ts";
import type { AddRoute, AskingHolder } from "./route.ts";

const pageSize = 500;

/** Adds the routes. */
export function alertRoutes(
  route: AddRoute,
  { alerts, reads, writer }: { readonly alerts: Alerts; readonly reads: Store; readonly writer: Writer },
): void {
  const audit = (store: Store, { by }: AskingHolder, verb: string, row: { target: string; detail: string }) =>
    writeAudit(store, [
      {
        ...by,
        ...{ at: writer.clock.now(), operation: `alert.${verb}`, outcome: "done", ...row },
        release: writer.active?.active.digest ?? null,
      },
    ]);

  route("GET", "/alerts", "reader", async (request, reply): Promise<AlertList | FastifyReply> => {
    const { state, before } = request.query as { state?: string; before?: string };
    const known = AlertState.optional().safeParse(state);
    if (!known.success)
      return refuseFor(reply, "invalidRequest", `state is not one of ${AlertState.options.join(", ")}`);
    const last = before === undefined ? undefined : Number(before);
    if (last !== undefined && !Number.isSafeInteger(last))
      return refuseFor(reply, "invalidRequest", "before is not a sequence number");
    const rows = await listDeliveries(reads, {
      ...(known.data && { state: known.data }),
      ...(last !== undefined && { before: last }),
      limit: pageSize,
    });
    return {
      counts: await countDeliveries(reads),
      alerts: rows.map(({ sequence, id, destination, matter, body, at, state, attempts, reason, ended }) => {
        const { data } = JSON.parse(body) as Payload;
        const { count, summary } = data;
        return { sequence, id, destination, matter, at, state, attempts, reason, ended, count, summary };
      }),
    };
  });

  route("POST", "/alerts/retry", "approver", async (request, reply, holder) => {
    const body = readRequest(AlertRetry, String(request.body ?? ""));
    if (!body.ok) return refuseFor(reply, "invalidRequest", "not a wish to send again", body.error);
    const { ids } = body.value;
    const target = targetOf(ids);
    const again = await alerts.sendAgain(ids ?? "dead", (store, sent) =>
      audit(store, holder, "retry", {
        target,
        detail: `${count(sent, "alert is", "alerts are")} sent again`,
      }),
    );
    request.log.info({ actor: holder.actor, again }, "alerts are sent again");
    return { again };
  });

  route("POST", "/alerts/discard", "approver", async (request, reply, holder) => {
    const body = readRequest(AlertDiscard, String(request.body ?? ""));
    if (!body.ok)
      return refuseFor(reply, "invalidRequest", "not a wish to discard what was given up", body.error);
    const { ids, reason } = body.value;
    const discarded = await alerts.discard(ids ?? "dead", (store, gone) => {
      const what = gone.map(({ id, matter, destination }) => `${id} (${matter} to ${destination})`);
      const detail = `discarded ${listed(what)}; ${reason}`;
      return audit(store, holder, "discard", { target: targetOf(ids), detail });
    });
    request.log.info({ actor: holder.actor, discarded }, "alerts that were given up are discarded");
    return { discarded };
  });

  route("POST", "/alerts/test", "approver", async (request, reply, holder) => {
    const body = readRequest(AlertTest, String(request.body ?? ""));
    if (!body.ok) return refuseFor(reply, "invalidRequest", "not a wish for a test", body.error);
    const { to } = body.value;
    const results = await alerts.test(to);
    if (results.length === 0)
      return refuseFor(
        reply,
        "notThere",
        to === undefined
          ? "the active release has no alerts (expected some, or a break-glass)"
          : `no alert of the active release goes to ${to}`,
      );
    request.log.info({ actor: holder.actor, results }, "a test alert was sent");
    const said = results.map(
      ({ destination, reason }) =>
        `${destination}: ${reason === undefined ? "taken" : `not taken: ${reason}`}`,
    );
    const row = { target: to ?? "", detail: said.join("; ") };
    // room that is hardly there is for whoever leaves
    if (!writer.isTight) await writer.aside((store) => audit(store, holder, "test", row));
    return { results };
  });
}

/** Of one alone its id: more are in the detail. */
function targetOf(ids: readonly string[] | undefined): string {
  return ids?.length === 1 ? (ids[0] ?? "") : "";
}
