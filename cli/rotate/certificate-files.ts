/**
 * The files of a listener's certificate, changed so that the pair fits at every moment: the next certificate is laid behind the present
 * one, one rename of its key has it shown, and then the old one is taken out. A kill or a restart of the agent between two steps does no harm.
 */
import { existsSync, linkSync, renameSync, rmSync } from "node:fs";
import { nextKeyFile } from "../../agent/http/tls/next.ts";
import { type Pair, type PairFiles, readPair } from "../../agent/http/tls/pair.ts";
import { replaceFile } from "../host/install/replace-file.ts";
import { type PlainFile, readPlain } from "./place.ts";

/** The key of before, until the next one is shown. */
export const keyOfBefore = ({ key }: PairFiles) => `${key}.hgscim-before`;

/** What the files hold, where that is a pair. */
export function pairHeld(files: PairFiles): Pair | undefined {
  try {
    return readPair(files);
  } catch {
    return undefined;
  }
}

/** The certificate's file as it is. */
export function contentOf({ certificate }: PairFiles): PlainFile {
  return readPlain(certificate);
}

/** The certificate's file as it was, and nothing beside. */
export function restore(files: PairFiles, { content, ...whose }: PlainFile): void {
  replaceFile(files.certificate, content, whose);
  rmSync(nextKeyFile(files), { force: true });
}

/**
 * Lays a pair beside the present one, as whose that is.
 *
 * @throws {Error} the system's; then the files are as they were
 */
export function layPairBeside(files: PairFiles, next: Pair): void {
  const [key, certificate, held] = [readPlain(files.key), readPlain(files.certificate), pairHeld(files)];
  try {
    replaceFile(nextKeyFile(files), next.key, key);
    replaceFile(files.certificate, Buffer.concat([...(held ? [held.cert] : []), next.cert]), certificate);
  } catch (error) {
    rmSync(nextKeyFile(files), { force: true });
    throw error;
  }
}

/** Takes what is laid beside away. */
export function takePairAway(files: PairFiles): void {
  keepOne(files);
  rmSync(nextKeyFile(files), { force: true });
}

/** Has the one shown that is laid beside. */
export function putForward(files: PairFiles): void {
  rmSync(keyOfBefore(files), { force: true });
  linkSync(files.key, keyOfBefore(files));
  renameSync(nextKeyFile(files), files.key);
}

/** Has the one of before shown again, and lays the other one beside as it was. */
export function putPairBack(files: PairFiles): void {
  if (!existsSync(nextKeyFile(files))) linkSync(files.key, nextKeyFile(files));
  renameSync(keyOfBefore(files), files.key);
}

/** Takes out all but the pair that the key is of. */
export function keepOne(files: PairFiles): void {
  const { content, ...certificate } = readPlain(files.certificate);
  const { cert } = readPair(files);
  if (!cert.equals(content)) replaceFile(files.certificate, cert, certificate);
  rmSync(keyOfBefore(files), { force: true });
}
