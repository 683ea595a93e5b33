/** Lays the release file into a stack's folder, for the command that delivers it, and for who asks about its impact. */
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { digestsOf } from "../model/digest.ts";
import type { LoadedEnvironment } from "../model/load.ts";
import { releaseFileName, releaseFileText } from "../model/release-file.ts";

/** Writes the file of an environment's release, and removes those of earlier ones. */
export function writeReleaseFile(stackFolder: string, environment: LoadedEnvironment): void {
  const name = releaseFileName(digestsOf(environment.release).release);
  for (const other of readdirSync(stackFolder))
    if (/^release-.*\.json$/.test(other) && other !== name) rmSync(join(stackFolder, other));
  writeFileSync(join(stackFolder, name), releaseFileText(environment));
}
