/** A folder with an environment of so many permission sets, for the benchmarks. */
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Makes `environments/local.yaml` with `sets` permission sets besides its own; answers the project's folder. */
export function makeEnvironment(sets, edit = (text) => text) {
  const folder = mkdtempSync(join(tmpdir(), "hgscim-bench-"));
  cpSync("environments/shared", join(folder, "environments/shared"), { recursive: true });
  const lines = Array.from(
    { length: sets },
    (_, i) =>
      `  set-${i}:\n    repositories: ["team-${i}/**"]\n    read: [engineering]\n    write: [core-team]\n`,
  );
  const base = edit(readFileSync("environments/local.yaml", "utf8"));
  writeFileSync(join(folder, "environments/local.yaml"), `${base}\npermissions:\n${lines.join("")}`);
  return folder;
}
