/**
 * Asks the extension that Mercurial loads on this host what it would answer, by its own code and the Python that `hg` runs with: a
 * process for all questions, which ends with them.
 */
import { spawn } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { packageFile } from "../../model/package.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import type { Milliseconds, Time } from "../../model/time.ts";
import type { AccessQuestion } from "../../policy/samples.ts";

export interface LookUp {
  /** The folder of the extension's package; where it is not said, where `host install` puts it, or this package's own. */
  readonly extension?: string | undefined;
  /** Access files: each must be one that it can go by, and the last one is asked. */
  readonly files: readonly string[];
  readonly environment: string;
  readonly now: Time;
  readonly questions: readonly AccessQuestion[];
  /** After which there is no answer. */
  readonly patience: Milliseconds;
}

/** What of the answers is not as the rules have it: a sentence each, which may name people. */
export type WrongAnswers = readonly string[];

const Answer = z.union([
  z.strictObject({ answers: z.array(z.tuple([z.boolean(), z.boolean(), z.array(z.boolean())])) }),
  z.strictObject({ unavailable: z.string() }),
  z.strictObject({ missing: z.string() }),
]);

const installed = "/usr/share/hgscim/hgscim";

/** Nothing of the agent's own surroundings: they have its secrets. */
const environment = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", LANG: "C.UTF-8" };

/**
 * Asks, and compares.
 *
 * @returns the wrong answers; or why there is none, as a sentence
 */
export async function lookUp(asked: LookUp): Promise<Result<WrongAnswers, string>> {
  const { files, questions, now, environment, patience } = asked;
  const folder =
    asked.extension ?? (existsSync(installed) ? installed : packageFile("agent/mercurial/hgscim"));
  const input = JSON.stringify({
    ...{ files, environment, now },
    questions: questions.map(({ account, repository, places }) => [
      account,
      repository,
      places.map(({ kind, name }) => [kind, name]),
    ]),
  });
  const ran = await runPython(folder, input, patience);
  if (!ran.ok) return ran;
  const read = Answer.safeParse(parsed(ran.value));
  if (!read.success) return fail(`the extension in ${folder} cannot be asked (expected one of this version)`);
  const answer = read.data;
  if ("missing" in answer) return fail(answer.missing);
  if ("unavailable" in answer)
    return ok([`the extension in ${folder} refuses everything: ${answer.unavailable}`]);
  return ok(questions.flatMap((question, n) => wrongIn(question, answer.answers[n])));
}

function wrongIn(
  { account, repository, read, write, places }: AccessQuestion,
  answer: readonly [boolean, boolean, readonly boolean[]] | undefined,
): string[] {
  const [reads, writes, pushes = []] = answer ?? [];
  const may = (right: string, found: boolean | undefined, expected: boolean) =>
    found === expected
      ? []
      : [`${account} ${expected ? "may" : "may not"} ${right}, and the extension says otherwise`];
  return [
    ...may(`read ${repository}`, reads, read),
    ...may(`write ${repository}`, writes, write),
    ...places.flatMap(({ kind, name, push }, n) =>
      may(`push to the ${kind} ${name} of ${repository}`, pushes[n], push),
    ),
  ];
}

/** The output of a run; the reason, as a sentence, where it did not come about or was not in time. */
function runPython(folder: string, input: string, patience: Milliseconds): Promise<Result<string, string>> {
  const program = packageFile("agent/mercurial/hgscim_host/questions.py");
  return new Promise((resolve) => {
    const python = spawn(pythonOfHg(), ["-IS", program, folder], {
      ...{
        cwd: "/",
        env: environment,
        timeout: patience,
        killSignal: "SIGKILL" as const,
      },
    });
    let [output, error] = ["", ""];
    python.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    python.stderr.setEncoding("utf8").on("data", (text: string) => {
      error = `${error}${text}`.slice(-2_000);
    });
    python.on("error", ({ message }) => resolve(fail(`Python cannot be started: ${message}`)));
    python.on("close", (code, signal) => {
      if (code === 0) return resolve(ok(output));
      const said = error.trim().split("\n").at(-1) ?? "";
      resolve(
        fail(signal ? "the extension did not answer in time" : `the extension cannot be asked: ${said}`),
      );
    });
    // one that has ended reads no more
    python.stdin.on("error", () => undefined);
    python.stdin.end(`${input}\n`);
  });
}

/** The Python of the first line of `hg`; the system's where that does not say it. */
function pythonOfHg(): string {
  const folders = environment.PATH.split(":");
  const hg = folders.map((folder) => join(folder, "hg")).find(isExecutable);
  const [, interpreter = "", argument = ""] = /^#!\s*(\S+)(?:\s+(\S+))?/.exec(beginningOf(hg)) ?? [];
  if (interpreter.endsWith("/env")) return argument || "python3";
  return /python[\d.]*$/.test(interpreter) ? interpreter : "/usr/bin/python3";
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function beginningOf(file: string | undefined): string {
  try {
    return file === undefined ? "" : readFileSync(file, "latin1").slice(0, 200);
  } catch {
    return "";
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
