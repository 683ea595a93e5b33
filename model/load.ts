/**
 * From the name of an environment file to its release: read, merge `extends`, check against the schema, check the
 * parts against each other. Every problem of every step comes back with its position; nothing throws.
 */
import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { z } from "zod";
import type { Locate } from "./check/context.ts";
import { checkEnvironment } from "./check/environment.ts";
import { missingSafeguards } from "./check/safeguards.ts";
import { misplacedLimits } from "./check/secrets.ts";
import { type Claim, claimsOf } from "./check/together.ts";
import { type DocumentNode, keyAt, nodeAt, toData } from "./document.ts";
import type { Accept } from "./environment/bounds.ts";
import { Name } from "./environment/common.ts";
import { Constraint } from "./environment/constraint.ts";
import { PermissionSet } from "./environment/permission-set.ts";
import { Environment } from "./environment.ts";
import { readMerged } from "./extends.ts";
import { hint } from "./nearest.ts";
import { parseAgainst, safeParse } from "./parse.ts";
import { type Checked, formatPosition, type Problem, toldOf } from "./problem.ts";
import { named } from "./quote.ts";
import { type Release, toRelease } from "./release.ts";
import { fail, ok } from "./result.ts";
import { displayName } from "./source.ts";
import { systemReason } from "./system-error.ts";
import { type ValueSource, valueSourcesOf } from "./value-sources.ts";

/**
 * Where each entry of a release was written, `permissions.core` → `environments/local.yaml:41:3`, and each part of a
 * setting, `promote.agent.token`.
 */
export type Sources = Readonly<Record<string, string>>;

export interface LoadedEnvironment {
  readonly name: string;
  readonly file: string;
  readonly release: Release;
  readonly sources: Sources;
  /** Where each variable has its value from. */
  readonly valueSources: ReadonlyMap<string, ValueSource>;
  /** What was accepted beyond the bounds. It travels beside the release, outside its digest. */
  readonly accept?: Accept;
  /** What a person should know of it all the same. */
  readonly warnings: readonly Problem[];
  /** What no other environment may have. */
  readonly claims: readonly Claim[];
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
      { ENOENT: "no such folder", ENOTDIR: "not a folder" }[String(code)] ??
      `unreadable: ${systemReason(error)}`;
    return fail([
      {
        at: { file: folder, ...noLine },
        code: code === "ENOENT" ? "no-such-file" : "unreadable-file",
        message: `${reason} ${expected}`,
      },
    ]);
  }
  const files = names.filter((name) => name.endsWith(".yaml")).map((name) => join(folder, name));
  const others = names.filter((name) => name.endsWith(".yml"));
  // a green run has looked at everything that a person would call an environment
  if (others.length > 0)
    return fail(
      others.map((name) => ({
        at: { file: join(folder, name), ...noLine },
        code: "malformed-name",
        message: misnamed,
      })),
    );
  return files.length > 0
    ? ok(files)
    : fail([
        {
          at: { file: folder, ...noLine },
          code: "no-such-file",
          message: `no environment in this folder ${expected}`,
        },
      ]);
}

const misnamed = "not read, for its name (expected it to end in .yaml)";

/** Loads and validates one environment file. Its name without `.yaml` is the environment's name. */
export async function loadEnvironment(file: string): Promise<Checked<LoadedEnvironment>> {
  const loaded = await load(file);
  return loaded.ok ? loaded : fail(toldOf(loaded.error));
}

async function load(file: string): Promise<Checked<LoadedEnvironment>> {
  const shown = displayName(file);
  const name = basename(file).replace(/\.ya?ml$/, "");
  if (!Name.safeParse(name).success)
    return fail([
      {
        at: { file: shown, line: 1, column: 1 },
        code: "malformed-name",
        message: `${named("not an environment's name", name)} (expected a file such as production.yaml)`,
      },
    ]);

  const tree = await readMerged(file);
  if (!tree.ok) return tree;
  // no run over the folder would look at it, and no other environment would be compared with it
  if (file.endsWith(".yml"))
    return fail([{ at: { file: shown, line: 0, column: 0 }, code: "malformed-name", message: misnamed }]);
  const root = withoutExtends(tree.value);
  const locate: Locate = (path, offset) => {
    const node = nodeAt(root, path);
    if (node.kind !== "scalar") return keyAt(root, path);
    return offset === undefined ? node.at : node.locate(offset);
  };

  const parsed = parseAgainst(Environment, root);
  if (!parsed.ok) return fail([...parsed.error, ...checkRest(root, locate)]);
  const { accept, promote } = parsed.value;
  const problems = checkEnvironment(parsed.value, locate);
  if (parsed.value.limits) problems.push(...misplacedLimits(locate, shown));
  if (promote) {
    const message = await originProblem(file, name, promote.from);
    if (message !== undefined)
      problems.push({ at: locate(["promote", "from"]), code: "unknown-name", message });
  }
  if (problems.length > 0) return fail(problems);
  return ok({
    name,
    file: shown,
    release: toRelease(name, parsed.value),
    sources: sourcesOf(root),
    valueSources: valueSourcesOf(root),
    warnings: missingSafeguards(parsed.value, locate),
    claims: claimsOf(root),
    ...(accept && { accept }),
  });
}

/**
 * What can be told of the parts of an environment that fit the schema when others do not: a person mends both at once. Only
 * entries are left out to which nothing else refers, so that no problem is a consequence of it.
 */
function checkRest(root: DocumentNode, locate: Locate): Problem[] {
  const rest = withoutBroken(withoutBroken(root, "constraints", Constraint), "permissions", PermissionSet);
  const parsed = parseAgainst(Environment, rest);
  return parsed.ok ? checkEnvironment(parsed.value, locate, { whole: false }) : [];
}

function withoutBroken(root: DocumentNode, section: string, schema: z.ZodType): DocumentNode {
  const found = root.kind === "map" ? root.entries.get(section) : undefined;
  if (root.kind !== "map" || found?.node.kind !== "map") return root;
  const fitting = [...found.node.entries].filter(
    ([name, { node }]) => Name.safeParse(name).success && safeParse(schema, toData(node))?.success,
  );
  const node: DocumentNode = { ...found.node, entries: new Map(fitting) };
  return { ...root, entries: new Map(root.entries).set(section, { ...found, node }) };
}

/** What is wrong with the environment that another one is promoted from, if anything is. */
async function originProblem(file: string, name: string, from: string): Promise<string | undefined> {
  if (from === name) return `${name} cannot wait for itself (expected another environment)`;
  const beside = (await readdir(dirname(file)).catch(() => []))
    .flatMap((entry) => /^(.+)\.yaml$/.exec(entry)?.[1] ?? [])
    .filter((other) => other !== name);
  // a file that lies alone is of a project that keeps the others elsewhere
  if (beside.length === 0 || beside.includes(from)) return undefined;
  return `no such environment ${hint("one beside this file", from, beside)}`;
}

function withoutExtends(root: DocumentNode): DocumentNode {
  if (root.kind !== "map") return root;
  return { ...root, entries: new Map([...root.entries].filter(([key]) => key !== "extends")) };
}

// of what release settings are made: what is wrong with one is mostly about one of its values
const settings = ["delivery", "bounds", "promote", "accept"];

function sourcesOf(root: DocumentNode): Sources {
  const sources: Record<string, string> = {};
  const add = (node: DocumentNode, above: string, depth: number) => {
    if (node.kind !== "map" || depth === 0) return;
    for (const [name, { key, node: value }] of node.entries) {
      const path = `${above}${name}`;
      sources[path] = formatPosition(key);
      add(value, `${path}.`, settings.includes(path) ? Number.POSITIVE_INFINITY : depth - 1);
    }
  };
  add(root, "", 2);
  return sources;
}
