/**
 * Public keys that are sent no more, alone: what takes a key away is done as what takes a membership away is, whatever stands beside
 * it, and by no more than what is sent, so that it is done also where no release runs which says where the keys stand.
 */
import { isDeepStrictEqual } from "node:util";
import { canonicalJson } from "../../model/canonical.ts";
import { fingerprint, keyText, parseSshKeys, type SshKey } from "../../policy/ssh-key.ts";
import type { User } from "../../policy/user.ts";
import type { ResourceNode } from "../../scim/attribute.ts";
import { isObject, type Json, type JsonObject } from "../../scim/json.ts";
import { patchUser } from "../../scim/patch/patch.ts";
import { normaliseUser } from "../../scim/resource.ts";
import { patchLeaves, putLeaves } from "../../scim/taken.ts";
import type { UserRow } from "../directory/rows.ts";
import type { AccessEdit } from "../mercurial/access-rows.ts";
import { derivedOf } from "../releases/access-snapshot.ts";
import { differenceOf } from "./difference.ts";
import { nothingChanged, type Outcome } from "./outcome.ts";
import type { Changing, Writing } from "./writing.ts";

/**
 * Takes those keys from a user that a request takes away: out of what is stored of them too, so that no release brings one back.
 * No constraint is asked, as with all of an account's keys when it is deactivated.
 *
 * @param root the User type of the connector, with its extensions
 * @returns undefined where it takes none away, or may give something by that; nothing where the user is so already
 */
export async function loseKeys(
  writing: Writing,
  present: UserRow,
  { verb, body }: Pick<Changing, "verb" | "body">,
  root: ResourceNode,
): Promise<Outcome<UserRow> | undefined> {
  const { active, now } = writing;
  const before = JSON.parse(present.resource) as JsonObject;
  const isWhole = verb === "replace";
  const read = isWhole ? normaliseUser(body, before, root) : patchUser(before, body, root);
  const { resource: after, ignored } = read.ok
    ? read.value
    : { resource: (isWhole ? putLeaves : patchLeaves)(before, body, root), ignored: [] };
  if (read.ok && isDeepStrictEqual(after, before)) return nothingChanged(present, ignored);
  const lost = await lostBetween(writing, present, before, after);
  if (lost.length === 0) return undefined;
  const resource = withoutKeys(before, lost);
  const { program } = active;
  const row = { ...present, resource: canonicalJson(resource), modified: now, version: present.version + 1 };
  const { account, connector } = present;
  const [had, has] = account === null ? [[], []] : [derivedOf(program, present), derivedOf(program, row)];
  if (account !== null) {
    const entitlement = program.entitlement(connector, resource as unknown as User);
    const isOther = entitlement.kind === "account" && entitlement.account.name !== account;
    if (isOther || entitlement.kind === "none" || has.some((group) => !had.includes(group))) return undefined;
  }
  await writing.directory.users.put(row, present);
  await writing.directory.sshKeys.giveUp(present.id, lost);
  const left = had.filter((group) => !has.includes(group));
  return {
    kind: "done",
    resource: row,
    target: present.id,
    changes:
      account === null
        ? []
        : [
            { kind: "lose", account, keys: lost },
            ...left.map((group): AccessEdit => ({ kind: "leave", account, group })),
          ],
    effect: {
      ...{ of: "user", before: account, after: account, reason: "", returned: false, left, joined: [] },
      keys: { added: [], removed: lost.map(fingerprint), contested: [], unfit: [] },
    },
    ignored,
    warnings: [],
    difference: differenceOf(before, resource),
  };
}

/** The keys of a user that are in what is stored of them, and not in what they become. */
async function lostBetween(
  { directory, active: { program }, connector }: Writing,
  { id }: UserRow,
  before: JsonObject,
  after: JsonObject,
): Promise<SshKey[]> {
  const sent = (user: JsonObject) => parseSshKeys(program.keys(connector, user as unknown as User)).keys;
  const [former, later] = [sent(before), new Set(sent(after).map(keyText))];
  const [there, left] = [JSON.stringify(before), JSON.stringify(after)];
  // where no release runs, those that are given; a text that only looks like a key is none
  const known = [...former, ...(await directory.sshKeys.ofUser(id))];
  const isSent = new Set(former.map(keyText));
  const lost = known.filter(
    (key) =>
      there.includes(key.blob) &&
      (!left.includes(key.blob) || (isSent.has(keyText(key)) && !later.has(keyText(key)))),
  );
  return [...new Map(lost.map((key) => [keyText(key), key])).values()];
}

/** A resource without the lines that some keys stand in, and without what has nothing else in it. */
export function withoutKeys(resource: JsonObject, keys: readonly SshKey[]): JsonObject {
  const { userName, ...rest } = resource;
  const left = withoutBlobs(
    rest,
    keys.map(({ blob }) => blob),
  );
  return { ...(userName !== undefined && { userName }), ...(isObject(left) ? left : {}) };
}

function withoutBlobs(value: Json, blobs: readonly string[]): Json | undefined {
  const isIn = (text: string) => blobs.some((blob) => text.includes(blob));
  if (typeof value === "string") {
    if (!isIn(value)) return value;
    const lines = value.split("\n").filter((line) => !isIn(line));
    return lines.length > 0 ? lines.join("\n") : undefined;
  }
  if (Array.isArray(value)) {
    // of one with parts, none is left: a mapping may rely on each
    const left = value.flatMap((one) =>
      isObject(one) && isIn(JSON.stringify(one)) ? [] : (withoutBlobs(one, blobs) ?? []),
    );
    return left.length > 0 ? left : undefined;
  }
  if (!isObject(value) || !isIn(JSON.stringify(value))) return value;
  const left = Object.entries(value).flatMap(([name, one]) => {
    const rest = withoutBlobs(one, blobs);
    return rest === undefined ? [] : [[name, rest] as const];
  });
  return left.length > 0 ? Object.fromEntries(left) : undefined;
}
