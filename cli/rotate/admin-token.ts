/**
 * Replaces an admin token: both are let in, then the clients are switched, then the old one is withdrawn. How far that is, agent.yaml
 * and the agent say, so that whoever calls again goes on.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { hashesOf } from "../../agent/config.ts";
import type { AdminClient } from "../../api/client.ts";
import { type Duration, milliseconds } from "../../model/duration.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { systemSentence } from "../../model/system-error.ts";
import { localAgent } from "../agent/local.ts";
import { hashOf } from "../host/install/secrets.ts";
import { UsageError } from "../usage.ts";
import { type Present, presentOf, writeHashes } from "./agent-yaml.ts";
import { agrees, mayBegin, nothingBegun } from "./agreement.ts";
import { newValue } from "./new-value.ts";
import { forget, layBeside, putBack, putInPlace, takeAway, unfit, valuesAt } from "./place.ts";
import { areTaken, lastUse, type TokenProgress, tokenProgress } from "./progress.ts";

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
  readonly undo: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

const pause = 1_000;
const patience = 30_000;

/** Does the next steps; answers the exit code. */
export async function rotateAdminToken(options: AdminTokenOptions): Promise<number> {
  if (options.show && !process.stdout.isTTY)
    throw new UsageError("--show needs a terminal (expected --to <file>)");
  if (options.show && options.to !== undefined)
    throw new UsageError("--show and --to are two places (expected one of them)");
  const { undo, now, again, show, valueFrom } = options;
  if (undo && (now || again || show || valueFrom !== undefined))
    throw new UsageError(
      "--undo takes the new token back (expected it without --now, --again, --show and --value-from)",
    );
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
  const { name, config: file, to, again, now, undo } = options;
  const say = (line: string) => (options.json ? process.stderr : process.stdout).write(`${line}\n`);
  const problem = to === undefined ? undefined : unfit(to);
  if (problem !== undefined) return fail(`--to ${problem}`);
  let present = await presentOf(file, name);
  if (!present.ok) return present;
  const client = await localAgent({ config: file, socket: undefined });
  if (!client) return ok(1);
  const isUnderway = present.value.hashes.length === 2;
  if (again && !isUnderway)
    return fail(`token "${name}" is not being replaced: it has one hash (expected a call without --again)`);
  if (undo) return takeBack(present.value, client, options, say);
  if (isUnderway && !again) {
    const other = await otherValue(present.value, options);
    if (other !== undefined) return fail(other);
    const question = "Withdraw the old token now? Whoever comes with it is refused from then on.";
    if (now && !(await agrees(question, options))) return ok(1);
  } else {
    const begun = await begin(present.value, client, options, say);
    if (!begun.ok) return begun;
    if (begun.value !== "begun") return ok(begun.value);
    present = await presentOf(file, name);
    if (!present.ok) return present;
  }
  const both = present.value.hashes;
  const noticed = await noticedBy(client, name, both);
  if (!noticed.ok) return noticed;
  const shared = await sharedWith(client, name);
  if (shared !== undefined) {
    if (to !== undefined) takeAway(to);
    const back = writeHashes(present.value, name, both.slice(0, 1));
    return back.ok
      ? fail(
          `the new token is also a token of connector ${shared} (expected one of its own)\nagent.yaml has the old hash alone again.`,
        )
      : back;
  }
  if (to !== undefined) putInPlace(to, (value) => hashOf(value) === both[0]);
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
  const withdrawn =
    present.value.hashes.length === 2 ? writeHashes(present.value, name, [last]) : ok(undefined);
  if (!withdrawn.ok) return withdrawn;
  const gone = await noticedBy(client, name, [last]);
  if (!gone.ok) return gone;
  if (to !== undefined) forget(to);
  say(`The old token of ${name} is withdrawn: the agent takes the new one alone.`);
  if (options.json) print({ name, state: "done", ...progress.value.shown });
  return ok(0);
}

/** Why the new token is not the one that this call speaks of; undefined where it is. */
async function otherValue(
  { hashes }: Present,
  { name, valueFrom, to }: AdminTokenOptions,
): Promise<string | undefined> {
  const given = valueFrom === undefined ? undefined : await newValue(valueFrom);
  if (given?.ok === false) return given.error;
  if (given && hashOf(given.value) !== hashes[1])
    return `token "${name}" is being replaced by another one than ${valueFrom} holds (expected that one, or --again)`;
  if (to === undefined || holdsNew(to, hashes)) return undefined;
  return `${to} does not hold the new token, which agent.yaml has already (expected the --to of the call before, or --again to make another one)`;
}

/** Takes the new token out again. */
async function takeBack(
  present: Present,
  client: AdminClient,
  { name, to, yes, json }: AdminTokenOptions,
  say: (line: string) => void,
): Promise<Result<number, string>> {
  const [old = "", young] = present.hashes;
  const isUnderway = young !== undefined;
  if (isUnderway) {
    const question = "Take the new token back? Whoever comes with it is refused from then on.";
    if (!(await agrees(question, { yes }))) return ok(1);
    const written = writeHashes(present, name, [old]);
    if (!written.ok) return written;
    const noticed = await noticedBy(client, name, [old]);
    if (!noticed.ok) return noticed;
    if (to !== undefined && holdsNew(to, present.hashes)) putBack(to);
  }
  say(
    isUnderway
      ? `The new token of ${name} is taken back: the agent takes the one of before alone. Whoever has the new one needs that.`
      : "There is no new token to take back.",
  );
  if (json) print({ name, state: "rest" });
  return ok(0);
}

/** Adds the new token beside the old one; answers the exit code where that was not begun. */
async function begin(
  present: Present,
  client: AdminClient,
  options: AdminTokenOptions,
  say: (line: string) => void,
): Promise<Result<number | "begun", string>> {
  const { name, valueFrom, to, show, now, once, again, json } = options;
  const [old = "", lost] = present.hashes;
  const isPlaced = valueFrom !== undefined || to !== undefined || show;
  if (!isPlaced && !once)
    throw new UsageError("where does the new token go? (expected --to <file>, --show, or --value-from)");
  // of a rotation that another call has ended
  if (to !== undefined && !again) forget(to);
  if (!again && (!isPlaced || !mayBegin(options))) {
    const tokens = await client.tokens();
    if (!tokens.ok) return fail(tokens.error.message);
    const [one] = (tokens.value.admin ?? []).filter((admin) => admin.name === name);
    say(`The token of ${name}: ${lastUse(one, Date.now())}.\n${nothingBegun}`);
    if (json) print({ name, state: "rest" });
    return ok(0);
  }
  const at = to === undefined ? undefined : valuesAt(to);
  if (at?.there !== undefined && !present.hashes.includes(hashOf(at.there)))
    return fail(`${to} holds something else (expected no file there, or the token that is replaced)`);
  const early = now
    ? " The present one is withdrawn at once: whoever has it is refused until they have the new one."
    : "";
  if (!again && !(await agrees(`Put a new token beside the present one?${early}`, options))) return ok(1);
  // what an earlier call has put there goes on, unless that was lost
  const laid = at?.beside === undefined || hashOf(at.beside) === lost ? undefined : at.beside;
  const value = valueFrom === undefined && laid !== undefined ? ok(laid) : await newValue(valueFrom);
  if (!value.ok) return value;
  const hash = hashOf(value.value);
  const owner = present.config.tokens.find((token) => hashesOf(token).includes(hash));
  if (owner) return fail(`the new token is that of "${owner.name}" already (expected another one)`);
  if (to !== undefined) layBeside(to, value.value);
  if (show) say(`The new token of ${name}, which is shown this once:\n\n  ${value.value}\n`);
  const written = writeHashes(present, name, [old, hash]);
  return written.ok ? ok("begun") : written;
}

function holdsNew(to: string, [, last]: readonly string[]): boolean {
  const { there, beside } = valuesAt(to);
  return [there, beside].some((value) => value !== undefined && hashOf(value) === last);
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
