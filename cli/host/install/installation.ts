/** An installation: planned as a whole before anything is touched, and then carried out. */
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { onlyOurs } from "../../../agent/strict-modes.ts";
import { roles } from "../../../api/contract.ts";
import { fail, ok, type Result } from "../../../model/result.ts";
import { ownCommand } from "../../self.ts";
import { missingUsers, ownership, unfitUser, userName } from "./accounts.ts";
import { applyFile, applyFolder } from "./apply.ts";
import { filesOf, foldersOf, type HostSecrets, isEnforcing, type PlannedPlace } from "./files.ts";
import { formerKeys } from "./former-keys.ts";
import { lookAround } from "./found.ts";
import type { TargetHost } from "./host.ts";
import { lostBelow, python } from "./lost.ts";
import { manifestPath, readManifest, writeManifest } from "./manifest.ts";
import { judgeFile, judgeFolder, type KnownHost } from "./outcomes.ts";
import type { Ownership } from "./replace-file.ts";
import type { Installation } from "./report.ts";
import { hashOf, makeSecret, proxySecretFile, readSecret, tokenFile } from "./secrets.ts";
import { type Settings, settingsOf } from "./settings.ts";
import { type NextStep, stepsOf } from "./steps.ts";
import { execLine } from "./template.ts";

/** Why nothing could be planned. */
export interface NotPlanned {
  readonly isUsage: boolean;
  readonly sentences: readonly string[];
}

/**
 * Plans all of it; nothing is changed.
 *
 * @param given the settings by options
 * @param dryRun no secret is made, and a sentence stands for each
 * @throws {Error} the system's, for what cannot be read
 */
export function planInstallation(
  given: Partial<Record<keyof Settings, unknown>>,
  host: TargetHost,
  dryRun: boolean,
): Result<Installation, NotPlanned> {
  const refused = (...sentences: string[]) => fail({ isUsage: false, sentences });
  const manifest = readManifest(host.at(manifestPath));
  if (!manifest.ok) return refused(manifest.error);
  const found = lookAround(host.at);
  const chosen = settingsOf(given, manifest.value?.settings ?? {}, found, host.at);
  if (!chosen.ok) return fail({ isUsage: true, sentences: chosen.error });
  const { settings, origins } = chosen.value;
  const secrets = secretsOf(host, dryRun);
  if (!secrets.ok) return refused(...secrets.error);
  const lost = isEnforcing(settings) ? lostBelow(host.at(settings.root)) : ok([]);
  if (!lost.ok) return refused(lost.error);
  const surroundings = surroundingsOf(host, manifest.value?.files ?? {}, nobody);
  const beside = found.beside.filter(({ root }) => root === undefined || overlap(root, settings.root));
  return ok({
    settings,
    origins,
    isRemembered: isDeepStrictEqual(settings, manifest.value?.settings),
    lost: lost.value,
    formerKeys: settings.ssh ? formerKeys(settings.user, host.at) : [],
    beside,
    users: host.isThis ? missingUsers(settings) : [],
    folders: foldersOf(settings).map((place) => judgeFolder(place, surroundings)),
    files: filesOf(settings, secrets.value, execLine(ownCommand())).map((place) =>
      judgeFile(place, surroundings),
    ),
    steps: stepsOf(settings, beside, host.at, ownerOf(host.at(settings.root))),
  });
}

/** Sentences about a host on which it could not work. */
export function obstaclesOf({ settings }: Installation, host: TargetHost): string[] {
  if (!host.isThis) return [];
  const [node, ...words] = ownCommand();
  const main = words.at(-1) ?? "";
  const ours = onlyOurs({ "the program": main, "Node.js": node });
  const hidden = [node, main].filter((path) => /^\/(home|root|run\/user)\//.test(path));
  return [
    ...(ours.ok ? [] : [ours.error]),
    ...hidden.map(
      (path) =>
        `${path}: the agent's unit does not see what is in people's homes (expected it elsewhere, as by npm install --prefix /opt/hgscim hgscim)`,
    ),
    ...(existsSync(settings.root)
      ? []
      : [`${settings.root}: no such folder (expected --root with that of the repositories)`]),
    ...unfitUser(settings),
  ];
}

/** Whether nothing is to be done. */
export function isDone({ isRemembered, users, folders, files }: Installation): boolean {
  const isQuiet = ({ outcome }: { readonly outcome: string }) => outcome === "same" || outcome === "kept";
  return isRemembered && users.length === 0 && [...folders, ...files].every(isQuiet);
}

/**
 * Carries it out, in the order of the places.
 *
 * @throws {Error} the system's; what was done until then is whole, and a repeat goes on
 */
export function install({ settings, users, folders, files }: Installation, host: TargetHost): void {
  process.umask(0o022);
  for (const { command } of users) run(command);
  const written = { ...previously(host) };
  const surroundings = surroundingsOf(host, written);
  for (const folder of folders) applyFolder(folder, surroundings);
  for (const file of files)
    applyFile(file, surroundings, (path, digest) => {
      if (written[path] === digest) return;
      written[path] = digest;
      writeManifest(host.at(manifestPath), settings, written);
    });
  writeManifest(host.at(manifestPath), settings, written);
  // each session over SSH starts them, as a user that may not write what Python compiles
  if (isEnforcing(settings)) {
    const from = host.at("/usr/share/hgscim");
    run([python, "-m", "compileall", "-q", "-s", from, "-p", "/usr/share/hgscim", from]);
  }
}

/**
 * Runs what is not a person's to do, until something fails.
 *
 * @returns a sentence about what has failed
 */
export function start(steps: readonly NextStep[], say: (line: string) => void): string | undefined {
  const missing = steps.filter(({ isFirst }) => isFirst);
  if (missing.length > 0)
    return missing
      .map(({ command, why }) => `${why}, so nothing was started (expected it, as by: ${command.join(" ")})`)
      .join("\n");
  for (const { command, why, isByHand } of steps) {
    say(`${isByHand ? "by hand: " : "+ "}${command.join(" ")}  # ${why}`);
    if (isByHand) continue;
    try {
      run(command);
    } catch (error) {
      return (error as Error).message;
    }
  }
  return undefined;
}

function previously(host: TargetHost): Readonly<Record<string, string>> {
  const manifest = readManifest(host.at(manifestPath));
  return (manifest.ok && manifest.value?.files) || {};
}

/** Nobody's, for a user that is yet to be made: whatever is there is not theirs. */
const nobody: Ownership = { uid: -1, gid: -1 };

function surroundingsOf(
  host: TargetHost,
  before: Readonly<Record<string, string>>,
  absent?: Ownership,
): KnownHost {
  const isRoot = host.isThis && process.getuid?.() === 0;
  const ownerOf = ({ owner, group }: PlannedPlace) => (isRoot ? ownership(owner, group, absent) : undefined);
  return { at: host.at, before, ownerOf };
}

function secretsOf(host: TargetHost, dryRun: boolean): Result<HostSecrets, string[]> {
  const sentences: string[] = [];
  const secret = (path: string, role: string): string | undefined => {
    const found = readSecret(host.at(path));
    if (found.ok) return found.value.value ?? (dryRun || found.value.isThere ? undefined : makeSecret());
    sentences.push(`${role}: ${found.error}`);
    return undefined;
  };
  const tokens = roles.map((role) => [role, secret(tokenFile(role), role)] as const);
  const proxySecret = secret(proxySecretFile, "nginx") ?? "(a secret)";
  if (sentences.length > 0) return fail(sentences);
  return ok({
    tokens: Object.fromEntries(tokens.map(([role, token]) => [role, token ?? ""])),
    hashes: Object.fromEntries(
      tokens.map(([role, token]) => [role, token === undefined ? "(its SHA-256)" : hashOf(token)]),
    ),
    proxySecret,
  });
}

/** Whether one folder is, or lies in, the other one. */
function overlap(one: string, other: string): boolean {
  return `${one}/`.startsWith(`${other}/`) || `${other}/`.startsWith(`${one}/`);
}

function ownerOf(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found && userName(found.uid);
}

/** @throws {Error} with a sentence where it does not end well */
function run([program = "", ...args]: readonly string[]): void {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: "utf8" });
  if (status === 0) return;
  const said = `${stdout ?? ""}${stderr ?? ""}`.trim();
  throw new Error(
    `${[program, ...args].join(" ")}: ${error?.message ?? (said || `it ended with ${status}`)}`,
  );
}
