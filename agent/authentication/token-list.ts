/** The fixed tokens that are accepted now, for whoever has to replace them in time. Nothing here tells a token. */
import type { FastifyBaseLogger } from "fastify";
import type { TokenList } from "../../api/contract.ts";
import type { Milliseconds, Time } from "../../model/time.ts";
import { describeDuration } from "../../report/duration.ts";
import type { Guarded } from "./credentials.ts";
import type { KnownToken } from "./token.ts";
import type { TokenUses } from "./token-uses.ts";

type Connectors = readonly Pick<Guarded, "name" | "credentials">[];

/** How long before its end a token is warned of. */
const ahead: Milliseconds = 14 * 86_400_000;

/**
 * All of them, in the order of the connectors.
 *
 * @param past connectors whose tokens only take away
 * @param uses when they were used last; nobody knows where it is absent
 */
export function tokensOf(
  connectors: Connectors,
  past: Connectors,
  now: Time,
  uses?: Pick<TokenUses, "of">,
): TokenList["tokens"] {
  const listed = ({ name }: Connectors[number], tokens: readonly KnownToken[], takesAwayOnly: boolean) =>
    tokens.map(({ hash, since, expires }) => ({
      connector: name,
      since,
      expires: Number.isFinite(expires) ? expires : null,
      valid: now < expires,
      lastUsed: uses?.of(hash.toString("hex"), now) ?? null,
      ...(takesAwayOnly && { takesAwayOnly: true as const }),
    }));
  return [...connectors, ...past].flatMap((connector) => {
    const { credentials } = connector;
    if (credentials.kind !== "bearer") return [];
    const { tokens, last = [] } = credentials;
    return [...listed(connector, tokens, past.includes(connector)), ...listed(connector, last, true)];
  });
}

/** Logs which tokens have ended, or soon will. */
export function warnOfTokens(log: FastifyBaseLogger, connectors: Connectors, now: Time): void {
  for (const { connector, expires, valid, takesAwayOnly } of tokensOf(connectors, [], now)) {
    if (takesAwayOnly || expires === null || expires - now > ahead) continue;
    log.warn(
      { connector, expires: new Date(expires).toISOString() },
      valid
        ? `a bearer token ends in ${describeDuration(expires - now)}: replace it before`
        : "a bearer token is past its lifetime: it is refused",
    );
  }
}
