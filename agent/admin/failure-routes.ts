/** What fails, for whoever reads: `GET /v1/failures?connector=&rule=&all=true&before=&limit=&examples=`. */
import { z } from "zod";
import { listFailures } from "../operations/failures/list.ts";
import type { Writer } from "../operations/writer.ts";
import type { Store } from "../store/schema.ts";
import { refuseFor } from "./refusal.ts";
import type { AddRoute } from "./route.ts";

const mostOnPage = 500;
/** Of one failure as many as are remembered, and so many of all on a page. */
const [mostOfOne, mostExamples] = [1_000, 10_000];

const Query = z
  .strictObject({
    connector: z.string().exactOptional(),
    rule: z.string().exactOptional(),
    all: z.enum(["true", "false"]).default("false"),
    before: z.coerce.number().int().positive().exactOptional(),
    limit: z.coerce.number().int().min(1).max(mostOnPage).default(100),
    examples: z.coerce.number().int().min(0).max(mostOfOne).default(5),
  })
  .refine(({ limit, examples }) => limit * examples <= mostExamples, {
    path: ["examples"],
    error: `too many on a page (expected at most ${mostExamples} for limit times examples)`,
  });

/** Adds the route. */
export function failureRoutes(route: AddRoute, { reads, writer }: { reads: Store; writer: Writer }): void {
  route("GET", "/failures", "reader", async (request, reply) => {
    const query = Query.safeParse(request.query);
    if (!query.success)
      return refuseFor(
        reply,
        "invalidRequest",
        `the question is not understood (expected connector, rule, all=true, before, limit, of at most ${mostOnPage}, and examples, of at most ${mostOfOne})`,
        query.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`),
      );
    const { all, ...asked } = query.data;
    return listFailures(reads, { ...asked, all: all === "true" }, writer.clock.now());
  });
}
