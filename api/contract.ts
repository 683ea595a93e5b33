/**
 * The agent's admin API: what goes over the wire, as schemas that both sides check. All paths are below `/v1`; every
 * request carries a bearer token with a role, and every answer that is not 2xx is an `AdminRefusal`. Beside them, `/metrics` is for Prometheus.
 *
 * | method and path          | role     | answer                                            |
 * | ------------------------ | -------- | ------------------------------------------------- |
 * | GET /agent               | reader   | AgentIdentity: whose agent it is                  |
 * | GET /health              | reader   | Health: whether it enforces what it stores, and what it does not do |
 * | GET /certificates        | reader   | CertificateList: what the listeners show, and what they do not take |
 * | GET /verification        | reader   | Verification: whether Mercurial goes by what is stored, looked at now |
 * | GET /release             | reader   | ActiveRelease, or 404 when none is active         |
 * | PUT /release             | deployer | ActiveRelease; If-Match or If-None-Match required |
 * | DELETE /release          | deployer | 204; If-Match required: nobody has access after   |
 * | POST /impact             | reader   | Impact of a release, or of none                   |
 * | POST /reviews            | reader   | Review of a release, against the active one or another |
 * | POST /preflight          | reader   | PreflightAnswer: what would go wrong with a release; of one that is not active, what is new is looked at for a deployer alone |
 * | POST /fingerprints       | reader   | FingerprintList: by what the secrets of two agents are compared; so for what is new |
 * | GET /history             | reader   | History, newest first                             |
 * | GET /releases/:digest    | reader   | StoredRelease: one that was active at some time   |
 * | GET /policies/:digest    | reader   | PolicyAttestation: whether it is active, and since when |
 * | GET /access              | reader   | AccessDump, canonical                             |
 * | GET /audit?after=N       | reader   | AuditPage, oldest first; `last=N`: the newest N   |
 * | GET /tokens              | reader   | TokenList: the fixed tokens that connectors take  |
 * | POST /slots              | reader   | SlotList, for a SlotsRequest: the places of a secret that is rotated, and who comes with what |
 * | POST /slots/look         | deployer | the same, looked at anew now                      |
 * | GET /twins               | reader   | TwinList: names from before that are others' too  |
 * | GET /owners              | reader   | OwnerList: whose each account is, and what is withheld |
 * | POST /owners/:account    | approver | 204 for a Confirmation: the account is that user's |
 * | DELETE /owners/:account  | approver | 204; the account may go to another user; `memberships=keep` |
 * | GET /failures           | reader   | FailureList: what is not done as it is asked for  |
 * | GET /requests?connector=C | reader | HeardPage: what its provider sent of late, no value of it; `after=N` |
 * | POST /connector-tests   | reader   | TestKept, for a TestRequest: the steps that somebody watched, which promotion may ask for |
 * | GET /quarantines        | reader   | QuarantineList: connectors that only take access away |
 * | POST /quarantines/:connector/end | approver | 204 for a QuarantineWord: it is in order |
 * | GET /alerts?state=S      | reader   | AlertList: what was sent, waits or was given up, newest first; `before=N`: older ones |
 * | POST /alerts/retry       | approver | AlertsAgain, for an AlertRetry: sent again now    |
 * | POST /alerts/discard     | approver | AlertsDiscarded, for an AlertDiscard: what was given up is taken away |
 * | POST /alerts/test        | approver | AlertTested, for an AlertTest: whether receivers took it |
 * | POST /clock              | approver | ClockStatus, for a ClockWord: the system's clock is right |
 * | PUT /probes/:account     | approver | Probe: on the local socket alone, what its refusals have in them for a while |
 * | DELETE /probes/:account  | approver | 204; on the local socket alone                    |
 * | GET /held?after=N        | reader   | HeldPage: what waits, oldest first; `limit`, `rule`, `connector` |
 * | GET /held/:id            | reader   | HeldDetail: one of them, with the whole request, also when it has ended |
 * | POST /held/:id           | approver | HeldEnd, for a HoldWord: it is done, or ended     |
 * | POST /held               | approver | HeldEnds, for HoldWords: the same of several at once |
 * | GET /break-glass         | reader   | BreakGlassList: the rights that people took and have |
 * | POST /break-glass        | reader, whose account is known | 201, BreakGlassRight, for a BreakGlassRequest |
 * | DELETE /break-glass/:id  | reader, of their own; approver | 204; the right has ended |
 * | PUT /renumberings/:connector | approver | RenumberingResult: externalIds may change until a time |
 */

import { z } from "zod";
import { Duration } from "../model/duration.ts";
import { Accept } from "../model/environment/bounds.ts";
import { Digest } from "../model/environment/common.ts";
import { Right } from "../model/environment/right.ts";
import { Release } from "../model/release.ts";
import { Time } from "../model/time.ts";
import { ApprovalLine, GivenApproval, KeptApproval } from "./approval.ts";
import { TriedStep } from "./heard.ts";
import { TokenUse } from "./token-use.ts";

export { HeardPage, TestKept } from "./heard.ts";
export { FingerprintList, PreflightAnswer } from "./preflight.ts";
export { SlotList } from "./slots.ts";

/** What a token may do; each role may do what those before it may. */
export const roles = ["reader", "deployer", "approver"] as const;
export type Role = (typeof roles)[number];

/** What travels beside a release, outside its digest. */
export const Origin = z.strictObject({
  sources: z
    .record(z.string(), z.string())
    .default({})
    .describe("Where each entry was written: file:line:column."),
  author: z.string().max(256).optional(),
  revision: z.string().max(256).optional(),
  preflight: z
    .literal("skipped")
    .exactOptional()
    .describe(
      "No preflight stood before it: whoever deployed it did not want that, or a rollback went past what it found. Absent where one did.",
    ),
});
export type Origin = z.infer<typeof Origin>;

export const ClockStatus = z.object({
  time: Time.describe("The agent's time: by what it has measured, where that is not what the system says."),
  system: Time.describe("What its system's clock says."),
  inDoubt: z
    .boolean()
    .describe("Whether the two are too far apart: until an approver accepts it, no release becomes active."),
});
export type ClockStatus = z.infer<typeof ClockStatus>;

/** An approver's word that the system's clock is right. */
export const ClockWord = z.strictObject({
  time: Time.min(0)
    .max(8_640_000_000_000_000)
    .describe("What time it is by the approver's own clock: the system's must say so too."),
  reason: z.string().min(1).max(256).describe("Why the clock jumped, for the audit."),
});
export type ClockWord = z.infer<typeof ClockWord>;

export const Planner = z.object({
  version: z.string().describe("Of hgscim, where it planned or deployed."),
  at: Time.describe("When it did so last."),
});
export type Planner = z.infer<typeof Planner>;
/** An approver's word that a connector is in order. */
export const QuarantineWord = z.strictObject({
  reason: z.string().min(1).max(256).describe("Why it may write again, for the audit."),
});
export type QuarantineWord = z.infer<typeof QuarantineWord>;

export const QuarantineList = z.object({
  quarantines: z.array(
    z.object({
      connector: z.string(),
      since: Time,
      until: Time.describe("When it is tried."),
      tried: z.boolean().describe("Whether a few writes are let through now, to try it."),
      round: z.int().describe("How often it was quarantined in a row, from 1."),
      failed: z.int().describe("So many writes failed when it was last."),
      writes: z.int().describe("Of so many."),
      code: z.string().describe("By what most of them failed: one of the codes in codes.ts."),
    }),
  ),
});
export type QuarantineList = z.infer<typeof QuarantineList>;

export const AgentIdentity = z.object({
  environment: z.string().describe("The one environment whose releases it runs."),
  version: z.string().exactOptional().describe("Of the package that it is; an older agent does not say."),
  clock: ClockStatus.exactOptional().describe("An older agent does not say."),
  lineage: z
    .string()
    .exactOptional()
    .describe("Which store it has, as approvals name it; another one once a copy from before is accepted."),
  planners: z
    .array(Planner)
    .exactOptional()
    .describe("Which versions have planned and deployed here since it started, the last one first."),
});
export type AgentIdentity = z.infer<typeof AgentIdentity>;

/** Why an agent does not all that it is there for. */
export const HealthCondition = z.object({
  code: z.string().describe("One of the codes in codes.ts."),
  message: z.string(),
});
export type HealthCondition = z.infer<typeof HealthCondition>;

export const Health = z.object({
  ready: z.boolean().describe("Whether Mercurial goes by all that is stored."),
  conditions: z.array(HealthCondition).describe("What it does not do now, and why; none where all is well."),
});
export type Health = z.infer<typeof Health>;

export const CertificateList = z.object({
  certificates: z.array(
    z.object({
      listener: z.enum(["scim", "admin"]),
      serial: z.string().describe("In hexadecimal digits."),
      sha256: z.string().describe("Its fingerprint."),
      names: z.array(z.string()).describe("The names and addresses that it is for."),
      from: Time,
      until: Time.describe("When the first one of its chain ends."),
      since: Time.describe(
        "Since when the agent shows it, at its start the first time; by the system's clock.",
      ),
      own: z.boolean().describe("Whether the agent made it."),
      refused: z.string().nullable().describe("Why it is not what the files hold; null where it is."),
    }),
  ),
});
export type CertificateList = z.infer<typeof CertificateList>;

const VerificationFinding = z.object({
  step: z
    .enum(["tables", "look-up", "host"])
    .describe("The access file's rows; what the extension answers; or the host's own answer."),
  message: z.string(),
});

const VerificationState = z
  .enum(["underway", "settled", "shut"])
  .describe("Of the active release; shut: everything is refused, since Mercurial does not go by it.");

export const Verification = z.object({
  state: VerificationState,
  differs: z.boolean().describe("Whether Mercurial goes by something else."),
  findings: z.array(VerificationFinding).describe("By what."),
  missing: z.array(VerificationFinding).describe("What could not be looked at, and says nothing."),
});
export type Verification = z.infer<typeof Verification>;

export const Activation = z.strictObject({
  release: Release,
  origin: Origin,
  accept: Accept.exactOptional().describe("What was accepted beyond the bounds, outside the digest."),
  approval: GivenApproval.exactOptional().describe("Where it is given, nothing else becomes active."),
});
export type Activation = z.infer<typeof Activation>;

export const ActiveRelease = z.object({
  release: Release,
  digest: Digest,
  policyDigest: Digest,
  bindingsDigest: Digest,
  activatedAt: Time,
  activatedBy: z.string().describe("The name of the admin token, or `local:` and a user's name."),
  origin: Origin,
  verification: z
    .object({ state: VerificationState, missing: z.array(VerificationFinding) })
    .exactOptional()
    .describe(
      "Whether it is verified, and what of that could not be looked at; an older agent does not say.",
    ),
});
export type ActiveRelease = z.infer<typeof ActiveRelease>;

const WithheldBecause = z
  .enum(["identity", "owner"])
  .describe("The user has another externalId than was known; or the account is another identity's.");

/** What becomes of the groups that a user is in, when an account passes. */
export const MembershipsKept = z.enum(["keep", "drop"]);
export type MembershipsKept = z.infer<typeof MembershipsKept>;

export const OwnerList = z.object({
  owners: z.array(
    z.object({
      account: z.string(),
      connector: z.string(),
      user: z.string().describe("The SCIM id; empty for nobody who is here."),
      since: Time,
      by: z.enum(["externalId", "resource"]).describe("How its owner is known again."),
      state: z
        .enum(["in use", "unused", "former name", "gone"])
        .describe("Unused: the user is inactive, out of scope or waits; gone: the user is deleted."),
    }),
  ),
  withheld: z.array(
    z.object({
      account: z.string(),
      connector: z.string(),
      user: z.string(),
      since: Time,
      because: WithheldBecause,
      groups: z.array(z.string()).describe("The names of the groups that come along."),
    }),
  ),
  renumbering: z.array(z.object({ connector: z.string(), until: Time })),
});
export type OwnerList = z.infer<typeof OwnerList>;

export const Confirmation = z.strictObject({
  user: z.string().describe("The SCIM id of the user from whom the account is withheld."),
  memberships: MembershipsKept.exactOptional().describe("Kept when it is left out: it is the same person."),
});
export type Confirmation = z.infer<typeof Confirmation>;

export const Renumbering = z.strictObject({
  until: Time.nullable().describe("At most 7 days from now; null ends it."),
});

export const RenumberingResult = z.object({
  confirmed: z.array(z.string()).describe("The accounts that are their users' again."),
  waiting: z.array(z.object({ user: z.string(), reason: z.string() })),
});
export type RenumberingResult = z.infer<typeof RenumberingResult>;

export const ImpactRequest = z.strictObject({
  release: Release.nullable(),
  accept: Accept.exactOptional(),
  approval: ApprovalLine.exactOptional().describe("Then the failures say why it does not hold."),
});
export type ImpactRequest = z.infer<typeof ImpactRequest>;

/** A bound that a release exceeds, and by whom. */
export const Excess = z.object({
  bound: z.enum(["lose", "protected"]),
  of: z
    .enum(["proposed", "active"])
    .describe("Whose bound: a release is held to those of the release that it replaces, too."),
  limit: z.string().describe("The bound, as a person reads it."),
  byDefault: z
    .literal(true)
    .exactOptional()
    .describe("It is the default one, since the release names no bounds."),
  accounts: z.array(z.string()),
  at: z.string().optional().describe("Where the active release's bound was written."),
});
export type Excess = z.infer<typeof Excess>;

const RightChange = z.object({
  account: z.string(),
  repository: z.string(),
  branch: z
    .string()
    .exactOptional()
    .describe(
      "The right to push to the branches that this pattern matches changes, and that on the repository, write, does not.",
    ),
  bookmark: z.string().exactOptional().describe("So for bookmarks."),
  path: z.string().exactOptional().describe("So for the files that a pattern matches."),
  before: Right.nullable(),
  after: Right.nullable(),
});

export const Impact = z.object({
  from: Digest.nullable().describe("The active release that it is compared with."),
  accounts: z.int().describe("Accounts that have a right in some repository now."),
  lose: z.int().describe("Accounts that lose a right in some repository, at once or when a rule ends."),
  gain: z.int().describe("Accounts that gain one; who loses one elsewhere is in both."),
  later: z
    .array(
      z.object({
        at: Time,
        lose: z.array(z.string()).describe("Accounts that lose a right then, and none before."),
        gain: z.int().describe("How many gain one then, and none before."),
      }),
    )
    .default([])
    .describe(
      "Who loses or gains when a rule ends that would go on, or go on longer, without this release; they count in `lose` and `gain`. An older agent counts none.",
    ),
  changes: z.array(RightChange),
  gone: z
    .array(z.string())
    .default([])
    .describe(
      "Repositories among the changes that are not there now and count as when they were; an older agent counts none.",
    ),
  unlisted: z
    .literal(true)
    .exactOptional()
    .describe(
      "Repositories cannot be listed: what is counted here says nothing, and the failures name them.",
    ),
  withheld: z
    .array(
      z.object({
        connector: z.string(),
        user: z.string().describe("The SCIM id."),
        account: z.string().exactOptional().describe("The account, where there is one of that name already."),
        because: WithheldBecause,
      }),
    )
    .default([])
    .describe("Who does not get the account that the release makes of them, until an approver says so."),
  unmatched: z
    .array(z.string())
    .describe('Patterns that match no repository here, such as `permissions.core: "core/x/**"`.'),
  unsent: z
    .array(z.string())
    .default([])
    .describe(
      "Groups that an entry names and no identity provider has sent; an older agent says nothing of them.",
    ),
  ended: z.array(z.string()).describe("Rules that have ended by now, by the agent's own clock."),
  nearMisses: z
    .array(z.string())
    .default([])
    .describe(
      "Groups that are called almost as one that the release selects, and give nothing. An older agent tells none.",
    ),
  writerless: z
    .array(z.object({ repository: z.string(), writers: z.int().describe("How many could write it before.") }))
    .default([])
    .describe(
      "Repositories that nobody can write after it, and somebody could before. An older agent tells none.",
    ),
  emptied: z
    .array(z.string())
    .default([])
    .describe(
      "Rules that are about nobody after it, and were about somebody before, such as `permissions.core: branches: stable`. An older agent tells none.",
    ),
  idle: z
    .array(z.string())
    .default([])
    .describe(
      "Constraints that can stop nothing after it, since nobody is whom they are about, and could before, such as `constraints.critical`. An older agent tells none.",
    ),
  holds: z
    .array(
      z.object({
        rules: z.array(z.string()).describe("The constraints by which they are held now."),
        count: z.int(),
        become: z
          .enum(["freed", "judged"])
          .describe(
            "Freed: none of the constraints holds any more, so they are done unless something else stops them. Judged: one holds yet, and they are done where its cause has gone.",
          ),
      }),
    )
    .default([])
    .describe("What waits for an approval, and does not just wait on. An older agent tells none."),
  failures: z.array(z.string()).describe("Why the agent would refuse to activate it, but for its bounds."),
  excesses: z.array(Excess).describe("The bounds that it exceeds."),
  acceptance: z
    .enum(["absent", "stale", "unneeded", "short", "enough"])
    .describe(
      "What `accept` is worth: stale when it is about another release, short when more are affected.",
    ),
});
export type Impact = z.infer<typeof Impact>;

export const ReviewRequest = z.strictObject({
  release: Release,
  accept: Accept.exactOptional(),
  base: Release.exactOptional().describe("What it is compared with, in place of the active release."),
});

/** What a reviewer of a release is told. */
export const Review = Impact.omit({ changes: true }).extend({
  digest: Digest.describe("Of the release that it is about."),
  active: Digest.nullable().describe("The active release, whatever it is compared with; `from` is that."),
  effect: z
    .array(
      z.object({
        accounts: z.array(z.string()).describe("To all of whom the same happens, and to nobody else."),
        moved: z
          .boolean()
          .describe("Whether some of them are in other groups, come or go: it is not for the rules alone."),
        changes: z.array(RightChange.omit({ account: true })),
      }),
    )
    .describe("Who gains and loses what, by those to whom the same happens."),
  groups: z
    .array(
      z.object({
        group: z.string().describe("`connector/group`."),
        people: z.int().describe("Accounts in it, before or after."),
        lose: z.int(),
        gain: z.int(),
      }),
    )
    .describe("How many of each group lose and gain, those with most losses first."),
  likely: z
    .array(
      z.object({
        entry: z.string().describe("That names the group."),
        connector: z.string(),
        group: z.string().describe("That was never sent."),
        sent: z.string().describe("The group that was, and has those people."),
        losing: z.int().describe("So many of its members lose access."),
        members: z.int(),
      }),
    )
    .describe("What may be meant by a group that the identity provider has not sent."),
  approval: z
    .string()
    .exactOptional()
    .describe(
      "The line that a deploy is held to, by --approved; where there is none, `unapproved` says why.",
    ),
  unapproved: z.string().exactOptional(),
});
export type Review = z.infer<typeof Review>;

export const History = z.object({
  entries: z.array(
    z.object({
      sequence: z.int(),
      digest: Digest.nullable().describe("Null: no release was active from then on."),
      policyDigest: Digest.nullable(),
      at: Time,
      by: z.string(),
      author: z.string().optional(),
      revision: z.string().optional(),
      preflight: z.literal("skipped").exactOptional().describe("No preflight stood before it."),
      approval: KeptApproval.exactOptional().describe("What it was held to; absent where that was none."),
    }),
  ),
});
export type History = z.infer<typeof History>;

export const StoredRelease = z.object({
  release: Release,
  digest: Digest,
  policyDigest: Digest,
  bindingsDigest: Digest,
  activatedAt: Time.describe("The last time that it became active."),
  origin: Origin.describe("That of its last activation."),
});
export type StoredRelease = z.infer<typeof StoredRelease>;

/** What an agent says to whoever promotes a policy to the next environment. */
export const PolicyAttestation = z.object({
  environment: z.string(),
  policyDigest: Digest.describe("The policy that was asked about."),
  active: z.boolean(),
  since: Time.nullable().describe(
    "Since when it is active without a break: releases that only change bindings are none. Null when it is not active.",
  ),
  ran: z
    .int()
    .describe("For how long it ran, in milliseconds as the agent measured them; while it was stopped, none."),
  at: Time.describe("The agent's own time at this answer."),
  activePolicy: Digest.nullable().describe("The policy that is active, null when no release is."),
  tried: z
    .record(z.string(), z.array(TriedStep))
    .exactOptional()
    .describe("Of each connector, as it is in this policy: the steps that came while somebody watched."),
});
export type PolicyAttestation = z.infer<typeof PolicyAttestation>;

export const BreakGlassRequest = z.strictObject({
  repository: z.string().min(1).max(1024).describe("Its path below the folder of the repositories."),
  for: Duration.refine((text) => !/^0/.test(text), {
    error: "no time at all (expected at least 1s)",
  }).describe("For how long, from now on."),
  reason: z.string().trim().min(1).max(256).describe("Why, for the audit and whoever is told."),
});
export type BreakGlassRequest = z.infer<typeof BreakGlassRequest>;

/** A right that somebody took for themselves. */
export const BreakGlassRight = z.object({
  id: z.string(),
  account: z.string(),
  repository: z.string(),
  right: Right,
  permission: z.string().describe("The permission set that lets them."),
  since: Time,
  until: Time,
  reason: z.string(),
  by: z.string().describe("Who asked for it, as the audit calls them."),
});
export type BreakGlassRight = z.infer<typeof BreakGlassRight>;

export const BreakGlassList = z.object({ rights: z.array(BreakGlassRight) });
export type BreakGlassList = z.infer<typeof BreakGlassList>;

export const AccessDump = z.object({
  environment: z.string(),
  digest: Digest.nullable(),
  accounts: z.array(
    z.object({
      account: z.string(),
      connector: z.string(),
      user: z.string(),
      email: z.string().optional(),
      groups: z.array(z.string()),
    }),
  ),
  access: z.array(
    z.object({
      account: z.string(),
      repository: z.string(),
      branch: z
        .string()
        .exactOptional()
        .describe("A pattern of branches on which the right is another than elsewhere."),
      bookmark: z.string().exactOptional().describe("So for bookmarks."),
      path: z.string().exactOptional().describe("So for the files that a pattern matches."),
      right: Right,
    }),
  ),
  breakGlass: z
    .array(
      BreakGlassRight.pick({ account: true, repository: true, right: true, permission: true, until: true }),
    )
    .exactOptional()
    .describe("The rights among these that people took for themselves; absent where nobody did."),
  suspended: z
    .array(z.string())
    .exactOptional()
    .describe(
      "The accounts that have no access while something of theirs is held by a constraint with `meanwhile: suspend`; absent where there are none.",
    ),
});
export type AccessDump = z.infer<typeof AccessDump>;

const Reason = z
  .string()
  .trim()
  .min(1, { error: "no reason (expected why, in a few words)" })
  .max(500, { error: "more than 500 characters (expected a few words)" });

const Fingerprint = z
  .string()
  .max(64)
  .describe("Of what was shown: where it is another one by now, the word counts for nothing.");

/** A person's word about a held operation. */
export const HoldWord = z.strictObject({
  decision: z.enum(["approve", "discard"]),
  reason: Reason.describe("Why, for the audit."),
  fingerprint: Fingerprint,
});
export type HoldWord = z.infer<typeof HoldWord>;

/** The most holds that one request decides. */
export const mostHoldWords = 1_000;

/** One word about several. */
export const HoldWords = HoldWord.omit({ fingerprint: true }).extend({
  holds: z
    .array(z.strictObject({ id: z.string(), fingerprint: Fingerprint }))
    .min(1)
    .max(mostHoldWords),
});
export type HoldWords = z.infer<typeof HoldWords>;

export const HeldSummary = z.object({
  id: z.string(),
  sequence: z.int().describe("Its place in the list."),
  connector: z.string(),
  operation: z.string().describe("As the audit calls it, such as `user.update`."),
  target: z.string().nullable().describe("The SCIM id, or the account; null for what is to be created."),
  name: z.string().nullable().describe("The userName or displayName, as far as it is known."),
  rules: z.array(z.string()).describe("The constraints; none where it only waits for its turn."),
  reasons: z.array(z.string()).describe("Why each of them does not hold."),
  owner: z.string().nullable().describe("Who answers for them."),
  waits: z
    .enum(["person", "cause", "turn"])
    .describe(
      "For a person's word, for its cause to go away, or for what is held of the same resource before.",
    ),
  removal: z
    .boolean()
    .describe("Whether it takes access away: then nothing but a word or a newer write ends it."),
  suspends: z
    .boolean()
    .describe("Whether those whom it is about have no access until it ends: `meanwhile: suspend`."),
  since: Time,
  expires: Time.nullable(),
  attempts: z.int().describe("How often the identity provider has asked for it."),
  fingerprint: z.string(),
});
export type HeldSummary = z.infer<typeof HeldSummary>;

export const HeldPage = z.object({
  held: z.array(HeldSummary),
  total: z.int().describe("How many wait altogether."),
  next: z.int().nullable().describe("What `after` is for the next page; null behind the last one."),
});
export type HeldPage = z.infer<typeof HeldPage>;

const HoldState = z.enum([
  "pending",
  "approved",
  "released",
  "discarded",
  "superseded",
  "expired",
  "rejected",
]);

const MovedUsers = z.object({
  count: z.int(),
  users: z
    .array(z.object({ id: z.string(), name: z.string().nullable().describe("null for no user.") }))
    .describe("The first hundred of them."),
});

export const HeldMoves = z.object({
  leave: MovedUsers.describe("Who would leave the group, as it is now."),
  join: MovedUsers.describe("Who would come into it."),
});
export type HeldMoves = z.infer<typeof HeldMoves>;

export const HeldDetail = HeldSummary.extend({
  state: HoldState,
  ended: Time.nullable(),
  endedBy: z.string().nullable(),
  reason: z.string().nullable().describe("Why it ended."),
  release: z.string().nullable().describe("The digest of the release that holds it."),
  request: z.json().describe("What was asked for, without secrets."),
  present: z.json().describe("The resource as it is now; null where there is none."),
  before: z
    .array(z.string())
    .describe("What is held of the same resource before it, and has to be decided first."),
  moves: HeldMoves.nullable()
    .default(null)
    .describe(
      "Of a group, while it waits; null of a very large request, and of an older agent, which does not say.",
    ),
});
export type HeldDetail = z.infer<typeof HeldDetail>;

/** What came of a word. */
export const HeldEnd = z.object({
  id: z.string(),
  state: HoldState,
  detail: z.string().describe("What was done."),
});
export type HeldEnd = z.infer<typeof HeldEnd>;

export const HeldEnds = z.object({
  results: z.array(
    z.union([
      HeldEnd,
      z.object({ id: z.string(), error: z.object({ code: z.string(), message: z.string() }) }),
    ]),
  ),
});
export type HeldEnds = z.infer<typeof HeldEnds>;

export const AuditRow = z.object({
  sequence: z.int(),
  at: Time,
  actor: z.string(),
  operation: z.string(),
  target: z.string(),
  outcome: z.enum(["done", "refused", "held"]),
  code: z
    .string()
    .nullable()
    .describe(
      "Why it is refused or held; of what is done, why no more is than what the request takes away; else null.",
    ),
  rule: z
    .string()
    .nullable()
    .describe("The constraints or bounds that refuse, hold or warn, with spaces between."),
  detail: z.string(),
  traceparent: z
    .string()
    .nullable()
    .default(null)
    .describe("The trace that the request is a part of (W3C Trace Context); an older agent does not say."),
});
export type AuditRow = z.infer<typeof AuditRow>;

export const AuditPage = z.object({ rows: z.array(AuditRow) });

/** An admin token that the agent takes. */
const AdminTokenUse = z.object({
  name: z.string(),
  role: z.enum(roles),
  hash: z
    .string()
    .exactOptional()
    .describe("For an approver alone: the first digits of its hash, as agent.yaml has them."),
  since: Time.describe("Since when the agent takes it, or has run: of what was before it knows nothing."),
  used: TokenUse.nullable().describe("When it came last, and from where; null when it did not."),
  connector: z
    .string()
    .exactOptional()
    .describe("It is a token of this connector, too: so it lets no admin in."),
});

export const TokenList = z.object({
  admin: z
    .array(AdminTokenUse)
    .exactOptional()
    .describe("Those of agent.yaml, in its order; an older agent does not say."),
  tokens: z.array(
    z.object({
      connector: z.string(),
      since: Time.describe("When the agent saw it first."),
      expires: Time.nullable().describe("Null: it has no lifetime."),
      valid: z.boolean(),
      lastUsed: TokenUse.nullable()
        .default(null)
        .describe("Null: nobody has seen it used; an older agent does not say."),
      takesAwayOnly: z
        .literal(true)
        .exactOptional()
        .describe(
          "It gives nobody anything: no release that runs has the connector, or it may have been replaced.",
        ),
    }),
  ),
});
export type TokenList = z.infer<typeof TokenList>;

/** One of those whom a failure concerns. */
export const FailureExample = z.object({
  whom: z.string().describe("The SCIM id, or the name of who has none."),
  name: z
    .string()
    .nullable()
    .describe(
      "The userName or displayName behind the id, while they are here; read when it is asked for, and not kept.",
    ),
  detail: z.string().describe("What was answered them last; it may name people."),
  at: Time.describe("When they met it last, or it was over for them."),
  stands: z.boolean(),
  hold: z
    .object({ id: z.string(), state: HoldState, by: z.string().nullable(), reason: z.string().nullable() })
    .nullable()
    .describe("What of theirs is held, or how that ended."),
});
export type FailureExample = z.infer<typeof FailureExample>;

/** What was not done as it was asked for, by whose rule, and for whom. */
export const Failure = z.object({
  id: z.int(),
  connector: z.string(),
  kind: z.enum(["user", "group"]),
  what: z
    .enum(["refused", "held", "undone", "warned", "ignored"])
    .describe("Undone: only what the request takes away was done; ignored: an attribute that nobody knows."),
  rule: z.string().nullable().describe("The constraint; null where a code alone says why."),
  code: z.string().nullable().describe("One of the codes in codes.ts; null of what is done."),
  attribute: z
    .string()
    .nullable()
    .describe("The attribute that is wrong or ignored, those that the constraint names, or an expression."),
  owner: z.string().nullable().describe("Who answers for the constraint, else for the connector."),
  first: Time,
  last: Time,
  times: z.int(),
  people: z.int().describe("How many users, or groups, it ever concerned, as far as they were remembered."),
  more: z.boolean().describe("There were too many to remember each."),
  standing: z.int().describe("For how many of them it still stands: no later write of theirs was done."),
  stands: z
    .boolean()
    .describe("Whether it is still to be mended; what names nobody is for a day after it was met last."),
  example: z.string().describe("The SCIM id of the last of them, or the name of who has none."),
  detail: z.string().describe("What was answered last; it may name people."),
  examples: z
    .array(FailureExample)
    .describe("Some of those for whom it stands, or stood where it is over; who met it last comes first."),
});
export type Failure = z.infer<typeof Failure>;

export const FailureList = z.object({
  failures: z.array(Failure).describe("Those that began last first."),
  next: z.int().nullable().describe("`before` of the next page; null where there is none."),
});
export type FailureList = z.infer<typeof FailureList>;
export const AlertState = z.enum(["waiting", "delivered", "dead"]);

export const AlertList = z.object({
  counts: z.record(AlertState, z.int()).describe("How many there are of each state, on all pages."),
  alerts: z.array(
    z.object({
      sequence: z.int(),
      id: z.string().describe("What the receiver knows it by: webhook-id, or in the Message-ID."),
      destination: z.string().describe("The variable with the address."),
      matter: z.string(),
      at: Time.describe("When it was to be told."),
      state: AlertState.describe("`dead`: it was given up, and stays until it is sent again or discarded."),
      attempts: z.int(),
      reason: z.string().nullable().describe("Why the last attempt failed."),
      ended: Time.nullable().describe("When it was delivered or given up."),
      count: z.int().describe("How many events it stands for."),
      summary: z.string(),
    }),
  ),
});
export type AlertList = z.infer<typeof AlertList>;

export const AlertRetry = z.strictObject({
  ids: z
    .array(z.string().max(100))
    .min(1)
    .max(500)
    .exactOptional()
    .describe("Which of those that wait or were given up; all that were given up when absent."),
});

export const AlertsAgain = z.object({ again: z.int() });

export const AlertDiscard = z.strictObject({
  ids: AlertRetry.shape.ids.describe("Which of those that were given up; all of them when absent."),
  reason: z.string().trim().min(1).max(256).describe("Why nobody is to be told, for the audit."),
});

export const AlertsDiscarded = z.object({ discarded: z.int() });

export const AlertTest = z.strictObject({
  to: z.string().max(200).exactOptional().describe("A destination; all of the release's when absent."),
});

export const AlertTested = z.object({
  results: z.array(
    z.object({
      destination: z.string(),
      taken: z.boolean(),
      reason: z.string().exactOptional().describe("Why not."),
    }),
  ),
});
export type AlertTested = z.infer<typeof AlertTested>;

/** What whoever asks for a repository as an account, and is refused by the extension, is told with the refusal. */
export const Probe = z.object({
  nonce: z.string().describe("Made for this alone: nobody else can have answered it."),
  until: Time,
});
export type Probe = z.infer<typeof Probe>;

export const TwinList = z.object({
  twins: z.array(
    z.object({
      kind: z.enum(["user", "group"]),
      connector: z.string(),
      id: z.string().describe("The SCIM id."),
      name: z.string().describe("As the identity provider writes it."),
      of: z.string().describe("The name that it compares as."),
    }),
  ),
});
export type TwinList = z.infer<typeof TwinList>;

export const AdminRefusal = z.object({
  error: z.object({
    code: z
      .string()
      .exactOptional()
      .describe(
        "Why, as one of the codes in codes.ts; an older agent sends none, a newer one perhaps others.",
      ),
    message: z.string().describe("The same for people."),
    problems: z.array(z.string()).default([]),
  }),
});
export type AdminRefusal = z.infer<typeof AdminRefusal>;
