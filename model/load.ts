/**
 * From the name of an environment file to its release: read, merge `extends`, check against the schema, check the
 * parts against each other. Every problem of every step comes back with its position; nothing throws.
 */
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Locate } from "./check/context.ts";
import { checkEnvironment } from "./check/environment.ts";
import { type DocumentNode, keyAt, nodeAt } from "./document.ts";
import type { Accept } from "./environment/bounds.ts";
import { Name } from "./environment/common.ts";
import { Environment } from "./environment.ts";
import { readMerged } from "./extends.ts";
import { parseAgainst } from "./parse.ts";
import { type Checked, formatPosition, type Position, type Problem, toldOf } from "./problem.ts";
import { named } from "./quote.ts";
import { type Release, toRelease } from "./release.ts";
import { displayName } from "./source.ts";

/** Where each entry of a release was written, `permissions.core` → `environments/local.yaml:41:3`. */
export type Sources = Readonly<Record<string, string>>;

export interface LoadedEnvironment {
  readonly name: string;
  readonly file: string;
  readonly release: Release;
  readonly sources: Sources;
  /** What was accepted beyond the bounds. It travels beside the release, outside its digest. */
  readonly accept?: Accept;
}

/** The paths of the environment files of a folder, in the order of their names; `shared/` and `tests/` are not among them. */
export async function environmentFiles(folder: string): Promise<Checked<string[]>> {
  const expected = "(expected one with an environment in each .yaml file)";
  const noLine = { line: 0, column: 0 };
  let names: string[];
  try {
    names = (await readdir(folder)).sort();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason =
      { ENOENT: "no such folder", ENOTDIR: "not a folder" }[String(code)] ?? `unreadable (${code})`;
    return failed({ file: folder, ...noLine }, `${reason} ${expected}`);
  }
  const files = names.filter((name) => name.endsWith(".yaml")).map((name) => join(folder, name));
  const misnamed = names.filter((name) => name.endsWith(".yml"));
  // a green run has looked at everything that a person would call an environment
  if (misnamed.length > 0)
    return {
      ok: false,
      problems: misnamed.map((name) => ({
        at: { file: join(folder, name), ...noLine },
        message: "not read, for its name (expected it to end in .yaml)",
      })),
    };
  if (files.length === 0)
    return failed({ file: folder, ...noLine }, `no environment in this folder ${expected}`);
  return { ok: true, value: files };
}

/** Loads and validates one environment file. Its name without `.yaml` is the environment's name. */
export async function loadEnvironment(file: string): Promise<Checked<LoadedEnvironment>> {
  const loaded = await load(file);
  return loaded.ok ? loaded : { ok: false, problems: toldOf(loaded.problems) };
}

async function load(file: string): Promise<Checked<LoadedEnvironment>> {
  const shown = displayName(file);
  const name = basename(file).replace(/\.ya?ml$/, "");
  if (!Name.safeParse(name).success)
    return failed(
      { file: shown, line: 1, column: 1 },
      `${named("not an environment's name", name)} (expected a file such as production.yaml)`,
    );

  const tree = await readMerged(file);
  if (!tree.ok) return tree;
  const root = withoutExtends(tree.value);
  const locate: Locate = (path, offset) => {
    const node = nodeAt(root, path);
    if (node.kind !== "scalar") return keyAt(root, path);
    return offset === undefined ? node.at : node.locate(offset);
  };

  const parsed = parseAgainst(Environment, root);
  if (!parsed.ok) return parsed;
  const { accept, promote } = parsed.value;
  const problems = checkEnvironment(parsed.value, locate);
  if (promote?.from === name)
    problems.push({
      at: locate(["promote", "from"]),
      message: `${name} cannot wait for itself (expected another environment)`,
    });
  if (problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    value: {
      name,
      file: shown,
      release: toRelease(name, parsed.value),
      sources: sourcesOf(root),
      ...(accept && { accept }),
    },
  };
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

function failed(at: Position, message: string): { ok: false; problems: Problem[] } {
  return { ok: false, problems: [{ at, message }] };
}
