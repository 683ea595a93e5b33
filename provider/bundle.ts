/**
 * Makes the provider that terraform installs: one executable file with everything in it, so that terraform's lock covers
 * what runs. The same sources give the same bytes on every machine.
 */
import { chmod, readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import { packageFile, version } from "../model/package.ts";

const folder = dirname(fileURLToPath(import.meta.url));
const file = join(folder, "terraform-provider-hgscim");
// whole or not at all: somebody may be reading the file of the last build
const unfinished = `${file}.${process.pid}`;

// Parsing is a third of a start, and terraform starts the file several times in each run: what never runs stays out.
// zod's messages in forty languages, and the reader of .proto files that only gRPC's own diagnostics use.
const leaveOut: Plugin = {
  name: "leave-out",
  setup(bundle) {
    const unused = /\/zod\/v4\/locales\/index\.js$|\/@grpc\/proto-loader\/.*\.js$/;
    bundle.onLoad({ filter: unused }, () => ({ contents: "" }));
    // releases come here from the agent, which has checked the patterns and schedules in them
    bundle.onLoad({ filter: /\/model\/(regular-expression|cron)\.js$/ }, () => ({
      contents: `
        const fine = () => undefined;
        const any = () => () => true;
        export { fine as patternProblem, any as wholeMatch, fine as cronProblem };`,
    }));
    // the file is alone where it runs, and no package.json is its own
    bundle.onLoad({ filter: /\/model\/package\.js$/ }, () => ({
      contents: `export const version = ${JSON.stringify(version)};`,
    }));
  },
};

const { engines } = JSON.parse(await readFile(packageFile("package.json"), "utf8")) as {
  engines: { node: string };
};
const needed = `The provider hgscim needs Node.js ${engines.node.replace(">=", "")} or later`;

// A shell and Node each read what is theirs of the first lines. Terraform shows of a provider that does not come up the
// first line that it prints, and nothing that it writes to stderr.
const header = `#!/bin/sh
":" //; command -v node >/dev/null || { echo "${needed}, and there is no node on the PATH."; exit 1; }; exec node "$0" "$@"
if(!process.getBuiltinModule){console.log("${needed}, and node on the PATH is "+process.version+".");process.exit(1)}
var require=process.getBuiltinModule;`;

await build({
  entryPoints: [join(folder, "main.js")],
  outfile: unfinished,
  bundle: true,
  platform: "node",
  target: "node20",
  minify: true,
  legalComments: "eof",
  // paths in the output are relative to this one
  absWorkingDir: folder,
  // the file has no extension, so the nearest package.json decides how Node reads it: it must be right either way
  format: "iife",
  banner: { js: header },
  plugins: [leaveOut],
  logLevel: "warning",
});
await chmod(unfinished, 0o755);
await rename(unfinished, file);
