/** Alerts over the admin API: what was sent and what was given up, sent again, and a test. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { type AlertList, AlertRetry, AlertState, AlertTest, type Role } from "../../api/contract.ts";
import { readRequest } from "../../api/request.ts";
import type { Alerts } from "../alerts/alerts.ts";
import { countDeliveries, listDeliveries } from "../alerts/deliveries.ts";
import type { Payload } from "../alerts/payload.ts";
import type { Store } from "../store/schema.ts";
import type { TokenHolder } from "./holder.ts";
import { refuseFor } from "./refusal.ts";

/** How the admin API adds a route: its method, path below `/v1`, the role that it takes, and its answer. */
export type AdminRoute = (
  method: "GET" | "PUT" | "POST" | "DELETE",
  url: string,
  role: Role,
  answer: (request: FastifyRequest, reply: FastifyReply, holder: TokenHolder) => Promise<unknown>,
) => unknown;

const pageSize = 500;

/** Adds the routes. */
export function alertRoutes(route: AdminRoute, alerts: Alerts, reads: Store): void {
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

  route("POST", "/alerts/retry", "approver", async (request, reply, { actor }) => {
    const body = readRequest(AlertRetry, String(request.body ?? ""));
    if (!body.ok) return refuseFor(reply, "invalidRequest", "not a wish to send again", body.error);
    const again = await alerts.sendAgain(body.value.ids ?? "dead");
    request.log.info({ actor, again }, "alerts are sent again");
    return { again };
  });

  route("POST", "/alerts/test", "approver", async (request, reply, { actor }) => {
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
    request.log.info({ actor, results }, "a test alert was sent");
    return { results };
  });
}
