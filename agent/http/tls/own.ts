/**
 * The agent's own certificate, for listeners on loopback that were given none: made at the first start, kept in the data
 * folder, and made anew before it expires. It is its own authority: clients are told to trust the certificate's file, which holds the next
 * one too for a while before that is shown.
 *
 * The time here is the system's and not the agent's own: clients judge certificates by their clocks.
 */
import type { X509Certificate } from "node:crypto";
import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { dirname, join } from "node:path";
import type { Milliseconds, Time } from "../../../model/time.ts";
import { selfSignedCertificate } from "../../../x509/self-signed.ts";
import { laidBeside, nextKeyFile } from "./next.ts";
import { type Pair, type PairFiles, readPair } from "./pair.ts";

const hour: Milliseconds = 3600_000;
const day = 24 * hour;

/** How long it is valid. */
const lifetime = 365 * day;
/** How long before its end the next one is laid beside it, for whoever has a copy of its file. */
const notice = 60 * day;
/** How long that one lies there before it is shown; where the end comes sooner, until a day before that. */
const beside = 30 * day;

/** Where the files of a data folder are. The certificate's is what `delivery.agent.ca` names. */
export function ownPairFiles(data: string): PairFiles {
  const folder = join(data, "tls");
  return { certificate: join(folder, "certificate.pem"), key: join(folder, "key.pem") };
}

/**
 * Makes the pair where there is none, or where the one that is there is damaged, not for all of the hosts, or over. In time before its
 * end the next one is laid beside it, and takes its place.
 *
 * @returns when to look again
 */
export function ensureOwnPair(files: PairFiles, hosts: readonly string[], now: Time = Date.now()): Time {
  const end = usableUntil(() => readPair(files).x509, hosts, now);
  if (end === undefined) {
    const { key, pem } = selfSignedCertificate({ hosts, lifetime, now });
    mkdirSync(dirname(files.key), { recursive: true, mode: 0o700 });
    rmSync(nextKeyFile(files), { force: true });
    replaceFile(files.key, key, 0o600);
    replaceFile(files.certificate, pem, 0o644);
    return now + lifetime - notice;
  }
  chmodSync(files.key, 0o600);
  if (now < end - notice) return end - notice;
  const laid = laidBeside(files)?.pair;
  const next =
    laid && usableUntil(() => laid.x509, hosts, now) !== undefined ? laid : layNext(files, hosts, now);
  const from = nextShownFrom(readPair(files), next);
  if (now < from) return from;
  // a crash after this rename leaves one certificate too many in the file, which the next one takes away
  renameSync(nextKeyFile(files), files.key);
  replaceFile(files.certificate, next.cert.toString(), 0o644);
  return ensureOwnPair(files, hosts, now);
}

/** When the agent shows the next one of its own, which is laid beside. */
export function nextShownFrom({ x509 }: Pair, next: Pair): Time {
  const end = Date.parse(x509.validTo);
  return Math.min(Math.max(Date.parse(next.x509.validFrom) + beside, end - notice), end - day);
}

function layNext(files: PairFiles, hosts: readonly string[], now: Time): Pair {
  const waiting = { ...files, key: nextKeyFile(files) };
  const { key, pem } = selfSignedCertificate({ hosts, lifetime, now });
  replaceFile(waiting.key, key, 0o600);
  replaceFile(files.certificate, `${readPair(files).cert}${pem}`, 0o644);
  return readPair(waiting);
}

/** A function that keeps the pair usable, to be called whenever it may be needed: it costs nothing until it is time. */
export function ownPairKeeper(files: PairFiles, hosts: readonly string[]): () => void {
  let due: Time = 0;
  return () => {
    const now = Date.now();
    if (now < due) return;
    // a full disk must not make every connection try again
    due = now + hour;
    due = ensureOwnPair(files, hosts, now);
  };
}

/** When a certificate ends that can be shown; undefined where it cannot. */
function usableUntil(read: () => X509Certificate, hosts: readonly string[], now: Time): Time | undefined {
  try {
    const x509 = read();
    const end = Date.parse(x509.validTo);
    const covers = (host: string) => (isIP(host) ? x509.checkIP(host) : x509.checkHost(host)) !== undefined;
    return Date.parse(x509.validFrom) <= now && now < end && hosts.every(covers) ? end : undefined;
  } catch {
    return undefined;
  }
}

/** Whole or not at all, and never with more rights than it shall have. */
function replaceFile(file: string, content: string, mode: number): void {
  try {
    rmSync(`${file}.new`, { force: true });
    writeFileSync(`${file}.new`, content, { mode, flag: "wx" });
    renameSync(`${file}.new`, file);
  } catch (error) {
    throw Object.assign(error as Error, { path: file });
  }
}
