/** `npm run bench [-- start synth …]`: prints the results as Markdown, and keeps them in bench/results/. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { machine, scale } from "./measure.mjs";

const all = [
  ...["start", "synth", "validate", "policy-tests", "apply", "review", "preflight"],
  ...[
    "scim",
    "large-group",
    "held",
    "access-file",
    "mercurial",
    "pushes",
    "ssh",
    "leaver",
    "alerts",
    "verify",
    "rotate",
    "day",
  ],
  // beside a build of another commit, which has to be there
  ...(process.env.HGSCIM_BENCH_BEFORE || process.argv.includes("mixed") ? ["mixed"] : []),
];
const chosen = process.argv.slice(2);
const unknown = chosen.find((name) => !all.includes(name));
if (unknown !== undefined) {
  console.error(`no benchmark "${unknown}" (expected one of ${all.join(", ")})`);
  process.exit(2);
}
for (const name of chosen.length > 0 ? chosen : all) {
  const { run, note = "" } = await import(`./${name}.mjs`);
  const rows = await run();
  const columns = ["what", "ours", "beside", "ratio", "goal"];
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const table = [
    line(columns),
    line(columns.map(() => "---")),
    ...rows.map((row) => line(columns.map((column) => row[column]))),
  ];
  const text = `${[`# ${name}`, machine(), note, table.join("\n")].filter(Boolean).join("\n\n")}\n`;
  if (scale === 1) writeFileSync(join(import.meta.dirname, "results", `${name}.md`), text);
  console.log(text);
}
