/** Which tokens and certificates end soon: told when there is time to replace them, and again as it runs out. */
import type { TokenList } from "../../api/contract.ts";
import type { Milliseconds, Time } from "../../model/time.ts";
import { describeDuration } from "../../report/duration.ts";
import { isoTime } from "../../report/time.ts";
import type { AlertEvent } from "../alerts/event.ts";

const day: Milliseconds = 86_400_000;

/** How long before the end it is told. */
const stages: readonly Milliseconds[] = [14 * day, 7 * day, 3 * day, day];

/** Something with an end. */
export interface TokenEnding {
  readonly connector?: string;
  /** What it is, such as `a bearer token`. */
  readonly what: string;
  /** Undefined where nobody knows since when it is there. */
  readonly since?: Time;
  readonly expires: Time;
}

/** The fixed tokens that have an end and give access. */
export function endingTokens(tokens: TokenList["tokens"]): TokenEnding[] {
  return tokens.flatMap(({ connector, since, expires, takesAwayOnly }) =>
    expires === null || takesAwayOnly ? [] : [{ connector, what: "a bearer token", since, expires }],
  );
}

/** What is told of it now; undefined where its end is far. The subject is the same as long as there is nothing new to tell. */
export function endingEvent(
  { connector, what, since, expires }: TokenEnding,
  now: Time,
): (AlertEvent & { readonly kind: "token-expires" }) | undefined {
  const left = expires - now;
  // of one that never lives long, it is no news that it ends
  const worth = stages.filter((stage) => since === undefined || stage <= (expires - since) / 2);
  const stage = left <= 0 ? 0 : worth.findLast((one) => left <= one);
  if (stage === undefined) return undefined;
  const of = connector === undefined ? what : `${what} of connector ${connector}`;
  const summary =
    left <= 0
      ? `${of} has ended (${isoTime(expires)}): replace it`
      : `${of} ends in ${describeDuration(left)} (${isoTime(expires)}): replace it before`;
  const subject = `${of}, ${isoTime(expires)}, ${stage / day}d`;
  return { kind: "token-expires", connector, subject, summary, detail: summary };
}
