/** The program of the threads that evaluate releases. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { packageFile } from "../../model/package.ts";

let made: Promise<URL> | undefined;

/** Its file: the one of the build, or from the sources, as in tests, one bundled for this process, since node reads no types. */
export function threadProgram(): Promise<URL> {
  const own = import.meta.url;
  made ??= own.endsWith(".ts")
    ? bundled(new URL("./thread.ts", own))
    : Promise.resolve(pathToFileURL(packageFile("dist/agent/evaluation/thread.js")));
  return made;
}

async function bundled(source: URL): Promise<URL> {
  const { build } = await import("esbuild");
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(source)],
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    write: false,
  });
  const file = packageFile(`node_modules/.cache/hgscim/thread-${process.pid}.mjs`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, outputFiles[0]?.text ?? "");
  return pathToFileURL(file);
}
