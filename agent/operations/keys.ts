/** The public keys that a user's account logs in by over SSH: settled whenever the user is written. */
import type { Program } from "../../policy/program.ts";
import { fingerprint, keyText, parseSshKeys, type SshKey } from "../../policy/ssh-key.ts";
import type { User } from "../../policy/user.ts";
import type { KeyChanges } from "../../report/outcome.ts";
import type { UserRow } from "../directory/rows.ts";
import type { AccessEdit } from "../mercurial/access-rows.ts";
import type { Writing } from "./writing.ts";

export interface SettledKeys {
  readonly changes: readonly AccessEdit[];
  /** What is told of it; absent where nothing is to tell. */
  readonly told?: KeyChanges;
}

/**
 * Gives a user's account the keys that the identity provider sends for it, takes those that it sends no more, and leaves out what is
 * no key, or another account's: it keeps nothing else from being done.
 *
 * @param account what the user has from now on
 */
export async function settleKeys(
  { directory: { sshKeys }, active: { program }, connector }: Writing,
  before: UserRow | undefined,
  { id, user, account }: { readonly id: string; readonly user: User; readonly account: string | null },
): Promise<SettledKeys> {
  if (program.release.connectors[connector]?.mapping.keys === undefined) return { changes: [] };
  const sent = before ? sentKeys(program, before) : [];
  const { keys, unfit } = parseSshKeys(program.keys(connector, user));
  const former = before && before.account !== null ? among(sent, await sshKeys.of(before.account)) : [];
  await sshKeys.giveUp(id, without(sent, keys));
  const { given, contested } =
    account === null ? { given: [], contested: [] } : await sshKeys.ask(account, id, keys);
  const isMoved = before?.account !== account;
  const added = without(given, former);
  const removed = without(former, given);
  const told = {
    added: added.map(fingerprint),
    removed: removed.map(fingerprint),
    contested: contested.map(fingerprint),
    unfit,
  };
  const isTold = Object.values(told).some((list) => list.length > 0);
  return {
    // what had the account before loses its keys with it
    changes:
      account !== null && (isMoved || added.length + removed.length > 0)
        ? [{ kind: "keys", account, keys: given }]
        : [],
    ...(isTold && { told }),
  };
}

/** The keys that a stored user has by a release, whether they are given or not. */
function sentKeys(program: Program, { connector, resource }: UserRow): readonly SshKey[] {
  return parseSshKeys(program.keys(connector, JSON.parse(resource) as User)).keys;
}

function among(keys: readonly SshKey[], others: readonly SshKey[]): SshKey[] {
  const texts = new Set(others.map(keyText));
  return keys.filter((key) => texts.has(keyText(key)));
}

function without(keys: readonly SshKey[], others: readonly SshKey[]): SshKey[] {
  const texts = new Set(others.map(keyText));
  return keys.filter((key) => !texts.has(keyText(key)));
}
