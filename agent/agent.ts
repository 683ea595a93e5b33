/**
 * The agent: runs one environment's active release beside a Mercurial host. It keeps what identity providers send,
 * decides who may do what, and keeps the access file that Mercurial looks into equal to that.
 */
import type { FastifyBaseLogger, FastifyInstance } from "fastify";
import { adminRoutes } from "./admin/routes.ts";
import type { AgentConfig } from "./config.ts";
import { listen, makeServer } from "./http.ts";
import { AccessFile } from "./mercurial/access-file.ts";
import { lastActive } from "./provisioning/activation.ts";
import { Writer } from "./provisioning/write.ts";
import { makeRuntime, resolveSecrets } from "./runtime.ts";
import { scimRoutes } from "./scim/routes.ts";
import { openStore } from "./store/sqlite.ts";

export interface RunningAgent {
  /** Where identity providers connect, `http://host:port`. */
  readonly scim: string;
  /** Where releases come from. */
  readonly admin: string;
  /** Ends open requests, then closes the store. */
  stop(): Promise<void>;
}

/**
 * Starts an agent. It answers when it listens and the access file holds exactly what the store says.
 *
 * @throws {Error} with a sentence for the person who started it: an address in use, a store that is open elsewhere
 */
export async function startAgent(config: AgentConfig, log: FastifyBaseLogger): Promise<RunningAgent> {
  const { store, reads, close: closeStore } = await openStore(config.data, config.environment);
  const access = await AccessFile.open(config.access, config.environment);
  const writer = new Writer(store, access, log);
  const active = await lastActive(store);
  if (active) {
    const { secrets, failures } = await resolveSecrets(config, active.release);
    // enforcement goes on without a token; only the connector that needs it cannot be reached
    for (const failure of failures)
      log.error(`${failure}: its connector answers 401 until the agent starts with it`);
    writer.runtime = makeRuntime(active, secrets);
  }
  await writer.reconcile();

  const servers: FastifyInstance[] = [];
  try {
    const scim = await makeServer(config.scim, log);
    servers.push(scim);
    scimRoutes(scim, { reads, writer });
    const admin = await makeServer(config.admin, log);
    servers.push(admin);
    adminRoutes(admin, { config, reads, writer });
    const addresses = { scim: await listen(scim, config.scim), admin: await listen(admin, config.admin) };
    log.info(
      { ...addresses, environment: config.environment, release: active?.digest ?? null },
      "the agent is ready",
    );
    return {
      ...addresses,
      async stop() {
        await Promise.all(servers.map((server) => server.close()));
        await writer.idle();
        access.close();
        await closeStore();
      },
    };
  } catch (error) {
    await Promise.all(servers.map((server) => server.close()));
    access.close();
    await closeStore();
    throw error;
  }
}
