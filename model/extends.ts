/** An environment file with everything that it extends merged beneath it. */
import { readdir } from "node:fs/promises";
import { basename, dirname, isAbsolute, resolve } from "node:path";
import { type DocumentNode, merge } from "./document.ts";
import { nearest } from "./nearest.ts";
import type { Checked } from "./problem.ts";
import type { ProblemCode } from "./problem-codes.ts";
import { fail, ok } from "./result.ts";
import { displayName, readSource } from "./source.ts";
import { liesWithin } from "./within.ts";
import { parseText } from "./yaml.ts";

/** How many files may extend each other in a row. */
const maxFiles = 16;

/** Reads a file and all that it extends. Every value keeps the position where it was written. */
export async function readMerged(file: string): Promise<Checked<DocumentNode>> {
  const project = dirname(dirname(resolve(file)));
  if (!(await liesWithin(project, resolve(file))))
    return fail([
      {
        at: { file: displayName(file), line: 1, column: 1 },
        code: "unreadable-file",
        message: `a symbolic link that leads out of the project (expected a file beneath ${displayName(project)})`,
      },
    ]);
  const source = await readSource(file, displayName(file), () => noSuchFile(file));
  if (!source.ok) return source;
  return mergeBelow(source.value, [resolve(file)]);
}

/** @param files the file that the text is of, after those that led to it */
async function mergeBelow(text: string, files: readonly string[]): Promise<Checked<DocumentNode>> {
  const [first = "", file = first] = [files[0], files.at(-1)];
  const parsed = parseText(displayName(file), text);
  if (!parsed.ok) return parsed;
  const root = parsed.value;
  if (root.kind !== "map")
    return fail([
      {
        at: { ...root.at, line: 1, column: 1 },
        code: "wrong-type",
        message: `${contentOf(root)} (${expected})`,
      },
    ]);
  const base = root.entries.get("extends")?.node;
  if (!base) return parsed;

  const refuse = (message: string, code: ProblemCode = "extends-path") =>
    fail([{ at: base.at, code, message }]);
  const path = base.kind === "scalar" ? base.value : undefined;
  if (typeof path !== "string" || path === "")
    return refuse("extends names one file (expected a path such as ./shared/policy.yaml)");
  if (isAbsolute(path))
    return refuse("extends is an absolute path (expected one from here, such as ./shared/policy.yaml)");
  const target = resolve(dirname(file), path);
  // a reviewed file must not read what is not reviewed with it: /proc, another user's folder
  const project = dirname(dirname(first));
  if (!(await liesWithin(project, target)))
    return refuse(`extends leads out of the project (expected a file beneath ${displayName(project)})`);
  if (files.includes(target))
    return refuse(
      `extends goes in a circle: ${[...files, target].map(displayName).join(" → ")} (expected an end)`,
    );
  if (files.length >= maxFiles)
    return refuse(`more than ${maxFiles} files extend each other (expected less)`, "too-large");

  const source = await readSource(target, displayName(target), () => noSuchFile(target));
  if (!source.ok) {
    const [problem] = source.error;
    // what is wrong with the whole file is seen where it is named
    return problem?.at.line === 1 && problem.at.column === 1
      ? refuse(`extends "${path}": ${problem.message}`, problem.code)
      : source;
  }
  const below = await mergeBelow(source.value, [...files, target]);
  return below.ok ? ok(merge(below.value, root)) : below;
}

const expected = "expected an environment: a map with delivery, connectors, permissions, …";

function contentOf(root: DocumentNode): string {
  if (root.kind === "scalar" && root.value === null) return "an empty file";
  return root.kind === "list" ? "a list" : "a single value";
}

async function noSuchFile(file: string): Promise<string> {
  const beside = await readdir(dirname(file)).catch(() => undefined);
  if (!beside) return "no such file, nor its folder (expected an environment file)";
  const stem = basename(file).replace(/\.yaml$/, "");
  if (beside.includes(`${stem}.yml`))
    return `no such file, and ${stem}.yml is not read (expected its name to end in .yaml)`;
  const stems = beside.flatMap((name) => /^(.+)\.yaml$/.exec(name)?.[1] ?? []);
  const near = nearest(basename(file).replace(/\.ya?ml$/, ""), stems);
  return `no such file (expected an environment file${near === undefined ? "" : `, did you mean "${near}.yaml"?`})`;
}
