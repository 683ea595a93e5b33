/** What the installation has written: by it a file is known that nobody has changed since, and a repeat needs no options. */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { version } from "../../../model/package.ts";
import { fail, ok, type Result } from "../../../model/result.ts";
import { systemReason } from "../../../model/system-error.ts";
import { replaceFile } from "./replace-file.ts";
import { Settings } from "./settings.ts";

export const manifestPath = "/etc/hgscim/installed.json";

const Manifest = z.strictObject({
  version: z.string(),
  settings: Settings,
  /** The SHA-256 of the text that each file was given, or was laid beside it. */
  files: z.record(z.string(), z.string()),
});
export type Manifest = z.infer<typeof Manifest>;

/**
 * Reads the manifest; undefined where nothing is installed.
 *
 * @returns a sentence where it cannot be read
 */
export function readManifest(file: string): Result<Manifest | undefined, string> {
  try {
    return ok(Manifest.parse(JSON.parse(readFileSync(file, "utf8"))));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return ok(undefined);
    const isText = error instanceof SyntaxError || error instanceof z.ZodError;
    const why = isText ? "it is not what the installation has written" : systemReason(error);
    return fail(
      `${file}: ${why} (expected it as it was, or no such file: then each file that is there is kept)`,
    );
  }
}

export function writeManifest(
  file: string,
  settings: Settings,
  files: Readonly<Record<string, string>>,
): void {
  const manifest: Manifest = { version, settings, files };
  replaceFile(file, Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`), { mode: 0o644 });
}
