/**
 * From the name of an environment file to its release: read, merge `extends`, check against the schema, check the
 * parts against each other. Every problem of every step comes back with its position; nothing throws.
 */
import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { checkEnvironment, type Locate } from "./check.ts";
import { type DocumentNode, keyAt, merge, nodeAt, parseText } from "./document.ts";
import { Environment, Name } from "./environment.ts";
import { hint } from "./nearest.ts";
import { parseAgainst } from "./parse.ts";
import { type Checked, formatPosition, inReadingOrder, type Position, type Problem } from "./problem.ts";
import { type Release, toRelease } from "./release.ts";

/** Where each entry of a release was written, `permissions.core` → `environments/local.yaml:41:3`. */
export type Sources = Readonly<Record<string, string>>;

export interface LoadedEnvironment {
  readonly name: string;
  readonly file: string;
  readonly release: Release;
  readonly sources: Sources;
}

/** The paths of the environment files of a folder, in the order of their names; `shared/` and `tests/` are not among them. */
export async function environmentFiles(folder: string): Promise<Checked<string[]>> {
  try {
    const names = await readdir(folder);
    return {
      ok: true,
      value: names
        .filter((name) => name.endsWith(".yaml"))
        .sort()
        .map((name) => join(folder, name)),
    };
  } catch {
    return failed(
      { file: folder, line: 1, column: 1 },
      "no such folder (expected one with an environment in each .yaml file)",
    );
  }
}

/** Loads and validates one environment file. Its name without `.yaml` is the environment's name. */
export async function loadEnvironment(file: string): Promise<Checked<LoadedEnvironment>> {
  const shown = displayName(file);
  const name = basename(file).replace(/\.ya?ml$/, "");
  if (!Name.safeParse(name).success)
    return failed(
      { file: shown, line: 1, column: 1 },
      `"${name}" cannot be an environment's name (expected a file such as production.yaml)`,
    );

  const tree = await readMerged(file, []);
  if (!tree.ok) return tree;
  const root = withoutExtends(tree.value);
  const locate: Locate = (path, offset) => {
    const node = nodeAt(root, path);
    if (node.kind !== "scalar") return keyAt(root, path);
    return offset === undefined ? node.at : node.locate(offset);
  };

  const parsed = parseAgainst(Environment, root);
  if (!parsed.ok) return parsed;
  const problems = checkEnvironment(parsed.value, locate);
  if (problems.length > 0) return { ok: false, problems: inReadingOrder(problems) };
  return {
    ok: true,
    value: { name, file: shown, release: toRelease(name, parsed.value), sources: sourcesOf(root) },
  };
}

/** A file with everything that it extends merged beneath it. */
async function readMerged(file: string, from: readonly string[]): Promise<Checked<DocumentNode>> {
  const shown = displayName(file);
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return failed(
      { file: shown, line: 1, column: 1 },
      code === "ENOENT" ? await noSuchFile(file) : `the file cannot be read (${code})`,
    );
  }
  const parsed = parseText(shown, text);
  if (!parsed.ok) return parsed;
  const root = parsed.value;
  if (root.kind !== "map")
    return failed(root.at, "not an environment (expected a map with delivery, connectors, permissions, …)");
  const base = root.entries.get("extends")?.node;
  if (!base) return parsed;
  if (base.kind !== "scalar" || typeof base.value !== "string")
    return failed(base.at, "extends names one file (expected a path such as ./shared/policy.yaml)");
  const target = resolve(dirname(file), base.value);
  const chain = [...from, resolve(file)];
  if (chain.includes(target))
    return failed(base.at, `extends goes in a circle: ${[...chain, target].map(displayName).join(" → ")}`);
  const below = await readMerged(target, chain);
  if (below.ok) return { ok: true, value: merge(below.value, root) };
  const missing = below.problems.every(
    (problem) => problem.message.startsWith("no such file") && problem.at.file === displayName(target),
  );
  return missing ? failed(base.at, `extends "${base.value}": ${below.problems[0]?.message}`) : below;
}

async function noSuchFile(file: string): Promise<string> {
  const beside = await readdir(dirname(file)).catch(() => []);
  return `no such file ${hint(
    "an environment file",
    basename(file),
    beside.filter((name) => name.endsWith(".yaml")),
  )}`;
}

function withoutExtends(root: DocumentNode): DocumentNode {
  if (root.kind !== "map") return root;
  return { ...root, entries: new Map([...root.entries].filter(([key]) => key !== "extends")) };
}

function sourcesOf(root: DocumentNode): Sources {
  const sources: Record<string, string> = {};
  if (root.kind !== "map") return sources;
  for (const [section, { key, node }] of root.entries) {
    sources[section] = formatPosition(key);
    if (node.kind !== "map" || section === "delivery") continue;
    for (const [name, entry] of node.entries) sources[`${section}.${name}`] = formatPosition(entry.key);
  }
  return sources;
}

/** The path as people write it, from where they stand; the same on every machine for a file of the project. */
function displayName(file: string): string {
  const path = relative(process.cwd(), resolve(file));
  return (path.startsWith("..") ? resolve(file) : path).split(sep).join("/");
}

function failed(at: Position, message: string): { ok: false; problems: Problem[] } {
  return { ok: false, problems: [{ at, message }] };
}
