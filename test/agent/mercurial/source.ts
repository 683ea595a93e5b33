/**
 * Mercurial's sources and the packages of its evolve extension, as Debian has them: other versions than the machine's
 * run from there, in pure Python. They are GPL-2.0-or-later and no part of the project. Run as a program, this gets
 * those that `npm test` wants.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Mercurial } from "../../../cli/quickstart/host/mercurial.ts";
import { packageFile } from "../../../model/package.ts";

const pool = "http://deb.debian.org/debian/pool/main/m";
const cache = packageFile("node_modules/.cache/hgscim-sources");
const helper = "/usr/lib/apt/apt-helper";

/** Each archive in the pool with its SHA-256, from the lists that Debian signs (`Sources` and `Packages` of a suite). */
const archives = {
  // Debian 12
  "mercurial 6.3.2": [
    "mercurial/mercurial_6.3.2.orig.tar.gz",
    "cfe6eeb5dd893ab32c0b79c1531aac420773e0fc837a35db3d4d92703df45a98",
  ],
  "evolve 10.5.3": [
    "mercurial-evolve/mercurial-evolve_10.5.3-4_all.deb",
    "849f16572c84d1bfca658e1891ca2d532a6483bc7a96127822233fa1f4100101",
  ],
  // Debian 13
  "mercurial 7.0.1": [
    "mercurial/mercurial_7.0.1.orig.tar.gz",
    "0f4cde42ec6c15f7ff93d421e7a842fdb30ee7951b1dbc4aacaac06eac764b48",
  ],
  // testing and unstable, which keep a version only until the next one is there
  "mercurial 7.2.4": [
    "mercurial/mercurial_7.2.4.orig.tar.gz",
    "85839e0f39e6cb893a88932aa36ef661759f3c5c5de4551ad26bd9df53cb71a2",
  ],
  "evolve 11.1.9": [
    "mercurial-evolve/mercurial-evolve_11.1.9-2_all.deb",
    "376986273ea47dd75a93c9d3565b02feb4ee2ae6ba28673e38501099a0b41532",
  ],
} as const;

/** The name and version of an archive. */
export type Archive = keyof typeof archives;

/** What `npm test` wants besides the machine's Mercurial: all of it is in a release of Debian, and stays there. */
const wanted: readonly Archive[] = ["mercurial 7.0.1", "evolve 10.5.3"];

/**
 * The folder of an archive, unpacked; got from Debian where it is not there yet.
 *
 * @throws where it cannot be had, with the line that gets it
 */
export function unpacked(name: Archive): string {
  const folder = join(cache, name.replace(" ", "-"));
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  // several tests may be at it at once
  const own = mkdtempSync(join(cache, "new-"));
  try {
    const file = archive(name, own);
    const source = join(own, "source");
    mkdirSync(source);
    if (file.endsWith(".deb")) run("dpkg-deb", "-x", file, source);
    else run("tar", "-xzf", file, "-C", source, "--strip-components=1");
    if (existsSync(join(source, "hg"))) addPrograms(source);
    // the tests' clients write no bytecode, and would compile everything again each time
    run(python, "-m", "compileall", "-q", "-j2", source, "-x", "/(contrib|doc|i18n|rust|tests)/");
    if (!existsSync(folder)) renameSync(source, folder);
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
  return folder;
}

/** A version of Mercurial that runs from its source. */
export function sourceMercurial(version: "6.3.2" | "7.0.1" | "7.2.4"): Mercurial {
  const folder = unpacked(`mercurial ${version}`);
  return { hg: join(folder, "run-hg"), version, python: join(folder, "run-python") };
}

/** Where an extension of the package lies, for a line `NAME = …` of `[extensions]`. */
export function evolveExtension(version: "10.5.3" | "11.1.9", name: "evolve" | "topic"): string {
  return join(unpacked(`evolve ${version}`), "usr/lib/python3/dist-packages/hgext3rd", name);
}

// the interpreter of Debian's Mercurial: another one may lack sqlite3
const python = "/usr/bin/python3";

/** A source's hg, and a Python that imports its modules before those of the machine's Mercurial. */
function addPrograms(source: string): void {
  const program = (name: string, text: string) =>
    writeFileSync(join(source, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's own, the folder that the program is in
  const here = "${0%/*}";
  program(
    "run-python",
    `HGMODULEPOLICY=py PYTHONPATH="${here}\${PYTHONPATH:+:$PYTHONPATH}" exec ${python} "$@"`,
  );
  program("run-hg", `exec "${here}/run-python" "${here}/hg" "$@"`);
}

/** A checked archive, which may have been put into the cache by hand. */
function archive(name: Archive, own: string): string {
  const [path, digest] = archives[name];
  const kept = join(cache, basename(path));
  if (!existsSync(kept)) {
    const got = join(own, "archive");
    const { status } = spawnSync(helper, ["download-file", `${pool}/${path}`, got, `SHA256:${digest}`]);
    if (status !== 0)
      throw new Error(`Debian does not give ${name}; to bring it by hand: curl -fo ${kept} ${pool}/${path}`);
    renameSync(got, kept);
  }
  const found = createHash("sha256").update(readFileSync(kept)).digest("hex");
  if (found !== digest) throw new Error(`${kept} is not what Debian has: its SHA-256 is ${found}`);
  return kept;
}

function run(command: string, ...args: string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${error?.message ?? stderr}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    for (const name of wanted) console.log(`${name}: ${unpacked(name)}`);
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
