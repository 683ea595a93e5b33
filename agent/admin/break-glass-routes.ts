/** Rights that people take for themselves, over HTTP: by a token that names its person's account, or as a user of this host. */
import { BreakGlassRequest, roles } from "../../api/contract.ts";
import { readRequest } from "../../api/request.ts";
import { milliseconds } from "../../model/duration.ts";
import { shownRight, takenRights } from "../operations/break-glass-list.ts";
import type { Writer } from "../operations/writer.ts";
import type { Store } from "../store/schema.ts";
import { refuseFor, reject } from "./refusal.ts";
import type { AddRoute } from "./route.ts";

/** Adds the routes. Whoever reads may take, as far as a permission set lets the account that the holder has. */
export function breakGlassRoutes(
  route: AddRoute,
  { reads, writer }: { readonly reads: Store; readonly writer: Writer },
): void {
  route("GET", "/break-glass", "reader", () => takenRights(reads, writer.clock.now()));

  route("POST", "/break-glass", "reader", async (request, reply, { name, actor, account, by }) => {
    if (account === undefined)
      return refuseFor(
        reply,
        "forbidden",
        `"${name}" is nobody's account (expected a token whose entry in agent.yaml names its person's account, or a user of this host who has one)`,
      );
    const body = readRequest(BreakGlassRequest, String(request.body ?? ""));
    if (!body.ok) return refuseFor(reply, "invalidRequest", "not a right to take", body.error);
    const { repository, for: duration, reason } = body.value;
    const outcome = await writer.submit({
      ...{ ...by, kind: "break-glass", verb: "take", id: account },
      ...{ repository, span: milliseconds(duration), reason },
    });
    if (outcome.kind !== "done") return reject(reply, outcome);
    const { resource } = outcome;
    request.log.warn(
      { actor, repository: resource.repository, until: resource.until },
      "somebody took a right for themselves",
    );
    return reply.code(201).send(shownRight(resource));
  });

  route("DELETE", "/break-glass/:id", "reader", async (request, reply, { by, role, account }) => {
    const { id } = request.params as { id: string };
    const isApprover = roles.indexOf(role) >= roles.indexOf("approver");
    // without an account, of nobody
    const of = isApprover ? null : (account ?? "");
    const outcome = await writer.submit({ ...by, kind: "break-glass", verb: "end", id, of });
    return outcome.kind === "done" ? reply.code(204).send() : reject(reply, outcome);
  });
}
