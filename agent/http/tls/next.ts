/**
 * The next certificate of a listener, laid beside the present one: it stands behind that in the same file, so that whoever trusts what the
 * file holds trusts both, and its key waits beside the present key. One rename, of that key, has it shown.
 */
import { existsSync, statSync } from "node:fs";
import type { Time } from "../../../model/time.ts";
import { type Pair, type PairFiles, readPair } from "./pair.ts";

/** Where the key of the next certificate waits. */
export function nextKeyFile({ key }: PairFiles): string {
  return `${key}.hgscim-new`;
}

/** The pair that waits, and since when; undefined where none does, or only half of one. */
export function laidBeside(files: PairFiles): { readonly pair: Pair; readonly since: Time } | undefined {
  const key = nextKeyFile(files);
  if (!existsSync(key)) return undefined;
  try {
    return { pair: readPair({ ...files, key }), since: Math.floor(statSync(key).mtimeMs) };
  } catch {
    return undefined;
  }
}
