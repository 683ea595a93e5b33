/** The package that this code is part of, whether it runs from its sources or from `dist/`. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of package.json. */
export const packageFolder = folderWith("package.json", dirname(fileURLToPath(import.meta.url)));

/** The absolute path of a file that the compiler leaves where it is, such as `agent/mercurial/access-schema.sql`. */
export function packageFile(path: string): string {
  return join(packageFolder, path);
}

/** The version of the project, and of its provider. */
export const version = (
  JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8")) as { version: string }
).version;

function folderWith(file: string, folder: string): string {
  if (existsSync(join(folder, file))) return folder;
  if (dirname(folder) === folder) throw new Error(`no ${file} above ${import.meta.url}`);
  return folderWith(file, dirname(folder));
}
