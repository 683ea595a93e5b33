/** Environments that are loaded beside the others of their folder, with which they must fit. */
import { readdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { mayMentionAgent } from "./agent-address.ts";
import { type Claim, type Claimant, claimsOf, sharedClaims } from "./check/together.ts";
import { readMerged } from "./extends.ts";
import { type LoadedEnvironment, loadEnvironment } from "./load.ts";
import { type Checked, type Problem, toldOf } from "./problem.ts";
import { fail } from "./result.ts";
import { readSource } from "./source.ts";

/**
 * Loads and validates environment files, and checks them against each other and against what lies beside them. That need not
 * be valid: no environment waits for another one to be mended.
 */
export async function loadTogether(files: readonly string[]): Promise<Checked<LoadedEnvironment>[]> {
  const loaded = await Promise.all(
    files.map(async (file) => ({ path: resolve(file), environment: await loadEnvironment(file) })),
  );
  const byPath = new Map(loaded.map(({ path, environment }) => [path, environment]));
  const problems = new Map<string, readonly Problem[]>();
  for (const folder of new Set([...byPath.keys()].map(dirname)))
    for (const [name, shared] of sharedClaims(await claimantsIn(folder, byPath)))
      problems.set(join(folder, `${name}.yaml`), shared);
  return loaded.map(({ path, environment }) => {
    const shared = problems.get(path);
    return environment.ok && shared ? fail(toldOf(shared)) : environment;
  });
}

/** The environments of a folder with those of their claims that matter to the loaded ones, as far as they can be read. */
async function claimantsIn(
  folder: string,
  loaded: ReadonlyMap<string, Checked<LoadedEnvironment>>,
): Promise<Claimant[]> {
  const entries = await readdir(folder).catch(() => []);
  const names = entries.flatMap((entry) => /^(.+)\.yaml$/.exec(entry)?.[1] ?? []);
  const asked = [...loaded].flatMap(([path, one]) =>
    one.ok && dirname(path) === folder ? one.value.claims : [],
  );
  return Promise.all(
    names.map(async (name) => {
      const path = join(folder, `${name}.yaml`);
      const known = loaded.get(path);
      if (known?.ok) return { name, claims: known.value.claims };
      const tree = (await mayMention(path, asked)) ? await readMerged(path) : undefined;
      return { name, claims: tree?.ok ? claimsOf(tree.value) : [] };
    }),
  );
}

/**
 * Whether a file, or one that it extends, may claim something of this. To look at its text alone takes a tenth of the time
 * that parsing takes; what the text cannot tell for sure is parsed.
 */
async function mayMention(file: string, claims: readonly Claim[], files = 16): Promise<boolean> {
  const source = await readSource(file, file, async () => "");
  if (!source.ok) return false;
  const text = source.value;
  // an escape, a quote within quotes, a tab in an address, or a line break in place of a blank can hide anything
  if (/\\|''|\t/.test(text)) return true;
  if (thingsOf("secret", claims).some((one) => /\s/.test(one) || text.includes(one))) return true;
  if (mayMentionAgent(text, [...thingsOf("agent", claims), ...thingsOf("origin", claims)])) return true;
  const keys = text.match(/extends["']?\s*:/g) ?? [];
  if (keys.length === 0) return false;
  const [, target] = /^extends: (\.[\w./-]+)\r?$/m.exec(text) ?? [];
  if (keys.length > 1 || target === undefined || files === 0) return true;
  return mayMention(join(dirname(file), target), claims, files - 1);
}

const thingsOf = (kind: Claim["kind"], claims: readonly Claim[]): string[] =>
  claims.flatMap((claim) => (claim.kind === kind ? [claim.thing] : []));
