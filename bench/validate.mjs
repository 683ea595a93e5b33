/** Validation of large environments, whole process, beside the YAML library's own parse of the same file. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { makeEnvironment } from "./environment.mjs";
import { compare, resources } from "./measure.mjs";

const goals = {
  1000: "under 1 s",
  10000: "under 3 s and 512 MiB",
};

export async function run() {
  const rows = [];
  const work = {};
  for (const sets of [1_000, 10_000]) {
    const folder = makeEnvironment(sets, withConstraints);
    const file = join(folder, "environments/local.yaml");
    const ours = { command: [process.execPath, "dist/cli/main.js", "validate", file] };
    const parse = `require("yaml").parse(require("fs").readFileSync(${JSON.stringify(file)}, "utf8"))`;
    const { a, b, ratio } = await compare(ours, { command: [process.execPath, "-e", parse] }, 5);
    const { memory, cpu } = await resources(ours);
    rmSync(folder, { recursive: true });
    work[sets] = cpu;
    rows.push({
      what: `validate ${sets} permission sets and 100 constraints`,
      ours: `${a.toFixed(2)} s, ${(memory / 1024 / 1024).toFixed(0)} MiB`,
      beside: `yaml parses it, unchecked: ${b.toFixed(2)} s`,
      ratio: `${ratio.toFixed(1)} times`,
      goal: goals[sets],
    });
  }
  rows.push({
    what: "ten times the sets",
    ours: `${work[10_000].toFixed(2)} s of processor time`,
    beside: `1,000 sets: ${work[1_000].toFixed(2)} s`,
    ratio: `${(work[10_000] / work[1_000]).toFixed(1)} times the work`,
    goal: "at most 12 times",
  });
  return rows;
}

/** A hundred constraints, each with its own expression. */
function withConstraints(text) {
  const lines = Array.from(
    { length: 100 },
    (_, i) =>
      `  name-${i}:\n    on: [user.create, user.update]\n    require: user.userName.size() > ${i % 3} && !user.userName.startsWith("reserved-${i}")\n`,
  );
  return `${text}\nconstraints:\n${lines.join("")}`;
}
