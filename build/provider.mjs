/**
 * Makes the provider that terraform installs: one executable file with everything in it, so that terraform's lock covers
 * what runs.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { leaveOut } from "./leave-out.mjs";
import { place } from "./place.mjs";
import { root } from "./root.mjs";

const { version, engines } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));

/** @type {import("esbuild").Plugin} */
const alone = {
  name: "alone",
  setup(bundle) {
    // releases come here from the agent, which has checked the patterns and schedules in them
    bundle.onLoad({ filter: /\/model\/(regular-expression|cron)\.ts$/ }, () => ({
      contents: `
        const fine = () => undefined;
        const any = () => () => true;
        export { fine as patternProblem, any as wholeMatch, fine as cronProblem };`,
    }));
    // the file is alone where it runs, and no package.json is its own
    bundle.onLoad({ filter: /\/model\/package\.ts$/ }, () => ({
      contents: `export const version = ${JSON.stringify(version)};`,
    }));
  },
};

const needed = `The provider hgscim needs Node.js ${engines.node.replace(">=", "")} or later`;

// A shell and Node each read what is theirs of the first lines. Terraform shows of a provider that does not come up the
// first line that it prints, and nothing that it writes to stderr.
const header = `#!/bin/sh
":" //; command -v node >/dev/null || { echo "${needed}, and there is no node on the PATH."; exit 1; }; exec node "$0" "$@"
if(!process.getBuiltinModule){console.log("${needed}, and node on the PATH is "+process.version+".");process.exit(1)}
var require=process.getBuiltinModule;`;

/** Makes it; answers the files that were packed, by paths from the project's folder. */
export async function buildProvider() {
  const { outputFiles, metafile } = await build({
    entryPoints: ["provider/main.ts"],
    bundle: true,
    write: false,
    metafile: true,
    platform: "node",
    target: "node20",
    minify: true,
    legalComments: "eof",
    absWorkingDir: root,
    // the file has no extension, so the nearest package.json decides how Node reads it: it must be right either way
    format: "iife",
    banner: { js: header },
    plugins: [leaveOut, alone],
    logLevel: "warning",
  });
  await place(join(root, "dist/provider/terraform-provider-hgscim"), outputFiles[0].contents, 0o755);
  return Object.keys(metafile.inputs);
}
