/** How the connectors of the release that was active when the agent stopped are let in when it starts. */
import type { FastifyBaseLogger } from "fastify";
import { sharedIssuers } from "../../model/check/credentials.ts";
import { type Release, toEnvironment } from "../../model/release.ts";
import type { Time } from "../../model/time.ts";
import { forbiddenEgress } from "../authentication/egress.ts";
import { noteTokens, sortSeenTokens } from "../authentication/first-seen.ts";
import { warnOfTokens } from "../authentication/token-list.ts";
import type { HostRules } from "../config.ts";
import type { Store } from "../store/schema.ts";
import type { Entrance } from "./doors.ts";
import { connectorsOf, resolveSecrets } from "./runtime.ts";

/**
 * Resolves the secrets of a release and notes its tokens. What is wrong with them is told in the log: enforcement goes on without
 * a token, and only the connector that needs it cannot be reached.
 *
 * @throws {Error} where the release is not one that this version can serve
 */
export async function entranceOf(
  store: Store,
  host: HostRules,
  release: Release,
  log: FastifyBaseLogger,
  now: Time,
): Promise<Entrance> {
  const { secrets, failures } = await resolveSecrets(host, release);
  for (const failure of failures)
    log.error(`${failure}: nobody is let in by it until the agent starts with it`);
  const { usable, problems } = await sortSeenTokens(store, host, release, secrets);
  for (const problem of problems)
    log.error(
      `${problem}: nobody is let in by it until a release is activated, or the agent starts, with another`,
    );
  const tokens = await noteTokens(store, release, usable, now, (connector, error) =>
    log.error(
      error,
      `a token of connector ${connector} cannot be noted: it lets nobody in until the agent starts again`,
    ),
  );
  // of which nobody can say whose they were first: a release of this version has none
  for (const { path, message } of sharedIssuers(toEnvironment(release)))
    log.error(
      `${path.join(".")}: ${message}: each lets in who has a token of the other until another release is activated`,
    );
  for (const failure of forbiddenEgress(host, release))
    log.error(`${failure}: nobody is let in by its tokens until the agent starts with it`);
  const connectors = connectorsOf(release, tokens);
  warnOfTokens(log, connectors, now);
  return { release, connectors };
}
