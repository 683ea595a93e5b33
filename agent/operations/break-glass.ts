/** Somebody takes a right for themselves, for a while, as a permission set lets them; or gives it back. */
import { randomUUID } from "node:crypto";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { isLiteral } from "../../model/glob.ts";
import { RepositoryPattern } from "../../model/pattern.ts";
import { judgeTaking, nameOfTaken, type TakingVerdict } from "../../policy/break-glass.ts";
import { describeDoubt } from "../../report/clock.ts";
import { isoTime } from "../../report/time.ts";
import { raise } from "../alerts/event.ts";
import type { BreakGlassRow } from "../directory/break-glass.ts";
import { Directory } from "../directory/directory.ts";
import type { AccessEdit } from "../mercurial/access-rows.ts";
import type { Surroundings } from "../releases/surroundings.ts";
import { groupsOfUser } from "./judge.ts";
import type { BreakGlassOperation } from "./operation.ts";
import { noDifference, type Outcome, type Refused, refused } from "./outcome.ts";

type Taking = Extract<BreakGlassOperation, { readonly verb: "take" }>;
type Ending = Extract<BreakGlassOperation, { readonly verb: "end" }>;

/** Performs one of the two. */
export function decideBreakGlass(
  operation: BreakGlassOperation,
  surroundings: Surroundings,
): Promise<Outcome<BreakGlassRow | null>> {
  return operation.verb === "take" ? take(operation, surroundings) : giveBack(operation, surroundings);
}

/**
 * Gives an account a right until a time, at once, and raises an event of it. What the account has taken in the repository before
 * ends with it: to take it again sets the end anew, by as much as the set allows from now on.
 */
async function take(
  { id: account, actor, repository, span, reason }: Taking,
  { store, active, host, now, clock }: Surroundings,
): Promise<Outcome<BreakGlassRow>> {
  if (!active) return refused("noRelease", "no release is active, and only one says who may take what");
  // by the host's clock it would end at another time
  if (clock.inDoubt) return refused("clockInDoubt", describeDoubt(now, clock.system));
  const directory = new Directory(store);
  const { program } = active;
  const user_id = await directory.users.withThisAccount(account);
  const user = user_id === undefined ? undefined : await directory.users.byId(user_id);
  if (!user)
    return refused(
      "accountUnknown",
      `nobody has the account "${account}" now: a right is taken by who is active and has one`,
    );
  if (!(await isRepository(host.repositories, repository)))
    return refused(
      "repositoryUnknown",
      `there is no repository "${repository}" (expected its path, such as core/api)`,
    );
  if ((await directory.suspended.among([user.id])).size > 0)
    return refused(
      "breakGlassSuspended",
      `${account} is suspended until what is held of them is decided (see hgscim held list)`,
    );
  const groups = await groupsOfUser(directory, program, user);
  const verdict = judgeTaking(program.release, { account, groups, repository }, span, now);
  if (verdict.kind !== "takes") return refusedTaking(verdict, account, repository);
  const { permission, owner, right } = verdict.takes;
  const destination = program.release.permissions[permission]?.breakGlass?.alert.var;
  const row: BreakGlassRow = {
    ...{ id: randomUUID(), permission, account, user_id: user.id, repository, right },
    ...{ since: now, until: now + span, reason, taken_by: actor },
  };
  const before = await directory.breakGlass.there(account, repository);
  if (before) await directory.breakGlass.end(before.id);
  await directory.breakGlass.put(row);
  const what = `${right} on ${repository} until ${isoTime(row.until)}, as the permission set ${permission} allows`;
  await raise(store, now, [
    {
      ...{ kind: "break-glass", rule: `permissions.${permission}`, owner, subject: row.id, destination },
      summary: `Somebody took ${what}.`,
      detail: `${account} took ${what}: ${reason}`,
    },
  ]);
  return {
    kind: "done",
    resource: row,
    target: account,
    changes: [
      ...(before ? [returned(before)] : []),
      { kind: "take", permission: nameOfTaken(row), taken: row },
    ],
    effect: { of: "taken right", ...row, again: before !== undefined },
    ignored: [],
    warnings: [],
    difference: { before: before ? inAudit(before) : {}, after: inAudit(row) },
  };
}

async function giveBack({ id, of }: Ending, { store }: Surroundings): Promise<Outcome<null>> {
  const { breakGlass } = new Directory(store);
  const row = await breakGlass.find(id);
  // of whose it is, nobody learns by trying
  if (!row || (of !== null && row.account !== of))
    return refused(
      "takenUnknown",
      "no right of this id is taken now, or it is another's (expected the token of who took it, or an approver's)",
    );
  await breakGlass.end(id);
  return {
    kind: "done",
    resource: null,
    target: row.account,
    changes: [returned(row)],
    effect: { of: "ended right", ...row, because: "given back" },
    ignored: [],
    warnings: [],
    difference: { ...noDifference, before: inAudit(row) },
  };
}

/** The edit of the access file by which a right has ended. */
export function returned(row: BreakGlassRow): AccessEdit {
  return { kind: "return", permission: nameOfTaken(row) };
}

/** A right that was taken, as the audit keeps it. */
export function inAudit({ id, permission, repository, right, until }: BreakGlassRow) {
  return { id, permission, repository, right, until };
}

function refusedTaking(
  verdict: Exclude<TakingVerdict, { readonly kind: "takes" }>,
  account: string,
  repository: string,
): Refused {
  switch (verdict.kind) {
    case "not allowed":
      return refused(
        "breakGlassNotAllowed",
        `no permission set lets ${account} take a right on ${repository} (expected breakGlass in one that covers it, and ${account} in a group of its who)`,
      );
    case "too long":
      return refused(
        "breakGlassTooLong",
        `nobody takes a right on ${repository} for so long (expected at most ${verdict.longest})`,
      );
    case "denied":
      return refused("breakGlassDenied", `${verdict.right} on ${repository} is denied to ${account}`);
    case "has it":
      return refused("breakGlassUnneeded", `${account} has ${verdict.right} on ${repository} without it`);
  }
}

/** Whether a name is that of a repository of the host. One with a wildcard would be a pattern. */
async function isRepository(root: string, name: string): Promise<boolean> {
  if (!RepositoryPattern.safeParse(name).success || name.startsWith("!") || !isLiteral(name)) return false;
  if (name.split("/").includes(".hg")) return false;
  const found = await stat(join(root, name, ".hg")).catch(() => undefined);
  return found?.isDirectory() ?? false;
}
