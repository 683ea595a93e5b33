/** A past release as an environment file again: written only when it reads back as the very same release. */
import { existsSync } from "node:fs";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { StoredRelease } from "../../api/contract.ts";
import { digestsOf } from "../../model/digest.ts";
import { loadEnvironment } from "../../model/load.ts";
import { formatProblem } from "../../model/problem.ts";
import { systemReason } from "../../model/system-error.ts";
import { describeRelease, holdsEdits, shortDigest } from "../../report/release.ts";
import type { Reached } from "../agent-client.ts";
import { isCommitted } from "./committed.ts";
import { environmentText } from "./text.ts";

/** Replaces the environment's file; returns the exit code. Edits that no revision holds are kept unless `force`. */
export async function restoreText(
  { environment: { name, file, release } }: Reached,
  target: StoredRelease,
  { force }: { readonly force: boolean },
): Promise<number> {
  if (digestsOf(release).release === target.digest) {
    process.stdout.write(`${file} says ${describeRelease(target)} already.\n`);
    return 0;
  }
  const text = environmentText(target);
  const failure = await difference(name, text, target.digest);
  if (failure !== undefined) {
    process.stderr.write(`${describeRelease(target)} cannot be written as text: ${failure}\n`);
    return 1;
  }
  if (!force && existsSync(file) && !(await isCommitted(file))) {
    process.stderr.write(
      `${file} holds what no revision does (expected it to be committed, or --force to lose it)\n`,
    );
    return 1;
  }
  const unfinished = join(dirname(file), `.${name}.${process.pid}`);
  try {
    await writeFile(unfinished, text);
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    process.stderr.write(`${file} cannot be written: ${systemReason(error)}\n`);
    return 1;
  }
  process.stdout.write(
    [
      `${file} is ${describeRelease(target)}.`,
      "It stands alone: what it extended is part of it now, and comments and the description are gone.",
      ...(target.origin.revision === undefined || holdsEdits(target.origin.revision)
        ? []
        : [
            "The text that people wrote is in that revision of the project: take it from there when you can.",
          ]),
      `Review it, then: hgscim plan ${name}, hgscim deploy ${name}`,
      "",
    ].join("\n"),
  );
  return 0;
}

/** Why the text is not the release with this digest; undefined when it is. */
async function difference(name: string, text: string, digest: string): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "hgscim-rollback-"));
  try {
    const file = join(folder, `${name}.yaml`);
    await writeFile(file, text);
    const loaded = await loadEnvironment(file);
    if (!loaded.ok) {
      const [first] = loaded.error;
      return first
        ? formatProblem({ ...first, at: { ...first.at, file: `${name}.yaml` } })
        : "it is not valid";
    }
    const found = digestsOf(loaded.value.release).release;
    return found === digest
      ? undefined
      : `this version of hgscim reads it as release ${shortDigest(found)}, since the language has grown meanwhile`;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
