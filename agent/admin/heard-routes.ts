/**
 * What identity providers sent of late, for whoever watches one come: `GET /v1/requests?connector=&after=`. What they have watched is kept
 * by `POST /v1/connector-tests`: what came of it, the agent takes from what it has seen itself.
 */
import { z } from "zod";
import { type HeardPage, type TestKept, TestRequest } from "../../api/heard.ts";
import { readRequest } from "../../api/request.ts";
import { hint } from "../../model/nearest.ts";
import { listed } from "../../report/words.ts";
import type { HeardRequests } from "../http/heard.ts";
import type { Writer } from "../operations/writer.ts";
import { TriedSteps } from "../releases/tried-steps.ts";
import { askerOf } from "./holder.ts";
import { refuseFor } from "./refusal.ts";
import type { AddRoute } from "./route.ts";

const Query = z.strictObject({
  connector: z.string(),
  after: z.coerce.number().int().nonnegative().default(0),
});

/** Adds the route. */
export function heardRoutes(
  route: AddRoute,
  { heard, writer }: { heard: HeardRequests; writer: Writer },
): void {
  route("GET", "/requests", "reader", async (request, reply): Promise<HeardPage | typeof reply> => {
    const query = Query.safeParse(request.query);
    if (!query.success)
      return refuseFor(
        reply,
        "invalidRequest",
        "the question is not understood (expected connector, and after, a number)",
        query.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`),
      );
    const { connector, after } = query.data;
    const names = [...new Set(writer.serving.connectors.map(({ name }) => name))];
    if (!names.includes(connector))
      return refuseFor(
        reply,
        "notThere",
        `no connector ${JSON.stringify(connector.slice(0, 100))} is served ${hint(names.length === 0 ? "none: no release is active" : `one of ${listed(names)}`, connector, names)}`,
      );
    return heard.after(connector, after);
  });

  route("POST", "/connector-tests", "reader", async (request, reply, holder) => {
    const body = readRequest(TestRequest, String(request.body ?? ""));
    if (!body.ok) return refuseFor(reply, "invalidRequest", "not what was watched", body.error);
    const active = writer.active?.active;
    if (!active) return refuseFor(reply, "noRelease", "no release is active");
    const requests = heard.answeredBy(active.policyDigest, body.value);
    if (!requests)
      return refuseFor(
        reply,
        "notThere",
        "the agent was started anew meanwhile, and has forgotten what came",
      );
    const { connector } = body.value;
    const steps = await writer.aside((store) =>
      new TriedSteps(store).keep(active.release, connector, requests, askerOf(holder)),
    );
    return { steps } satisfies TestKept;
  });
}
