/** What came of an operation, in words: one line for the audit, and for whoever sent it. */

import type { KeptApproval } from "../api/approval.ts";
import type { Right } from "../model/environment/right.ts";
import { spelt } from "../model/name.ts";
import type { Time } from "../model/time.ts";
import type { Verdict } from "../policy/constraints/change.ts";
import type { WithheldBecause } from "../policy/identity.ts";
import { describeQuarantineOver } from "./quarantine.ts";
import { describeApproval } from "./release.ts";
import { isoTime } from "./time.ts";
import { describeReturn } from "./verification.ts";

/** An account that a user does not get until an approver says so. */
export interface WithheldAccount {
  readonly environment: string;
  readonly account: string;
  /** The SCIM id. */
  readonly user: string;
  readonly because: WithheldBecause;
}

/** Why an account is withheld, and the way out. */
export function describeWithheld({ environment, account, user, because }: WithheldAccount): string {
  return `account ${account} is withheld: ${whyWithheld[because]}; an approver says whose it is (hgscim owners confirm ${environment} ${account} --user ${user})`;
}

/** Why a user does not get an account, behind a colon. */
export const whyWithheld: Readonly<Record<WithheldBecause, string>> = {
  identity: "the user has another externalId than was known, and may be another person",
  owner: "it belongs to another identity",
};

/** What becomes of the public keys of an account: by their fingerprints, and why some are none. */
export interface KeyChanges {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Those that are another account's. */
  readonly contested: readonly string[];
  readonly unfit: readonly string[];
}

/** What is not given of the keys that were sent, and why; undefined where all of them are. */
export function describeLeftKeys({ contested, unfit }: KeyChanges): string | undefined {
  const parts = [
    ...contested.map((key) => `SSH key ${key} is another account's, and not given`),
    ...unfit.map((why) => `SSH ${why}`),
  ];
  return parts.length > 0 ? parts.join("; ") : undefined;
}

/** The accounts that a trigger lets in and out by a write of a group. */
interface ByTrigger {
  readonly letIn: readonly string[];
  readonly shutOut: readonly string[];
}

/** What an operation did, as facts. Groups are keys, `connector/group`; users are SCIM ids. */
export type Effect =
  | { readonly of: "nothing" }
  | {
      readonly of: "user";
      /** The account before and after; null for none. */
      readonly before: string | null;
      readonly after: string | null;
      /** Why there is no account. */
      readonly reason: string;
      readonly externalId?: { readonly before: string | null; readonly after: string | null };
      /** The account that the user does not get, and why. */
      readonly withheld?: WithheldAccount;
      /** Whether the account's owner is back, as another resource. */
      readonly returned: boolean;
      /** The derived groups that the account leaves and joins. */
      readonly left: readonly string[];
      readonly joined: readonly string[];
      readonly keys?: KeyChanges;
      /** What becomes of others who speak of the same accounts, in words. */
      readonly rivals?: readonly string[];
    }
  | { readonly of: "deleted user"; readonly account: string | null; readonly rivals?: readonly string[] }
  | ({
      readonly of: "group";
      readonly name: string;
      /** Whether the release selects it. */
      readonly selected: boolean;
      /** Whether its name is another group's too, from before names compared so: it gives nothing. */
      readonly isTwin?: boolean;
      /** What selects it not, and almost does: a name or pattern as it was declared. */
      readonly near?: string;
      readonly joined: readonly string[];
      readonly left: readonly string[];
      /** What is withheld of the accounts that a trigger would give. */
      readonly withheld: readonly WithheldAccount[];
    } & ByTrigger)
  | ({ readonly of: "deleted group"; readonly name: string } & ByTrigger)
  | {
      readonly of: "release";
      readonly digest: string;
      readonly policyDigest: string;
      readonly author?: string | undefined;
      readonly revision?: string | undefined;
      /** Whether whoever deployed it did not want it looked at before. */
      readonly preflight?: "skipped" | undefined;
      readonly lose: number;
      readonly gain: number;
      /** Whether it goes beyond the bounds, and that was accepted. */
      readonly accepted: boolean;
      /** Whether it came in place of a stored one that cannot be trusted, or over people who are those of before. */
      readonly overUntrusted: boolean;
      /** What it was held to, if anything. */
      readonly approval?: KeptApproval | undefined;
    }
  | { readonly of: "ended release"; readonly digest: string }
  | {
      readonly of: "returned release";
      /** What is active again; null for none. */
      readonly digest: string | null;
      /** The one that Mercurial did not go by. */
      readonly failed: string;
      readonly because: string;
    }
  | {
      readonly of: "given account";
      readonly account: string;
      readonly user: string;
      readonly connector: string;
      /** Whether the user is the same person as the owner before. */
      readonly person: "same" | "another";
      /** Memberships that ended with it. */
      readonly dropped: number;
    }
  | {
      readonly of: "renumbering";
      readonly connector: string;
      /** Null: no longer. */
      readonly until: Time | null;
    }
  | {
      readonly of: "renumbered";
      readonly connector: string;
      readonly confirmed: number;
      readonly waiting: number;
    }
  | {
      readonly of: "hold";
      readonly decision: "approve" | "discard" | "judge" | "lapse";
      readonly rules: readonly string[];
      /** What the person said. */
      readonly reason: string | undefined;
    }
  | { readonly of: "ended quarantine"; readonly connector: string; readonly reason: string }
  | { readonly of: "clock"; readonly before: Time; readonly after: Time; readonly reason: string }
  | ({
      readonly of: "taken right";
      /** Whether it comes in the place of one that was taken before. */
      readonly again: boolean;
    } & TakenRightFacts)
  | ({ readonly of: "ended right"; readonly because: EndedBecause } & TakenRightFacts)
  | {
      readonly of: "released account";
      readonly account: string;
      readonly user: string;
      readonly connector: string;
      /** Memberships that ended with it. */
      readonly dropped: number;
    };

/** Why a right that somebody took for themselves ends. */
export type EndedBecause = "over" | "given back" | "no account" | "not allowed" | "no release";

const whyEnded: Readonly<Record<EndedBecause, string>> = {
  over: "its time is over",
  "given back": "it is given back",
  "no account": "who took it does not have the account any more",
  "not allowed": "no permission set lets who took it have it any more",
  "no release": "no release is active",
};

/** A right that somebody took for themselves. */
interface TakenRightFacts {
  readonly account: string;
  readonly repository: string;
  readonly right: Right;
  readonly permission: string;
  readonly until: Time;
  readonly reason: string;
}

/** Everything that is told of an operation that was done. */
export interface DoneFacts {
  readonly effect: Effect;
  /** Attributes that no schema knows, and members that the store does not, as paths. */
  readonly ignored: readonly string[];
  /** Constraints that do not hold, and only warn. */
  readonly warnings: readonly Verdict[];
  /** Why the rest was not done, where the request was refused and only what it takes away was done. */
  readonly undone?: {
    readonly code: string;
    readonly detail: string;
    readonly rules: readonly string[];
    readonly attribute?: string;
  };
  /** What it was held as before, and who has approved it; nobody where nothing holds it any more. */
  readonly hold?: { readonly id: string; readonly by: string | undefined };
}

/** What was done, in one line without secrets. */
export function describeDone({ effect, ignored, warnings, undone, hold }: DoneFacts): string {
  return [
    ...describeEffect(effect),
    hold ? `it was held as ${hold.id}${hold.by === undefined ? "" : `, and ${hold.by} approved it`}` : "",
    undone ? `nothing else is done: ${undone.detail}` : "",
    ignored.length > 0 ? `ignored ${ignored.join(", ")}` : "",
    ...warnings.map((verdict) => `warning of ${describeVerdict(verdict)}`),
  ]
    .filter(Boolean)
    .join("; ");
}

/** Constraints that do not hold, in one line. */
export function describeVerdicts(verdicts: readonly Verdict[]): string {
  return verdicts.map(describeVerdict).join("; ");
}

function describeVerdict({ constraint, reason, owner }: Verdict): string {
  return `constraint ${constraint}: ${reason}${owner === undefined ? "" : ` (owner: ${owner})`}`;
}

function describeEffect(effect: Effect): string[] {
  switch (effect.of) {
    case "nothing":
      return ["nothing changed"];
    case "user":
      return [
        describeAccount(effect.before, effect.after, effect.reason),
        effect.returned && effect.after !== null
          ? `account ${effect.after} is back with its owner, known by the externalId, without the old memberships`
          : "",
        effect.withheld ? describeWithheld(effect.withheld) : "",
        effect.externalId
          ? `externalId is now ${quoted(effect.externalId.after)}, was ${quoted(effect.externalId.before)}`
          : "",
        ...effect.left.map((group) => `no longer in ${group}`),
        ...effect.joined.map((group) => `now in ${group}`),
        ...(effect.keys ? describeKeys(effect.keys) : []),
        ...(effect.rivals ?? []),
      ];
    case "deleted user":
      return [
        effect.account === null ? "the user had no account" : `account ${effect.account} loses all access`,
        ...(effect.rivals ?? []),
      ];
    case "group":
      return [
        `group "${effect.name}"${describeSelection(effect)}`,
        effect.joined.length > 0 ? `${effect.joined.length} joined: ${some(effect.joined)}` : "",
        effect.left.length > 0 ? `${effect.left.length} left: ${some(effect.left)}` : "",
        ...describeTriggered(effect),
        ...effect.withheld.map(describeWithheld),
      ];
    case "deleted group":
      return [`group "${effect.name}" is gone`, ...describeTriggered(effect)];
    case "release":
      return [describeActivation(effect)];
    case "returned release":
      return [describeReturn(effect)];
    case "ended release":
      return [`release ${effect.digest} ends: nobody has access`];
    case "given account":
      return [
        `account ${effect.account} is user ${effect.user}'s of connector ${effect.connector}, ${effect.person === "same" ? "the same person" : "another person than before"}`,
        effect.dropped > 0 ? `${effect.dropped} memberships ended` : "",
      ];
    case "renumbering":
      return [
        effect.until === null
          ? `connector ${effect.connector} may not renumber any longer`
          : `connector ${effect.connector} may renumber until ${isoTime(effect.until)}`,
      ];
    case "renumbered":
      return [
        `of connector ${effect.connector}, which may renumber, ${effect.confirmed} accounts are no longer withheld`,
        effect.waiting > 0 ? `${effect.waiting} still are` : "",
      ];
    case "hold":
      return [
        `${decisions[effect.decision]}${effect.rules.length > 0 ? `, held by ${effect.rules.join(", ")}` : ""}`,
        effect.reason ?? "",
      ];
    case "ended quarantine":
      return [describeQuarantineOver(effect.connector), effect.reason];
    case "clock":
      return [
        `the system's clock is right: it is ${isoTime(effect.after)}, and was taken for ${isoTime(effect.before)}`,
        effect.reason,
      ];
    case "taken right":
      return [
        `${effect.account} takes ${effect.right} on ${effect.repository}${effect.again ? " again," : ""} until ${isoTime(effect.until)}, as permissions.${effect.permission} allows`,
        effect.reason,
      ];
    case "ended right":
      return [
        `the ${effect.right} of ${effect.account} on ${effect.repository}, taken by permissions.${effect.permission}, ends: ${whyEnded[effect.because]}`,
      ];
    case "released account":
      return [
        `account ${effect.account} no longer belongs to user ${effect.user} of connector ${effect.connector}`,
        effect.dropped > 0 ? `${effect.dropped} memberships ended` : "",
      ];
  }
}

const decisions = {
  approve: "approved",
  discard: "discarded",
  judge: "judged again: nothing holds it any more, or it cannot be done",
  lapse: "lapsed",
};
function describeTriggered({ letIn, shutOut }: ByTrigger): string[] {
  return [
    letIn.length > 0 ? `by a trigger ${letIn.length} accounts are let in: ${some(letIn)}` : "",
    shutOut.length > 0 ? `by a trigger ${shutOut.length} accounts lose all access: ${some(shutOut)}` : "",
  ];
}

function describeKeys(keys: KeyChanges): string[] {
  return [
    ...keys.added.map((key) => `SSH key ${key} lets in`),
    ...keys.removed.map((key) => `SSH key ${key} lets in no longer`),
    describeLeftKeys(keys) ?? "",
  ];
}

function describeSelection({ name, selected, isTwin, near }: Extract<Effect, { of: "group" }>): string {
  if (selected) return "";
  const exactly = spelt(name);
  // what only looks like another is to be seen
  const spelling = exactly === JSON.stringify(name) ? "" : `spelt ${exactly}: `;
  if (isTwin) return ` (${spelling}its name is another group's too, and nobody gets anything by this one)`;
  if (near === undefined) return " (not selected by the release)";
  return ` (${spelling}not selected by the release, but almost ${spelt(near)}, which is)`;
}

/** What to tell whoever reads the log of a group that almost gives something by its name. */
export function describeNearMiss(effect: Effect): string | undefined {
  if (effect.of !== "group" || (!effect.isTwin && effect.near === undefined)) return undefined;
  return `group "${effect.name}"${describeSelection(effect)}`;
}

function describeAccount(before: string | null, after: string | null, reason: string): string {
  if (after !== null && before === after) return `account ${after} stays`;
  if (after !== null && before !== null)
    return `account ${after} is let in, account ${before} loses all access`;
  if (after !== null) return `account ${after} is let in`;
  return before === null ? `no account: ${reason}` : `account ${before} loses all access: ${reason}`;
}

function describeActivation({
  digest,
  policyDigest,
  author,
  revision,
  preflight,
  lose,
  gain,
  accepted,
  overUntrusted,
  approval,
}: Extract<Effect, { of: "release" }>): string {
  return [
    `release ${digest}`,
    `policy ${policyDigest}`,
    ...(author ? [`by ${author}`] : []),
    ...(revision ? [`revision ${revision}`] : []),
    `${lose} lose a right, ${gain} gain one`,
    ...(accepted ? ["accepted beyond the bounds"] : []),
    ...(overUntrusted ? ["accepted in place of what cannot be trusted"] : []),
    ...(preflight ? ["without a preflight"] : []),
    ...(approval ? [describeApproval(approval)] : []),
  ].join(", ");
}

/** An identifier from outside: quoted and short. */
function quoted(externalId: string | null): string {
  if (externalId === null) return "none";
  return JSON.stringify(externalId.length > 100 ? `${externalId.slice(0, 100)}…` : externalId);
}

function some(ids: readonly string[]): string {
  return ids.length > 5 ? `${ids.slice(0, 5).join(", ")} and ${ids.length - 5} more` : ids.join(", ");
}
