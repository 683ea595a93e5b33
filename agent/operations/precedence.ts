/**
 * Users of other connectors who speak of the same account, where connectors have a precedence: whether one of them overrules who is
 * written, and what becomes of them by that write.
 */
import { type ConfirmedPair, isDoubted, type Owner, owns, passesTo } from "../../policy/identity.ts";
import type { Spoken } from "../../policy/population.ts";
import { overrules, type Speaker } from "../../policy/precedence.ts";
import type { Entitlement } from "../../policy/program.ts";
import type { User } from "../../policy/user.ts";
import { ownerOf } from "../directory/owners.ts";
import type { UserRow } from "../directory/rows.ts";
import type { AccessEdit } from "../mercurial/access-rows.ts";
import { groupsOfUser } from "./judge.ts";
import type { Outcome, Rejection } from "./outcome.ts";
import { provenFor } from "./proven.ts";
import type { Writing } from "./writing.ts";

/** A user of another connector, as they stand to an account. */
interface Rival {
  readonly row: UserRow;
  readonly speaker: Speaker;
}

/** All that is known of an account of which several may speak. */
export interface Rivals {
  readonly rivals: readonly Rival[];
  /** Between whom it passes. */
  readonly pairs: readonly ConfirmedPair[];
}

/** What has become of others by a write. */
export interface Followed {
  readonly edits: readonly AccessEdit[];
  /** In words. */
  readonly told: readonly string[];
}

/** Writes a user again as stored, and looks at nobody else. */
export type Settle = (writing: Writing, user: UserRow) => Promise<Outcome<UserRow>>;

/** The rank of a connector; undefined where connectors have none. */
export function precedenceOf({ active }: Writing, connector: string): number | undefined {
  return active.program.release.connectors[connector]?.precedence;
}

/**
 * Of which accounts a user speaks from now on. Who has none goes on to speak of the one that they had: providers give a leaver another
 * name.
 */
export function spokenBy(
  writing: Writing,
  before: UserRow | undefined,
  user: User,
  wanted: Entitlement,
): Spoken {
  const { active, connector } = writing;
  const { speaks_of = null, named = null } = before ?? {};
  if (precedenceOf(writing, connector) === undefined) return { speaks_of, named };
  if (wanted.kind === "account") return { speaks_of: wanted.account.name, named: wanted.account.name };
  const found = active.program.accountName(connector, user);
  const name = found.ok ? (found.value ?? null) : named;
  return { speaks_of: speaks_of ?? name, named: name };
}

/** Who else speaks of an account; undefined where connectors have no precedence. */
export async function rivalsOf(
  writing: Writing,
  id: string,
  account: string | null,
): Promise<Rivals | undefined> {
  const { directory, connector } = writing;
  if (account === null || precedenceOf(writing, connector) === undefined) return undefined;
  const rows = (await directory.users.speakingOf(account)).filter((row) => row.connector !== connector);
  const pairs = await directory.pairs.of(account);
  const found = await directory.owners.find(account);
  const rivals: Rival[] = [];
  for (const row of rows)
    if (row.id !== id) {
      const speaker = await speakerOf(writing, row, account, found && ownerOf(found), pairs);
      if (speaker) rivals.push({ row, speaker });
    }
  return { rivals, pairs };
}

async function speakerOf(
  { directory, active: { program } }: Writing,
  row: UserRow,
  account: string,
  owner: Owner | undefined,
  pairs: readonly ConfirmedPair[],
): Promise<Speaker | undefined> {
  const { connector, resource, identity } = row;
  const precedence = program.release.connectors[connector]?.precedence;
  if (precedence === undefined) return undefined;
  const user = JSON.parse(resource) as User;
  const mapped = program.entitlement(connector, user);
  const wants =
    mapped.kind === "account" &&
    mapped.account.name === account &&
    program.triggers.letIn(connector, await groupsOfUser(directory, program, row));
  const proven = await provenFor(directory, { connector, id: row.id, user, identity }, account, owner);
  const may = !owner || owns(owner, row, proven) || pairs.some((pair) => passesTo(pair, owner, row, proven));
  return { precedence, wants, may: may && !isDoubted(row), isDoubted: isDoubted(row) };
}

/** Whether one of them overrules who is written. */
export function isOverruled(rivals: Rivals | undefined, speaker: Speaker): boolean {
  return rivals?.rivals.some((rival) => overrules(rival.speaker, speaker)) ?? false;
}

/** Whether a user who has the account now loses it to who is written. */
export function isOutranked({ rivals }: Rivals, present: string, speaker: Speaker): boolean {
  return rivals.some(({ row, speaker: theirs }) => row.id === present && overrules(speaker, theirs));
}

/**
 * Settles those who speak of some accounts: first who loses one, which may be stopped as any removal, then who gets one. Whom something
 * refuses it waits for it.
 */
export async function follow(
  writing: Writing,
  id: string,
  accounts: readonly (string | null | undefined)[],
  settle: Settle,
  only?: "losers",
): Promise<Followed | Rejection> {
  const edits: AccessEdit[] = [];
  const told: string[] = [];
  if (precedenceOf(writing, writing.connector) === undefined) return { edits, told };
  for (const account of new Set(accounts)) {
    if (!account) continue;
    const rows = (await writing.directory.users.speakingOf(account)).filter((row) => row.id !== id);
    const rank = ({ connector }: UserRow) => precedenceOf(writing, connector) ?? Number.POSITIVE_INFINITY;
    const holders = rows.filter((row) => row.account === account);
    // who waits is let in by a write of their own or an approver, never by what becomes of others
    const isBehind = (row: UserRow) => row.account === null && row.withheld === null;
    const others = only ? [] : rows.filter(isBehind).sort((a, b) => rank(a) - rank(b));
    for (const row of [...holders, ...others]) {
      const again = () => settle({ ...writing, connector: row.connector, prepared: undefined }, row);
      const outcome =
        row.account === null
          ? await writing.directory.attempt(again, ({ kind }) => kind === "done")
          : await again();
      if (outcome.kind !== "done") {
        if (row.account === null) {
          // they wait for a write of their own, or an approver: no release lets them in unasked
          await writing.directory.users.put({ ...row, withheld: account, withheld_since: writing.now }, row);
          told.push(
            `account ${account} is withheld from user ${row.id} of connector ${row.connector}: ${outcome.detail}`,
          );
          continue;
        }
        return { ...outcome, detail: `user ${row.id} of connector ${row.connector}: ${outcome.detail}` };
      }
      if (outcome.changes === "everything") continue;
      edits.push(...outcome.changes);
      const has = outcome.resource.account;
      if (has !== row.account)
        told.push(
          has === null
            ? `user ${row.id} of connector ${row.connector} loses account ${account} to it`
            : `account ${has} passes to user ${row.id} of connector ${row.connector}`,
        );
    }
  }
  return { edits, told };
}
