/** Which connectors only take access away, for whoever reads; an approver ends it. */
import { type QuarantineList, QuarantineWord } from "../../api/contract.ts";
import { readRequest } from "../../api/request.ts";
import type { Writer } from "../operations/writer.ts";
import { refuseFor, reject } from "./refusal.ts";
import type { AddRoute } from "./route.ts";

/** Adds the routes. */
export function quarantineRoutes(route: AddRoute, writer: Writer): void {
  route(
    "GET",
    "/quarantines",
    "reader",
    async (): Promise<QuarantineList> => ({
      quarantines: writer.quarantined.map(({ isTried: tried, ...one }) => ({ ...one, tried })),
    }),
  );

  route("POST", "/quarantines/:connector/end", "approver", async (request, reply, { by }) => {
    const { connector: id } = request.params as { connector: string };
    const body = readRequest(QuarantineWord, String(request.body ?? ""));
    if (!body.ok) return refuseFor(reply, "invalidRequest", "not a word about a quarantine", body.error);
    const outcome = await writer.submit({ ...by, kind: "quarantine", verb: "end", id, ...body.value });
    return outcome.kind === "done" ? reply.code(204).send() : reject(reply, outcome);
  });
}
