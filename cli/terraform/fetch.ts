/** Terraform into the project's folder: what its maker published by the checksum that is pinned, or nothing. */
import { createHash, randomBytes } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isLoopback } from "../../model/environment/common.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { systemReason } from "../../model/system-error.ts";
import { platform } from "../../stacks/plugin-folder.ts";
import { removeLeftBehind } from "../left-behind.ts";
import { download } from "./download.ts";
import type { PinnedTerraform } from "./pinned.ts";
import { fileInZip } from "./zip.ts";

const maker = "https://releases.hashicorp.com";

/** One archive: where it is, what it must be, and where its program goes. */
export interface TerraformArchive {
  readonly url: URL;
  readonly checksum: string;
  /** The program, as a path from the project's folder. */
  readonly program: string;
}

/** Where the program of a version lies in a project, as a path from its folder. */
export function programFile(version: string): string {
  return join(".hgscim", "terraform", version, "terraform");
}

/**
 * Names the archive for this machine.
 *
 * @param mirror the address that stands in the place of the maker's, with the same paths below it
 * @returns why there is none, as a sentence
 */
export function archiveOf(
  { version, checksums }: PinnedTerraform,
  mirror: string | undefined,
): Result<TerraformArchive, string> {
  const checksum = checksums[platform()];
  if (checksum === undefined)
    return fail(
      `Terraform ${version} is not fetched for ${platform()} (expected ${Object.keys(checksums).join(", ")})`,
    );
  const base = mirror || maker;
  const address = `${base.replace(/\/+$/, "")}/terraform/${version}/terraform_${version}_${platform()}.zip`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  // it may hold a password, so it is not repeated
  if (!url || !isFetchedFrom(url))
    return fail("HGSCIM_TERRAFORM_MIRROR is no address to fetch from (expected https://host/path)");
  return ok({ url, checksum, program: programFile(version) });
}

function isFetchedFrom({ protocol, hostname, username, password }: URL): boolean {
  if (username || password) return false;
  return protocol === "https:" || (protocol === "http:" && isLoopback(hostname));
}

/** The line that does the same without this program. */
export function lineByHand({ url, checksum, program }: TerraformArchive): string {
  const file = basename(url.pathname);
  const folder = dirname(program);
  const check = process.platform === "darwin" ? "shasum -a 256 -c" : "sha256sum -c";
  return `(mkdir -p ${folder} && cd ${folder} && curl -fLO ${url} && echo "${checksum}  ${file}" | ${check} && unzip -o ${file} terraform && rm ${file})`;
}

/**
 * Downloads the archive, compares its checksum, and puts its program into the project's folder: under its name it is whole.
 *
 * @returns why it is not there, as a sentence; then nothing is left behind
 */
export async function fetchTerraform(
  { url, checksum, program }: TerraformArchive,
  projectFolder = ".",
): Promise<Result<void, string>> {
  const archive = await download(url);
  if (!archive.ok) return archive;
  const found = createHash("sha256").update(archive.value).digest("hex");
  if (found !== checksum)
    return fail(`${url.host}: what it sends has the SHA-256 ${found} (expected ${checksum})`);
  const content = fileInZip(archive.value, "terraform");
  if (!content) return fail(`${url.host}: there is no terraform in its archive`);

  const file = join(projectFolder, program);
  const unfinished = `${file}.${process.pid}.${randomBytes(4).toString("hex")}`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await removeLeftBehind(dirname(file), /^terraform\.(\d+)\.[0-9a-f]+$/);
    await writeFile(unfinished, content, { mode: 0o755, flag: "wx" });
    await rename(unfinished, file);
    return ok(undefined);
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => undefined);
    return fail(`${file} cannot be written: ${systemReason(error)}`);
  }
}
