/**
 * The agent's own certificate, for listeners on loopback that were given none: made at the first start, kept in the data
 * folder, and made anew before it expires. It is its own authority: clients are told to trust the certificate's file.
 *
 * The time here is the system's and not the agent's own: clients judge certificates by their clocks.
 */
import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { dirname, join } from "node:path";
import type { Milliseconds, Time } from "../../../model/time.ts";
import { selfSignedCertificate } from "../../../x509/self-signed.ts";
import { type Pair, type PairFiles, readPair } from "./pair.ts";

const hour: Milliseconds = 3600_000;
const day = 24 * hour;

/** How long it is valid. */
const lifetime = 365 * day;
/** How long before its end it is replaced. */
const renewal = 30 * day;

/** Where the files of a data folder are. The certificate's is what `delivery.agent.ca` names. */
export function ownPairFiles(data: string): PairFiles {
  const folder = join(data, "tls");
  return { certificate: join(folder, "certificate.pem"), key: join(folder, "key.pem") };
}

/**
 * Makes the pair where there is none, or where the one that is there is damaged, not for all of the hosts, or soon to
 * expire. A crash between its two files leaves a pair that does not fit, which is replaced too.
 *
 * @returns when to look again
 */
export function ensureOwnPair(files: PairFiles, hosts: readonly string[], now: Time = Date.now()): Time {
  const kept = usable(files, hosts, now);
  if (kept !== undefined) return kept;
  const { key, pem } = selfSignedCertificate({ hosts, lifetime, now });
  mkdirSync(dirname(files.key), { recursive: true, mode: 0o700 });
  replaceFile(files.key, key, 0o600);
  replaceFile(files.certificate, pem, 0o644);
  return now + lifetime - renewal;
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

/** When the pair has to be renewed; undefined when it has to be at once. */
function usable(files: PairFiles, hosts: readonly string[], now: Time): Time | undefined {
  let pair: Pair;
  try {
    pair = readPair(files);
    chmodSync(files.key, 0o600);
  } catch {
    return undefined;
  }
  const { x509 } = pair;
  const due = Date.parse(x509.validTo) - renewal;
  const current = Date.parse(x509.validFrom) <= now && now < due;
  const covers = (host: string) => (isIP(host) ? x509.checkIP(host) : x509.checkHost(host)) !== undefined;
  return current && hosts.every(covers) ? due : undefined;
}

/** Whole or not at all, and never with more rights than it shall have. */
function replaceFile(file: string, content: string, mode: number): void {
  rmSync(`${file}.new`, { force: true });
  writeFileSync(`${file}.new`, content, { mode, flag: "wx" });
  renameSync(`${file}.new`, file);
}
