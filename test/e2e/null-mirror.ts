/** A filesystem mirror with the stand-in for `hashicorp/null`, and the terraform configuration that points at it. */
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

/** The version that `@cdktf/provider-null` asks for. */
const version = "3.2.4";

/**
 * Makes the mirror in a folder.
 *
 * @returns the file for `TF_CLI_CONFIG_FILE`
 * @see https://developer.hashicorp.com/terraform/cli/config/config-file#filesystem_mirror
 */
export async function makeNullMirror(folder: string): Promise<string> {
  const mirror = join(folder, "mirror");
  const platform = `${process.platform}_${process.arch === "x64" ? "amd64" : process.arch}`;
  const file = join(
    mirror,
    `registry.terraform.io/hashicorp/null/${version}/${platform}/terraform-provider-null_v${version}`,
  );
  await build({
    entryPoints: [join(import.meta.dirname, "null-provider.ts")],
    outfile: file,
    bundle: true,
    platform: "node",
    format: "cjs",
    minify: true,
    banner: { js: "#!/usr/bin/env node" },
  });
  chmodSync(file, 0o755);
  const configuration = join(folder, "terraform.rc");
  writeFileSync(
    configuration,
    `provider_installation {\n  filesystem_mirror {\n    path = ${JSON.stringify(mirror)}\n  }\n}\n`,
  );
  return configuration;
}
