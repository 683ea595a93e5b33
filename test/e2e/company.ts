/** The project of a company that uses hgscim: a folder of its own, with the package installed from its tarball. */
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { run } from "../cli/hgscim.ts";

export interface Company {
  readonly folder: string;
  /** The bytes of everything that was installed. */
  readonly installed: number;
  /** Installs again, with more lines in its `package.json` than that it uses hgscim. */
  install(lines: object): Promise<void>;
  /** The path of one of the package's programs. */
  bin(name: "hgscim" | "hgscim-synth"): string;
  remove(): void;
}

/** Packs what is built and installs it, on the condition that every package is made for this version of Node. */
export async function makeCompany(): Promise<Company> {
  const folder = mkdtempSync(join(tmpdir(), "hgscim-company-"));
  // nothing is built: others read dist/ meanwhile
  await succeed(["pack", "--ignore-scripts", "--silent", "--pack-destination", folder], resolve("."));
  const [tarball = ""] = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
  const install = async ({ dependencies = {}, ...lines }: { readonly dependencies?: object } = {}) => {
    const manifest = {
      ...{ name: "company", version: "1.0.0", private: true, type: "module" },
      dependencies: { hgscim: `file:${tarball}`, ...dependencies },
      ...lines,
    };
    writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
    await succeed(
      ["install", "--engine-strict", "--omit=dev", "--prefer-offline", "--no-audit", "--no-fund"],
      folder,
    );
  };
  await install();
  const modules = join(folder, "node_modules");
  return {
    folder,
    installed: sizeOf(modules),
    install,
    bin: (name) => join(modules, ".bin", name),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function succeed(args: readonly string[], cwd: string): Promise<void> {
  const { code, stdout, stderr } = await run("npm", [...args], { cwd });
  if (code !== 0) throw new Error(`npm ${args[0]} failed: ${stdout}${stderr}`);
}

function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => statSync(join(folder, name)))
    .reduce((size, file) => size + (file.isFile() ? file.size : 0), 0);
}
