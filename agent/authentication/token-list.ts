/** The fixed tokens that are accepted now, for whoever has to replace them in time. Nothing here tells a token. */
import type { FastifyBaseLogger } from "fastify";
import type { TokenList } from "../../api/contract.ts";
import type { Milliseconds, Time } from "../../model/time.ts";
import { describeDuration } from "../../report/duration.ts";
import type { Guarded } from "./credentials.ts";

type Connectors = readonly Pick<Guarded, "name" | "credentials">[];

/** How long before its end a token is warned of. */
const ahead: Milliseconds = 14 * 86_400_000;

/** All of them, in the order in which the release names them. */
export function tokensOf(connectors: Connectors, now: Time): TokenList["tokens"] {
  return connectors.flatMap(({ name, credentials }) =>
    credentials.kind === "bearer"
      ? credentials.tokens.map(({ since, expires }) => ({
          connector: name,
          since,
          expires: Number.isFinite(expires) ? expires : null,
          valid: now < expires,
        }))
      : [],
  );
}

/** Logs which tokens have ended, or soon will. */
export function warnOfTokens(log: FastifyBaseLogger, connectors: Connectors, now: Time): void {
  for (const { connector, expires, valid } of tokensOf(connectors, now)) {
    if (expires === null || expires - now > ahead) continue;
    log.warn(
      { connector, expires: new Date(expires).toISOString() },
      valid
        ? `a bearer token ends in ${describeDuration(expires - now)}: replace it before`
        : "a bearer token is past its lifetime: it is refused",
    );
  }
}
