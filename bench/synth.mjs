/** Synthesis of an environment with many permission sets, whole process, beside node itself. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { makeEnvironment } from "./environment.mjs";
import { compare } from "./measure.mjs";

export async function run() {
  const rows = [];
  for (const sets of [1_000, 10_000]) {
    const folder = makeEnvironment(sets);
    const task = {
      command: [process.execPath, "dist/main.js"],
      env: { HGSCIM_ENVIRONMENTS: join(folder, "environments"), CDKTF_OUTDIR: join(folder, "cdktf.out") },
    };
    const { a, b, ratio } = await compare(task, { command: [process.execPath, "-e", "0"] }, 5);
    rmSync(folder, { recursive: true });
    rows.push({
      what: `synth of ${sets} permission sets`,
      ours: `${a.toFixed(2)} s`,
      beside: `node -e 0: ${(b * 1000).toFixed(0)} ms`,
      ratio: `${ratio.toFixed(0)} times`,
      goal: sets === 10_000 ? "under 2 s" : "",
    });
  }
  return rows;
}
