/**
 * Lays the provider into a stack's folder, where terraform finds it without a registry, and locks it, so that what runs
 * is what was laid there and plain `cdktf plan` needs no network.
 *
 * Source: Terraform, "Provider Installation", implied local mirror directories; "Dependency Lock File", checksums.
 */
import { createHash } from "node:crypto";
import {
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { packageFolder, version } from "../model/package.ts";
import { providerSource } from "./hgscim-provider.ts";
import { platform, pluginFolder } from "./plugin-folder.ts";

/** The file's name as terraform wants it; `provider/bundle.ts` makes it. */
const fileName = "terraform-provider-hgscim";

/** Where the file lies. It is a script, the same for every system: the others lead there, so that any of them runs the stack. */
const home = "linux_amd64";
const others = new Set(
  ["linux_arm64", "darwin_amd64", "darwin_arm64", platform()].filter((one) => one !== home),
);

/**
 * Installs the bundled provider into the folder of a synthesized stack. What is there already stays untouched.
 *
 * @throws {Error} when the provider was not bundled
 */
export function installProvider(stackFolder: string): void {
  const bundle = join(packageFolder, "dist", "provider", fileName);
  const content = readIfThere(bundle);
  if (!content) throw new Error(`${bundle} is missing (expected \`npm run build\` to have made it)`);
  const packages = join(stackFolder, pluginFolder, providerSource, version);
  const file = join(packages, home, fileName);
  // whole or not at all, since terraform may be starting it; and not beside it, since the lock is over its folder
  const unfinished = join(stackFolder, `${fileName}.${process.pid}`);
  if (!readIfThere(file)?.equals(content)) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(unfinished, content, { mode: 0o755 });
    renameSync(unfinished, file);
  }
  for (const other of others) linkTo(home, join(packages, other), unfinished);
  const lock = lockFile(content);
  const lockPath = join(stackFolder, ".terraform.lock.hcl");
  if (readIfThere(lockPath)?.toString() !== lock) writeFileSync(lockPath, lock);
}

/** Makes a link, by way of one of another name, so that there is one at every moment. */
function linkTo(target: string, link: string, unfinished: string): void {
  const there = lstatSync(link, { throwIfNoEntry: false });
  if (there?.isSymbolicLink() && readlinkSync(link) === target) return;
  // a folder of before there were links
  if (there?.isDirectory()) rmSync(link, { recursive: true });
  symlinkSync(target, unfinished);
  renameSync(unfinished, link);
}

/** As terraform itself would write it. */
function lockFile(content: Buffer): string {
  const sha256 = (data: string | Buffer) => createHash("sha256").update(data);
  // h1: the hash over the names and hashes of all files of the package, which is one (golang.org/x/mod/sumdb/dirhash)
  const h1 = sha256(`${sha256(content).digest("hex")}  ${fileName}\n`).digest("base64");
  return `# Written at synthesis: the provider that this project brings along.

provider "${providerSource}" {
  version     = "${version}"
  constraints = "${version}"
  hashes = [
    "h1:${h1}",
  ]
}
`;
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}
