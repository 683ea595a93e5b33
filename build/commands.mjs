/** The commands, `hgscim-synth`, the threads that evaluate releases, and the library: each an entry, over chunks that they share. */
import { readdir, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { build } from "esbuild";
import { leaveOut } from "./leave-out.mjs";
import { place } from "./place.mjs";
import { root } from "./root.mjs";

/** Those that are run by their names. */
const programs = ["cli/main", "main"];
const entries = [...programs, "agent/evaluation/thread", "library/index"];

/** What is no file of ours to pack: native code, and what a program that uses the library shares with it. */
const external = ["libsql", "constructs", "@cdktf/provider-null", "esbuild"];

/** As an import Node would read all 380 files of it for their names first, which takes half as long again as running them. */
const cdktfByRequire = {
  name: "cdktf-by-require",
  setup(bundle) {
    bundle.onResolve({ filter: /^(cdktf|@cdktf\/provider-null\/.*)$/ }, ({ path, kind }) =>
      kind === "require-call" ? { path, external: true } : { path, namespace: "by-require" },
    );
    bundle.onLoad({ filter: /.*/, namespace: "by-require" }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
    }));
  },
};

/** Packages of CommonJS that are packed ask for Node's own modules by `require`, which a module lacks. */
const requireInModules = `import { createRequire as requireOf } from "node:module";const require = requireOf(import.meta.url);`;

/**
 * Makes them, and removes chunks of an earlier build; answers the files that were packed, by paths from the project's folder.
 *
 * @throws {Error} for what would be found missing by whoever comes to the line
 */
export async function buildCommands() {
  const { outputFiles, metafile } = await build({
    entryPoints: entries.map((entry) => `${entry}.ts`),
    outdir: "dist",
    outbase: ".",
    chunkNames: "chunks/[name]-[hash]",
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    platform: "node",
    target: "node20",
    format: "esm",
    external,
    banner: { js: requireInModules },
    absWorkingDir: root,
    plugins: [leaveOut, cdktfByRequire],
    logLevel: "warning",
  });
  checkLazyImports(metafile);
  const isProgram = (file) => programs.some((program) => file === join("dist", `${program}.js`));
  // what names a chunk comes behind it
  const chunksFirst = outputFiles
    .map(({ path, contents }) => ({ file: relative(root, path), path, contents }))
    .sort((one, other) => Number(!one.file.includes("chunks")) - Number(!other.file.includes("chunks")));
  for (const { file, path, contents } of chunksFirst)
    await place(path, contents, isProgram(file) ? 0o755 : 0o644);

  const made = new Set(chunksFirst.map(({ path }) => path));
  const chunks = join(root, "dist/chunks");
  for (const name of await readdir(chunks)) if (!made.has(join(chunks, name))) await rm(join(chunks, name));
  return Object.keys(metafile.inputs);
}

/** What is packed of CommonJS has a default export alone where it is imported lazily: `const { name } = await import()` finds nothing. */
function checkLazyImports({ inputs }) {
  for (const [file, { imports }] of Object.entries(inputs))
    for (const { kind, path } of imports)
      if (kind === "dynamic-import" && inputs[path]?.format === "cjs")
        throw new Error(
          `${file} imports ${path} lazily (expected a file of ours that imports it by name, imported lazily)`,
        );
}
