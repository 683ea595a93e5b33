/** agent.yaml as it is, and with other hashes of an admin token. */
import { readFileSync, realpathSync, statSync } from "node:fs";
import { type AgentConfig, hashesOf, loadAgentConfig, readAgentConfig } from "../../agent/config.ts";
import { hint } from "../../model/nearest.ts";
import { formatProblem } from "../../model/problem.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { replaceFile } from "../host/install/replace-file.ts";
import { withHashes } from "./hashes.ts";

/** The configuration as it is, with its text. */
export interface Present {
  readonly file: string;
  readonly text: string;
  readonly config: AgentConfig;
  /** Of the token that is asked for. */
  readonly hashes: readonly string[];
}

/** What the file says of the token of a name. */
export async function presentOf(file: string, name: string): Promise<Result<Present, string>> {
  const read = await readAgentConfig(file);
  const found = read.ok ? await loadAgentConfig(file) : read;
  if (!read.ok || !found.ok) return fail((found.ok ? [] : found.error).map(formatProblem).join("\n"));
  const { tokens } = found.value;
  const [token, ...others] = tokens.filter((one) => one.name === name);
  const names = tokens.map((one) => one.name);
  if (!token)
    return fail(`${file} has no admin token "${name}" ${hint(`one of ${names.join(", ")}`, name, names)}`);
  if (others.length > 0)
    return fail(
      `${file} has the admin token "${name}" twice (expected one entry, with both hashes in a list)`,
    );
  return ok({ file, text: read.value, config: found.value, hashes: hashesOf(token) });
}

/** Writes agent.yaml in its place, as whose it is. */
export function writeHashes(present: Present, name: string, hashes: readonly string[]): Result<void, string> {
  const { file, text } = present;
  const changed = withHashes(present, name, hashes);
  if (!changed.ok) return changed;
  const target = realpathSync(file);
  const { mode, uid, gid } = statSync(target);
  if (readFileSync(target, "utf8") !== text)
    return fail(`${file} was changed by somebody else in this moment (expected a call again)`);
  replaceFile(target, Buffer.from(changed.value), { mode: mode & 0o7777, owner: { uid, gid } });
  return ok(undefined);
}
