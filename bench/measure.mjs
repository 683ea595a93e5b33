/** Whole processes, timed from outside: several runs in turn with what they are compared with, medians, and the ratio. */
import { spawn } from "node:child_process";
import { cpus, totalmem } from "node:os";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * Seconds that a command takes, from its start until it ends, or until `until` says that its output is enough.
 *
 * @param {{ command: string[], env?: object, cwd?: string, until?: (output: string) => boolean }} task
 */
export function time({ command: [program, ...args], env = {}, cwd, until }) {
  const start = process.hrtime.bigint();
  return new Promise((done, reject) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    let seconds;
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk) => {
        output += chunk;
        if (seconds !== undefined || !until?.(output)) return;
        seconds = since(start);
        child.kill();
      });
    child.once("error", reject);
    child.once("close", (code) => {
      if (seconds === undefined && (code !== 0 || until))
        reject(new Error(`${program} ${args.join(" ")}: ${output}`));
      else done(seconds ?? since(start));
    });
  });
}

/** Runs both in turn, A B A B …, after one run of each that does not count; the ratio is that of the medians. */
export async function compare(a, b, runs) {
  const times = { a: [], b: [] };
  for (let run = -1; run < runs; run++)
    for (const [name, task] of Object.entries({ a, b })) {
      const seconds = await time(task);
      if (run >= 0) times[name].push(seconds);
    }
  return { a: median(times.a), b: median(times.b), ratio: median(times.a) / median(times.b) };
}

/** The most memory that a Node program held, in bytes, and the processor time that it took, in seconds. */
export async function resources({ command: [program, ...args], env = {}, cwd }) {
  const tell = `process.on("exit", () => { const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
    require("node:fs").writeSync(2, "\\nused " + JSON.stringify({ memory: maxRSS * 1024, cpu: (userCPUTime + systemCPUTime) / 1e6 })); })`;
  const hook = `data:text/javascript,import { createRequire } from "node:module"; const require = createRequire("file:///"); ${tell}`;
  const child = spawn(program, ["--import", hook, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let output = "";
  for await (const chunk of child.stderr) output += chunk;
  return JSON.parse(/\nused (.*)$/.exec(output)?.[1] ?? "null");
}

/** The value that this part of all values is below: 0.5 is the median. */
export function quantile(values, part) {
  const sorted = [...values].sort((x, y) => x - y);
  return sorted[Math.min(Math.floor(sorted.length * part), sorted.length - 1)];
}

const median = (values) => quantile(values, 0.5);

/** A module of what is measured, as it is built: `model/load.js`; of another build, by its folder. */
export const built = (file, build = ".") => import(pathToFileURL(resolve(build, "dist", file)).href);

/** How much of its full size a benchmark of servers has; less than 1 is a trial, whose results are not kept. */
export const scale = Number(process.env.HGSCIM_BENCH_SCALE ?? 1);

/** The machine, as a result has to name it. */
export function machine() {
  const [cpu] = cpus();
  return `${cpus().length} × ${cpu?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`;
}

function since(start) {
  return Number(process.hrtime.bigint() - start) / 1e9;
}
