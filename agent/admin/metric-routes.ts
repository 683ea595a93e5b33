/** `GET /metrics`, where Prometheus asks for it: with a token of any role. */
import type { FastifyInstance } from "fastify";
import type { Metrics } from "../metrics/metrics.ts";
import { type StateParts, stateOf } from "../metrics/state.ts";

/** Adds the route to a server whose gate lets in only whoever is known. */
export function metricRoutes(server: FastifyInstance, metrics: Metrics, parts: StateParts): void {
  const read = stateOf(metrics, parts);
  server.get("/metrics", async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await read()),
  );
}
