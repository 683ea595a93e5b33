/** `dist/THIRD-PARTY.md`: of each package that is packed into a file of ours its licence, as the licences ask. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { place } from "./place.mjs";
import { root } from "./root.mjs";

const folderOfPackage = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/;
const licenseFile = /^(licen[cs]e|copying|notice)([.-].*)?$/i;

/** Writes it for the packages that these files are of. */
export async function writeLicenses(files) {
  const folders = new Set(files.flatMap((file) => folderOfPackage.exec(file)?.[0] ?? []));
  const parts = await Promise.all([...folders].map(partOf));
  const text = parts.sort(([one], [other]) => (one < other ? -1 : 1)).map(([, part]) => part);
  await place(join(root, "dist/THIRD-PARTY.md"), `# Packages in hgscim's files\n\n${text.join("\n")}`);
}

/** Name and version of a package, and what is written of it. */
async function partOf(folder) {
  const at = join(root, folder);
  const { name, version, license, author } = JSON.parse(await readFile(join(at, "package.json"), "utf8"));
  const names = (await readdir(at)).filter((file) => licenseFile.test(file)).sort();
  const texts = await Promise.all(names.map((file) => readFile(join(at, file), "utf8")));
  if (texts.length === 0)
    texts.push(`By ${author?.name ?? author}. The package holds no text of its licence.`);
  const heading = `${name} ${version}`;
  return [heading, `## ${heading}: ${license}\n\n\`\`\`text\n${texts.join("\n").trim()}\n\`\`\`\n`];
}
