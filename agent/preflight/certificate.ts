/** What is wrong with the certificate that a server shows: all of it, where a client stops at the first. */

import type { X509Certificate } from "node:crypto";
import { checkServerIdentity, type PeerCertificate, type TLSSocket } from "node:tls";
import { certificateNames } from "../../model/certificate-names.ts";
import type { Milliseconds, Time } from "../../model/time.ts";
import type { Fault } from "../../preflight/check.ts";
import { describeDuration } from "../../report/duration.ts";
import { isoTime } from "../../report/time.ts";

/** How long before its end a certificate is told: most are renewed 30 days before. */
const ahead: Milliseconds = 14 * 86_400_000;

export interface CertificateVerdict {
  /** Nobody who looks would go on. */
  readonly faults: readonly Fault[];
  /** It ends soon. */
  readonly soon: Fault | undefined;
  /** The first end among those of the chain. */
  readonly until: Time;
}

/** By OpenSSL's codes, for what neither dates nor names explain. */
const unknownAuthority = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/** Judges the certificates of a connection that was made without judging them, by this system's clock. */
export function judgeCertificate(socket: TLSSocket, host: string, now: Time): CertificateVerdict {
  const shown = socket.getPeerCertificate(true);
  const chain = chainOf(shown);
  const until = Math.min(...chain.map(({ valid_to }) => Date.parse(valid_to)));
  const faults: Fault[] = [];
  for (const { subject, valid_from, valid_to } of chain) {
    const whose = chain[0]?.subject === subject ? "its certificate" : `${nameOf(subject)} of its chain`;
    const [from, to] = [Date.parse(valid_from), Date.parse(valid_to)];
    if (to <= now)
      faults.push({
        found: `${whose} ended ${isoTime(to)}, ${describeDuration(now - to)} ago`,
        expected: "one that is valid",
        mend: "have the server's certificate renewed",
      });
    if (from > now)
      faults.push({
        found: `${whose} is valid from ${isoTime(from)} on`,
        expected: "one that is valid now",
        mend: "set the clock of this host right, or have the server's certificate made anew",
      });
  }
  const other = checkServerIdentity(host, shown);
  if (other) {
    const names = certificateNames(shown.subjectaltname);
    faults.push({
      found: `its certificate is for ${names.slice(0, 5).join(", ") || "another host"}`,
      expected: `one for ${host}`,
      mend: "correct the host in the address, or have the server's certificate made for it",
    });
  }
  const { authorizationError } = socket;
  const code = String(
    (authorizationError as NodeJS.ErrnoException | undefined)?.code ?? authorizationError ?? "",
  );
  if (unknownAuthority.has(code))
    faults.push({
      found:
        chain.length === 1 && isOwnIssuer(socket.getPeerX509Certificate())
          ? "its certificate is signed by itself"
          : "no authority that this host knows has signed its certificate",
      expected: "a certificate of an authority that this host knows, with the whole chain",
      mend: "have the server send its intermediate certificates, or name its authority to the agent's service by NODE_EXTRA_CA_CERTS",
    });
  else if (!socket.authorized && faults.length === 0)
    faults.push({
      found: `its certificate is refused (${code})`,
      expected: "a certificate that is valid for it",
      mend: "have the server's certificate made anew",
    });
  const soon =
    faults.length === 0 && until - now < ahead
      ? {
          found: `its certificate ends in ${describeDuration(until - now)} (${isoTime(until)})`,
          expected: "14 days or more",
          mend: "have it renewed before",
        }
      : undefined;
  return { faults, soon, until };
}

/** The server's own first; an authority's own is what this host trusts, whatever it says of its end. */
function chainOf(shown: PeerCertificate): PeerCertificate[] {
  const chain: PeerCertificate[] = [];
  let at: PeerCertificate | undefined = shown;
  while (at && !chain.some(({ fingerprint256 }) => fingerprint256 === at?.fingerprint256)) {
    chain.push(at);
    at = (at as { readonly issuerCertificate?: PeerCertificate }).issuerCertificate;
  }
  const last = chain.at(-1);
  const isRoot = chain.length > 1 && last && nameOf(last.subject) === nameOf(last.issuer);
  return isRoot ? chain.slice(0, -1) : chain;
}

function nameOf({ CN, O }: PeerCertificate["subject"]): string {
  return String(CN ?? O ?? "");
}

function isOwnIssuer(certificate: X509Certificate | undefined): boolean {
  return certificate !== undefined && certificate.issuer === certificate.subject;
}
