/**
 * Replaces an admin token: both are let in, then the clients are switched, then the old one is withdrawn. How far that is, agent.yaml
 * and the agent say, so that whoever calls again goes on.
 */
import { readFileSync, realpathSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { type AgentConfig, hashesOf, loadAgentConfig, readAgentConfig } from "../../agent/config.ts";
import type { AdminClient } from "../../api/client.ts";
import { type Duration, milliseconds } from "../../model/duration.ts";
import { hint } from "../../model/nearest.ts";
import { formatProblem } from "../../model/problem.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { systemSentence } from "../../model/system-error.ts";
import { localAgent } from "../agent/local.ts";
import { replaceFile } from "../host/install/replace-file.ts";
import { hashOf } from "../host/install/secrets.ts";
import { UsageError } from "../usage.ts";
import { withHashes } from "./hashes.ts";
import { newValue } from "./new-value.ts";
import { layBeside, putInPlace, takeAway, valuesAt } from "./place.ts";
import { areTaken, type TokenProgress, tokenProgress } from "./progress.ts";

interface AdminTokenOptions {
  readonly name: string;
  /** The file of the agent's configuration. */
  readonly config: string;
  readonly valueFrom: string | undefined;
  readonly to: string | undefined;
  readonly show: boolean;
  readonly again: boolean;
  readonly quiet: Duration;
  readonly now: boolean;
  readonly once: boolean;
  readonly json: boolean;
}

/** The configuration as it is, with its text. */
interface Present {
  readonly file: string;
  readonly text: string;
  readonly config: AgentConfig;
  readonly hashes: readonly string[];
}

const pause = 1_000;
const patience = 30_000;

/** Does the next steps; answers the exit code. */
export async function rotateAdminToken(options: AdminTokenOptions): Promise<number> {
  if (options.show && !process.stdout.isTTY)
    throw new UsageError("--show needs a terminal (expected --to <file>)");
  if (options.show && options.to !== undefined)
    throw new UsageError("--show and --to are two places (expected one of them)");
  try {
    const done = await steps(options);
    if (done.ok) return done.value;
    for (const line of done.error.split("\n")) process.stderr.write(`hgscim rotate: ${line}\n`);
    return 1;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    process.stderr.write(`hgscim rotate: ${systemSentence(error as Error)}\n`);
    return 1;
  }
}

async function steps(options: AdminTokenOptions): Promise<Result<number, string>> {
  const { name, config: file, to, again, now } = options;
  const say = (line: string) => (options.json ? process.stderr : process.stdout).write(`${line}\n`);
  let present = await presentOf(file, name);
  if (!present.ok) return present;
  const isUnderway = present.value.hashes.length === 2;
  if (now && !isUnderway)
    return fail(
      `token "${name}" is not being replaced: it has one hash (expected a call without --now before)`,
    );
  if (again && !isUnderway)
    return fail(`token "${name}" is not being replaced: it has one hash (expected a call without --again)`);
  if (isUnderway && !again) {
    const given = options.valueFrom === undefined ? undefined : await newValue(options.valueFrom);
    if (given?.ok === false) return given;
    if (given && hashOf(given.value) !== present.value.hashes[1])
      return fail(
        `token "${name}" is being replaced by another one than ${options.valueFrom} holds (expected that one, or --again)`,
      );
    const isThere = to === undefined || holdsNew(to, present.value.hashes);
    if (!isThere)
      return fail(
        `${to} does not hold the new token, which agent.yaml has already (expected the --to of the call before, or --again to make another one)`,
      );
  } else {
    const begun = await begin(present.value, options, say);
    if (!begun.ok) return begun;
    present = await presentOf(file, name);
    if (!present.ok) return present;
  }
  const client = await localAgent({ config: file, socket: undefined });
  if (!client) return ok(1);
  const both = present.value.hashes;
  const noticed = await noticedBy(client, name, both);
  if (!noticed.ok) return noticed;
  const shared = await sharedWith(client, name);
  if (shared !== undefined) {
    if (to !== undefined) takeAway(to);
    const back = write(present.value, name, both.slice(0, 1));
    return back.ok
      ? fail(
          `the new token is also a token of connector ${shared} (expected one of its own)\nagent.yaml has the old hash alone again.`,
        )
      : back;
  }
  if (to !== undefined) putInPlace(to);
  say(`The agent takes both tokens of ${name}.${to === undefined ? "" : ` The new one is in ${to}.`}`);
  if (!now)
    say("Switch whoever has the old one, such as the CI. Call this again to go on, whatever ends it.");
  const progress = await quietened(client, both, options, say);
  if (!progress.ok) return progress;
  if (!progress.value.isOver) {
    if (options.json) print({ name, state: "waiting", ...progress.value.shown });
    return options.json ? ok(1) : fail(`not yet: ${progress.value.reason}`);
  }
  present = await presentOf(file, name);
  if (!present.ok) return present;
  const [, last = ""] = both;
  // another call may have been as far
  const withdrawn = present.value.hashes.length === 2 ? write(present.value, name, [last]) : ok(undefined);
  if (!withdrawn.ok) return withdrawn;
  const gone = await noticedBy(client, name, [last]);
  if (!gone.ok) return gone;
  say(`The old token of ${name} is withdrawn: the agent takes the new one alone.`);
  if (options.json) print({ name, state: "done", ...progress.value.shown });
  return ok(0);
}

/** Adds the new token beside the old one. */
async function begin(
  present: Present,
  { name, valueFrom, to, show }: AdminTokenOptions,
  say: (line: string) => void,
): Promise<Result<void, string>> {
  const [old = "", lost] = present.hashes;
  if (valueFrom === undefined && to === undefined && !show)
    throw new UsageError("where does the new token go? (expected --to <file>, --show, or --value-from)");
  const at = to === undefined ? undefined : valuesAt(to);
  if (at?.there !== undefined && !present.hashes.includes(hashOf(at.there)))
    return fail(`${to} holds something else (expected no file there, or the token that is replaced)`);
  // what an earlier call has put there goes on, unless that was lost
  const laid = at?.beside === undefined || hashOf(at.beside) === lost ? undefined : at.beside;
  const value = valueFrom === undefined && laid !== undefined ? ok(laid) : await newValue(valueFrom);
  if (!value.ok) return value;
  const hash = hashOf(value.value);
  const owner = present.config.tokens.find((token) => hashesOf(token).includes(hash));
  if (owner) return fail(`the new token is that of "${owner.name}" already (expected another one)`);
  if (to !== undefined) layBeside(to, value.value);
  if (show) say(`The new token of ${name}, which is shown this once:\n\n  ${value.value}\n`);
  return write(present, name, [old, hash]);
}

function holdsNew(to: string, [, last]: readonly string[]): boolean {
  const { there, beside } = valuesAt(to);
  return [there, beside].some((value) => value !== undefined && hashOf(value) === last);
}

async function presentOf(file: string, name: string): Promise<Result<Present, string>> {
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
function write(present: Present, name: string, hashes: readonly string[]): Result<void, string> {
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

/** Waits until the agent takes these hashes and no others of the name. */
async function noticedBy(
  client: AdminClient,
  name: string,
  hashes: readonly string[],
): Promise<Result<void, string>> {
  const begun = performance.now();
  let why = "";
  while (performance.now() - begun < patience) {
    const answer = await client.tokens();
    if (answer.ok && answer.value.admin === undefined)
      return fail(
        "the agent is of a version that reads its tokens at a start alone (expected one of this version)",
      );
    if (answer.ok && areTaken(answer.value.admin ?? [], name, hashes)) return ok(undefined);
    const health = answer.ok ? await client.health() : undefined;
    const told = health?.ok
      ? health.value.conditions.find(({ code }) => code === "configurationNotTaken")?.message
      : undefined;
    why = answer.ok ? (told ?? "it has not read agent.yaml yet") : answer.error.message;
    await sleep(pause);
  }
  return fail(`the agent does not take agent.yaml as it is now: ${why}\nCall this again once it does.`);
}

/** The connector whose token is also one of the name, by which that lets no admin in. */
async function sharedWith(client: AdminClient, name: string): Promise<string | undefined> {
  const answer = await client.tokens();
  const admin = answer.ok ? (answer.value.admin ?? []) : [];
  return admin.find((one) => one.name === name && one.connector !== undefined)?.connector;
}

/** Waits until the old token is no longer used; without patience looks once. */
async function quietened(
  client: AdminClient,
  hashes: readonly string[],
  { name, quiet, now, once, json }: AdminTokenOptions,
  say: (line: string) => void,
): Promise<Result<TokenProgress, string>> {
  let told = "";
  for (;;) {
    const [tokens, agent] = [await client.tokens(), await client.agent()];
    if (!tokens.ok) return fail(tokens.error.message);
    if (!agent.ok) return fail(agent.error.message);
    const progress = tokenProgress(
      ...([tokens.value.admin ?? [], name, hashes, milliseconds(quiet)] as const),
      agent.value.clock?.time ?? Date.now(),
    );
    if (!json && progress.text !== told) say(progress.text);
    told = progress.text;
    if (now) return ok({ ...progress, isOver: true });
    if (progress.isOver || once) return ok(progress);
    await sleep(pause * 5);
  }
}

function print(shown: object): void {
  process.stdout.write(`${JSON.stringify(shown, null, 2)}\n`);
}
