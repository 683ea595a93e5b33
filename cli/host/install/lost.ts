/** What of each repository's own hgrc no longer counts behind hgscim, as Mercurial itself reads it. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { z } from "zod";
import { packageFile } from "../../../model/package.ts";
import { fail, ok, type Result } from "../../../model/result.ts";

export const python = "/usr/bin/python3";

const Lost = z.strictObject({
  repository: z.string(),
  /** Names alone: a value may be a password. */
  lost: z.array(z.string()),
  /** Why its file cannot be read. */
  problem: z.string().optional(),
});
export type Lost = z.infer<typeof Lost>;

/**
 * Lists the repositories below a folder that lose something.
 *
 * @returns a sentence where the host's Python has no Mercurial, or cannot be run
 */
export function lostBelow(root: string): Result<Lost[], string> {
  if (!existsSync(root)) return ok([]);
  const { status, stdout, stderr, error } = spawnSync(python, ["-m", "hgscim_host.lost", root], {
    // -m looks for modules in the folder that it is started in
    cwd: packageFile("agent/mercurial"),
    env: { PATH: "/usr/bin:/bin", PYTHONDONTWRITEBYTECODE: "1", HGRCPATH: "", LANG: "C.UTF-8" },
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (status === 0)
    return ok(
      stdout
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => Lost.parse(JSON.parse(line))),
    );
  const why = error?.message ?? stderr.trim().split("\n").at(-1);
  return fail(
    `what the repositories' own settings are cannot be read by ${python}: ${why} (expected apt-get install mercurial)`,
  );
}
