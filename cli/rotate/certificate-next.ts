/** The certificate that comes in place of one that is shown: given by a person, or made here, and judged as the agent judges it. */
import { judgePair } from "../../agent/http/tls/judge.ts";
import { certificateEnd, hostsNamed, type Pair, pairOf, readPair } from "../../agent/http/tls/pair.ts";
import { milliseconds } from "../../model/duration.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { isoTime } from "../../report/time.ts";
import { selfSignedCertificate } from "../../x509/self-signed.ts";
import type { ShownCertificate } from "./shown.ts";

const lifetime = milliseconds("365d");

/** @throws {Error} with a sentence */
export function givenBy([certificate = "", key = ""]: readonly string[]): Pair {
  return readPair({ certificate, key });
}

/** One that is its own authority, for the names of what is shown. */
export function madeFor({ x509 }: ShownCertificate): Pair {
  const made = selfSignedCertificate({ hosts: hostsNamed(x509), lifetime });
  const files = { certificate: "the new certificate", key: "its key" };
  return pairOf(Buffer.from(made.pem), Buffer.from(made.key), files);
}

/** What some clients may not expect; failing where it would be worse than what is shown. */
export function judgedNext(
  next: Pair,
  shown: ShownCertificate,
  [certificate = "", key = ""]: readonly string[],
): Result<readonly string[], string> {
  const { why, remarks, lost } = judgePair(next, { certificate, key }, Date.now(), shown);
  if (why !== undefined) return fail(why);
  if (lost.length > 0)
    return fail(
      `${certificate} is not for ${lost.join(", ")}, as the present one is (expected all of its names: ${hostsNamed(shown.x509).join(", ")})`,
    );
  const [until, was] = [certificateEnd(next), certificateEnd(shown)];
  return until > was
    ? ok(remarks)
    : fail(
        `${certificate} ends ${isoTime(until)}, and the present one ${isoTime(was)} (expected a later end)`,
      );
}
