/** Lays the release file into a stack's folder, for the command that delivers it, and for who asks about its impact. */
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ReleaseParts, releaseFileText } from "../model/release-file.ts";
import { releaseFileName } from "../model/release-file-name.ts";

/** Writes the file of an environment's release, and removes those of earlier ones. */
export function writeReleaseFile(stackFolder: string, parts: ReleaseParts, digest: string): void {
  const name = releaseFileName(digest);
  for (const other of readdirSync(stackFolder))
    if (/^release-.*\.json$/.test(other) && other !== name) rmSync(join(stackFolder, other));
  writeFileSync(join(stackFolder, name), releaseFileText(parts, digest));
}
