/** How long the command line and the provider take to start, beside node itself. */
import { compare } from "./measure.mjs";

const nothing = { command: [process.execPath, "-e", "0"] };

export async function run() {
  const validate = await compare(
    { command: [process.execPath, "dist/cli/main.js", "validate", "local"] },
    nothing,
    15,
  );
  const provider = await compare(
    {
      command: ["dist/provider/terraform-provider-hgscim"],
      env: { TF_PLUGIN_MAGIC_COOKIE: "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2" },
      until: (output) => output.includes("|grpc|"),
    },
    nothing,
    15,
  );
  return [
    ["hgscim validate local", validate, "at most 6"],
    ["provider ready", provider, "at most 3"],
  ].map(([what, { a, b, ratio }, goal]) => ({
    what,
    ours: `${(a * 1000).toFixed(0)} ms`,
    beside: `node -e 0: ${(b * 1000).toFixed(0)} ms`,
    ratio: `${ratio.toFixed(1)} times`,
    goal: `${goal} times`,
  }));
}
