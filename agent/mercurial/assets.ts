/**
 * Where the files lie that are not TypeScript: the Mercurial extension, the demonstration host, the access file's schema.
 * The compiler leaves them in the package's own `agent/mercurial/`, so that is where both the sources and `dist/` find them.
 */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The absolute path of a file of this folder that is no module: `access-schema.sql`, `hgscim.py` or `host.py`. */
export function asset(name: "access-schema.sql" | "hgscim.py" | "host.py"): string {
  return join(packageRoot(dirname(fileURLToPath(import.meta.url))), "agent", "mercurial", name);
}

function packageRoot(folder: string): string {
  if (existsSync(join(folder, "package.json"))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error("hgscim is not installed whole: its package.json is missing");
  return packageRoot(parent);
}
