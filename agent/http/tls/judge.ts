/**
 * Whether a pair can take the place of the one that a listener has: what no client would accept is half written, or a mistake, and
 * must not come in while there is one that they do accept.
 */
import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { createSecureContext, rootCertificates } from "node:tls";
import type { Time } from "../../../model/time.ts";
import { isoTime } from "../../../report/time.ts";
import { hostsNamed, isOwnAuthority, judgedByTime, type Pair, type PairFiles } from "./pair.ts";
import { protocol } from "./protocol.ts";

export interface PairVerdict {
  /** Why clients would refuse it; undefined where nothing is known against it. */
  readonly why: string | undefined;
  /** The names of the one before that it is not for. */
  readonly lost: readonly string[];
  /** What of it some clients may not expect. */
  readonly remarks: readonly string[];
}

/** A pair without its key. */
type Certificates = Pick<Pair, "x509" | "others">;

const serverAuthentication = "1.3.6.1.5.5.7.3.1";

/**
 * Judges a pair by the system's clock, which is as near as we come to those of the clients.
 *
 * @param before what the listener has now, where it has one
 */
export function judgePair(
  pair: Pair,
  { certificate: file, key }: PairFiles,
  now: Time,
  before?: Certificates,
): PairVerdict {
  const why =
    untimely(pair, file, now) ??
    unchained(pair, file, before) ??
    (pair.x509.keyUsage?.includes(serverAuthentication) === false
      ? `the certificate ${file} is for no server (expected the extended key usage serverAuth)`
      : undefined) ??
    unusable(pair, file, key);
  return {
    why,
    lost: before ? lostNames(pair, before) : [],
    remarks: before ? otherAuthority(pair, file, before) : [],
  };
}

function untimely(pair: Pair, file: string, now: Time): string | undefined {
  for (const one of judgedByTime(pair)) {
    const which =
      one === pair.x509 ? `the certificate ${file}` : `${commonName(one.subject)} in the chain of ${file}`;
    if (Date.parse(one.validTo) <= now) return `${which} has expired (${isoTime(Date.parse(one.validTo))})`;
    if (Date.parse(one.validFrom) > now)
      return `${which} is valid from ${isoTime(Date.parse(one.validFrom))} on alone`;
  }
  return undefined;
}

/** A chain of another certificate, or one of which the rest is not written yet. */
function unchained(pair: Pair, file: string, before: Certificates | undefined): string | undefined {
  const end = endOfChain(pair);
  if (end === pair.x509 && pair.others.length > 0 && !isOwnAuthority(end))
    return `no certificate in ${file} has signed the first one (expected the chain of it, in order)`;
  const sent = before?.others.some((one) => !isOwnAuthority(one) && one.subject === end.issuer);
  return sent && !isOwnAuthority(end)
    ? `the chain in ${file} ends before ${commonName(end.issuer)}, which the certificate before sent (expected the whole chain)`
    : undefined;
}

/** The last certificate of the chain that can be made of the file. */
function endOfChain({ x509, others }: Certificates): X509Certificate {
  let end = x509;
  const rest = new Set(others);
  for (;;) {
    const next = [...rest].find((one) => end.checkIssued(one) && end.verify(one.publicKey));
    if (!next) return end;
    rest.delete(next);
    end = next;
  }
}

/** As OpenSSL takes it for a connection: a key that is too short, for one, it does not. */
function unusable({ cert, key }: Pair, file: string, keyFile: string): string | undefined {
  try {
    createSecureContext({ ...protocol, cert, key });
    return undefined;
  } catch (error) {
    const { reason = "not usable" } = error as { readonly reason?: string };
    return `the certificate ${file} with the key ${keyFile} is refused by OpenSSL: ${reason}`;
  }
}

function lostNames({ x509 }: Certificates, before: Certificates): string[] {
  const covers = (name: string) =>
    (isIP(name) ? x509.checkIP(name) : x509.checkHost(name.replace("*", "any"))) !== undefined;
  return hostsNamed(before.x509).filter((name) => !covers(name));
}

function otherAuthority(pair: Certificates, file: string, before: Certificates): string[] {
  const [end, was] = [endOfChain(pair), endOfChain(before)];
  const isSame = isOwnAuthority(end) ? end.raw.equals(was.raw) : end.issuer === was.issuer;
  if (isSame || (isPublic(end) && isPublic(was))) return [];
  const whose = (one: X509Certificate) =>
    isOwnAuthority(one) ? `itself (${commonName(one.subject)})` : commonName(one.issuer);
  return [
    `the authority of ${file} is ${whose(end)}, that of the one before was ${whose(was)}: who trusts that alone, as by delivery.agent.ca, refuses it`,
  ];
}

let publicAuthorities: ReadonlySet<string> | undefined;

/** Whether an authority that Node knows, as most clients do, is said to have signed it. */
function isPublic({ issuer }: X509Certificate): boolean {
  publicAuthorities ??= new Set(rootCertificates.map((pem) => new X509Certificate(pem).subject));
  return publicAuthorities.has(issuer);
}

/** `CN=R10` of a whole name, which has lines. */
function commonName(name: string): string {
  return /^CN=(.*)$/m.exec(name)?.[1] ?? name.replaceAll("\n", ", ");
}
