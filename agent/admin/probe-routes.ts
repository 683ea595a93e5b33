/** How `hgscim host check` has its own refusals marked, on the local socket alone: whoever opens that could write the access file itself. */
import { randomBytes } from "node:crypto";
import type { FastifyInstance } from "fastify";
import type { Probe } from "../../api/contract.ts";
import { isAccountName } from "../../model/environment/subject.ts";
import type { Milliseconds } from "../../model/time.ts";
import type { Writer } from "../operations/writer.ts";
import { refuseFor } from "./refusal.ts";

/** For how long a nonce that nobody takes away is told: a check of many addresses takes less. */
const lifetime: Milliseconds = 300_000;

interface Asked {
  readonly Params: { readonly account: string };
}

/** Adds the routes for probes to a server that lets in nobody but the agent's own user and root. */
export function probeRoutes(server: FastifyInstance, writer: Writer): void {
  server.put<Asked>("/v1/probes/:account", async ({ params: { account }, log }, reply) => {
    if (!isAccountName(account)) return refuseFor(reply, "invalidRequest", "not the name of an account");
    const { now } = writer.clock.read();
    const probe: Probe = { nonce: randomBytes(16).toString("hex"), until: now + lifetime };
    await writer.probe(account, probe);
    log.info({ account, until: probe.until }, "the host is checked: this account's refusals are marked");
    return probe;
  });

  server.delete<Asked>("/v1/probes/:account", async ({ params: { account } }, reply) => {
    await writer.probe(account, null);
    return reply.code(204).send();
  });
}
