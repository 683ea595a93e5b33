/**
 * What can come of a request that writes, and of any request to the admin API, by its stable code: the audit, the admin API
 * and SCIM's answers are made from it. A code never changes its meaning; sentences may.
 */
import type { CodeEntry } from "../model/problem-codes.ts";

/** Why SCIM refuses or holds a write, or refuses to read. Those that RFC 7644, table 9, and RFC 9865 know have their names. */
export const scimCodes = {
  invalidFilter: {
    means: "A filter is malformed, or compares what its attribute does not have.",
    example: 'User has no attribute "nickNam"',
    mend: "Write the filter by RFC 7644, section 3.4.2.2, with attributes that /Schemas names.",
  },
  invalidPath: {
    means:
      "The path of a PATCH operation is malformed, or has a filter where there is nothing to choose from.",
    example: 'Operations[0]: the path "emails" is malformed; expected attr, attr.sub or attr[filter].sub',
    mend: "Correct the attribute in the provider's mapping.",
  },
  invalidSyntax: {
    means: "The body is not JSON, or not the message that belongs there.",
    example: "the body is not JSON: the mistake is at character 17",
    mend: "Send the message that RFC 7644 asks for at this address.",
  },
  invalidValue: {
    means: "A value is missing, of another type, or one that the mapping or the schema does not take.",
    example: "emails: expected an object, found a number",
    mend: "Correct the value at the provider, or the expression that makes it.",
  },
  invalidCursor: {
    means: "A cursor is none, or was given for another list.",
    example: "this is no cursor; an empty one asks for the first page",
    mend: "Begin the list again with an empty cursor.",
  },
  invalidCount: {
    means: "The size of a page is no whole number.",
    example: "count: expected a whole number",
    mend: "Send a whole number as count, or none.",
  },
  mutability: {
    means: "The attribute is read-only, or required and would be removed.",
    example: "Operations[0]: userName is required and cannot be removed",
    mend: "Take the attribute out of what the provider sends.",
  },
  noTarget: {
    means: "A PATCH operation has nothing that it could change.",
    example: "Operations[0]: no value of emails matches the filter",
    mend: "Let the provider add the value first, or name one that is there.",
  },
  tooMany: {
    means: "A list would have to look at more resources than it may.",
    example: "more than 200000 resources would have to be looked at",
    mend: "Filter by an attribute with an index: userName, externalId, displayName, e-mail, times.",
  },
  uniqueness: {
    means: "The name belongs to another resource of this connector, perhaps in another case or form.",
    example: 'displayName "HG-X " belongs to another group: it compares as "hg-x" does',
    mend: "Rename one of the two at the provider. GET /v1/twins lists those from before.",
  },
  tooLarge: {
    means: "The request asks for more than one request may.",
    example: "the body is larger than 1 MiB",
    mend: "Send it in parts.",
  },
  notFound: {
    means: "There is no resource of this id in this connector.",
    example: "there is no user 2f1c",
    mend: "Let the provider look the resource up again, and create it if it is gone.",
  },
  otherVersion: {
    means: "The condition of the request (If-Match, If-None-Match) does not hold.",
    example: "the user is not of the version that the request asks for: its version is 3",
    mend: "Read the resource again, and send the change for its present version.",
  },
  mappingFailed: {
    means: "An expression of the connector cannot be evaluated for this user, or gives no account name.",
    example: "mapping.account of connector okta: what it gives cannot be an account",
    mend: "Correct the user at the provider, or the expression in the environment file.",
  },
  overBudget: {
    means: "Evaluating an expression for this user takes more steps than any evaluation may.",
    example: "scope of connector okta: it takes more than 500000 steps for this user",
    mend: "Let the expression go through fewer values: without a macro within another, or filtered before it.",
  },
  accountTaken: {
    means: "The account belongs to another user.",
    example: 'account "ann" belongs to another user',
    mend: "Let the mapping give the two different accounts.",
  },
  constraintOnValue: {
    means: "A constraint refuses what the user would become.",
    example: "constraint mail-domain: Only people of our own mail domain get an account.",
    mend: "Ask the constraint's owner, or correct the user at the provider.",
  },
  constraintOnAccess: {
    means: "A constraint refuses what would become of people's access.",
    example: "constraint last-manager: 0 would be left in okta/release-managers, and 1 must stay",
    mend: "Ask the constraint's owner.",
  },
  held: {
    means: "A constraint holds the write until somebody approves it.",
    example:
      "held as 1f0c, owner on-call decides: constraint mass: 40 accounts would lose all access in 1h (at most 10% of 380, 5 always)",
    mend: "Ask the constraint's owner, who sees it by hgscim held. A repeat is answered by the same id.",
  },
  tokenInDoubt: {
    means:
      "The agent's clock is in doubt, and by the later time the token has ended. What the request takes away is done, and nothing else.",
    example:
      "the agent's clock is in doubt, and by the later time the token has ended: it only takes access away",
    mend: "Let somebody mend the clock: hgscim agent clock says how. Or replace the token; the provider tries again by itself.",
  },
  secretMissing: {
    means:
      "A token of the connector could not be had when the agent started. The one that came was valid before, and may have been replaced: what the request takes away is done, and nothing else.",
    example:
      "a token of the connector cannot be had on the agent's host now, and the one that came may have been replaced: it only takes access away",
    mend: "Put the secret where the reference points: the agent notices it by itself, and the provider tries again by itself.",
  },
  addressMoved: {
    means:
      "The active release has the connector at another address. At the one of before, what the request takes away is done, and nothing else.",
    example: "the connector has another address by now, and at this one it only takes access away",
    mend: "Enter the address of the active release at the provider; it tries again by itself.",
  },
  diskFull: {
    means:
      "Less than 64 MiB is left on the disk of the agent's store or access file. Deactivations, removals of members and DELETE are done, and nothing else; what is refused is in the log, and not in the audit.",
    example:
      "hardly any room is left on the agent's disk, and until there is, only what takes access away is done",
    mend: "Make room on the disk. The agent goes on by itself, and the provider tries again by itself.",
  },
  tooManyHeld: {
    means:
      "So many writes of the connector are held, or such large ones, that no further one is kept: what the request takes away is done or held, and nothing else.",
    example: "20,000 writes of connector okta are held, and no more are kept (expected some to be decided)",
    mend: "Decide about those that wait: hgscim held list, approve or discard. The provider repeats this one.",
  },
  quarantined: {
    means:
      "Too many of the connector's writes failed, so that it is quarantined: what the request takes away is done, and nothing else.",
    example: "too many writes of the connector failed, and until it is tried again it only takes access away",
    mend: "Look by hgscim failures at what failed, and mend it at the provider. hgscim quarantine says when the connector is tried, and hgscim quarantine end ends it before.",
  },
  tokenWithdrawn: {
    means:
      "While the request waited for its turn, another release came that does not take its token any more, or the token's lifetime ended. What the request takes away is done, and nothing else.",
    example: "the token is not valid any more: while the request waited, another release became active",
    mend: "Put the token of the active release into the provider; it tries again by itself.",
  },
  connectorUnknown: {
    means: "The active release has no such connector, or no release is active any more.",
    example: "the release has just changed: try again",
    mend: "Try again.",
  },
  onlyRemovals: {
    means:
      "No release runs that has the connector: the release was ended, the connector taken out of it, what is stored of it was altered or cannot be run by this version, or the store is a copy from before. Deactivations, removals of members and DELETE are done, and nothing else.",
    example: "no release is active, and until one is, only what takes access away is done",
    mend: "Deploy a release that has the connector, or end the provisioning at the provider. Where the stored release cannot be trusted, deploy it again from your repository, mended where the agent's log says that this version does not run it; where it was altered, find out who changed the agent's store. Where the store is a copy from before, see storeRestored.",
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;
export type ScimWriteCode = keyof typeof scimCodes;

/** Why an operation on a release, or on an account's owner, is refused. */
const releaseCodes = {
  releaseMoved: {
    means: "Another release is active than the request expects.",
    example: "the active release is sha256:0c…, not none: somebody changed it meanwhile",
    mend: "Plan again, and look at what the plan says now.",
  },
  releaseUnderway: {
    means: "Another release is being judged. There is one at a time.",
    example: "another release is being judged (come again when it is done)",
    mend: "Come again after Retry-After, and plan again if that release became active.",
  },
  releaseInvalid: {
    means: "The release does not pass the checks of this agent.",
    example: "the release is not valid",
    mend: "Mend what the problems name, and deploy again.",
  },
  secretUnresolved: {
    means: "A secret reference cannot be resolved on the agent's host.",
    example: "secrets cannot be resolved",
    mend: "Put the secret where the reference points, or allow the reference in agent.yaml.",
  },
  secretUnusable: {
    means: "A secret cannot be what it is used as.",
    example: "secrets cannot be used",
    mend: "Put a token of 16 characters or more, without spaces, where the reference points: another one for each connector. Of an alert: the address of a webhook that egress in agent.yaml allows, and whsec_ with a key in Base64.",
  },
  peopleDoNotFit: {
    means: "The release makes no account, or one account twice, of people who are here.",
    example: "the release does not fit the users that are here",
    mend: "Mend the mapping for the users that the problems name.",
  },
  tookTooLong: {
    means:
      "Evaluating the release for everybody takes longer, or more memory, than the agent gives it, or people left again and again meanwhile. Nothing has changed.",
    example: "evaluating it for everybody takes longer than 25 s",
    mend: "Look for expressions with a macro within another, and for lists of many thousand permission sets or patterns.",
  },
  repositoriesUnreadable: {
    means:
      "The repositories on the host, or some of them, cannot be listed: nobody can say who has access there.",
    example: "repositories: /srv/hg/core cannot be listed: the agent's user may not read it",
    mend: "Let the agent's user list the folder, or correct repositories in agent.yaml.",
  },
  releaseAltered: {
    means:
      "A stored release is not what was activated: its text does not have its digests. It is not given out, and no other release comes in its place unasked.",
    example: "release sha256:0c… is not what was activated: its text does not have its digests",
    mend: "Find out who changed the agent's store, and deploy the same release again from your repository. When it cannot be had, have another one reviewed, with the accept that the problem names.",
  },
  storeRestored: {
    means:
      "The agent's store is a copy from before: the access file has seen more of the audit than the store has. What takes access away is done, and no release comes unasked, since who has left in between may have access again.",
    example:
      "the store is a copy from before: the store ends at 60 of the audit, and the access file has seen 103; until a deploy accepts the copy nobody has more than both give",
    mend: "Put a newer copy of the store in its place. When there is none, have each identity provider send again who has left, and the release reviewed with the accept that the problem names.",
  },
  beyondBounds: {
    means: "More people would lose access than the bounds allow, or protected ones.",
    example: "the release goes beyond the bounds",
    mend: "When that is meant, have it reviewed and write the accept that the problems name.",
  },
  approvalElsewhere: {
    means:
      "The approval is of another environment or another agent, or of this one from before its store was accepted as a copy. Nothing has changed.",
    example: "this approval is of the environment staging, and this is the agent of production",
    mend: "Have the release reviewed against this agent, and deploy with the line that the review prints.",
  },
  approvalOtherRelease: {
    means: "The release is not the one that was approved. Nothing has changed.",
    example: "this is release sha256:3f…, and sha256:0c… was approved",
    mend: "Deploy the revision that was reviewed, or have this one reviewed. Comments, moved lines and a merge change no digest.",
  },
  approvalOtherBase: {
    means: "Another release is active than the one over which this was reviewed. Nothing has changed.",
    example: "it was reviewed over sha256:0c…, and sha256:3f… is active since 2026-01-05T10:00:00Z, by ci",
    mend: "Have it reviewed again: by now it does something else to people, or may.",
  },
  approvalUnknown: {
    means:
      "The agent keeps no review of this release that says so: it is forgotten, 30 days after it was asked for last or for newer ones of the same asker; or the line was changed. Nothing has changed.",
    example: "this agent keeps no review of this release with the effect sha256:0c…",
    mend: "Have it reviewed again.",
  },
  approvalExceeded: {
    means:
      "More would happen to people than was approved: somebody came, left or changed groups meanwhile, or a repository came. Nothing has changed.",
    example: "1 account would lose or gain what was not approved",
    mend: "Look at what the problems name, and have the release reviewed again.",
  },
  endPrevented: {
    means: "The active release does not let itself be ended.",
    example: "the active release does not let itself be ended",
    mend: "Deploy delivery.destroy: allow before.",
  },
  noRelease: {
    means: "No release is active, or none that has the connector.",
    example: "no release is active",
    mend: "Deploy one.",
  },
  accountUnknown: {
    means: "The account belongs to nobody, or nobody has it now who would take a right.",
    example: 'no account "ann" belongs to anyone',
    mend: "Look the name up by hgscim owners. Who takes a right needs an account that is active.",
  },
  accountInUse: {
    means: "The account cannot pass to anybody, since a user has it.",
    example: 'account "ann" is in use by user 2f1c',
    mend: "Deactivate or delete the user first.",
  },
  accountNotWithheld: {
    means: "The user does not wait for this account.",
    example: 'account "ann" is not withheld from user 2f1c (nobody waits for it)',
    mend: "Look up who waits by hgscim owners.",
  },
  accountContested: {
    means: "Several users wait for the account.",
    example: 'account "ann" is withheld from 2 users (expected confirm with one of 2f1c, 9d0e)',
    mend: "Confirm one of them.",
  },
  clockInDoubt: {
    means:
      "The clock of the agent's system has jumped, so that nobody can tell how long anything lasts. What takes access away is done all the same.",
    example:
      "the clock is in doubt: the system's says 2036-01-05T10:00:00Z, and by what the agent has measured it is 2026-01-05T10:00:00Z",
    mend: "Set the system's clock right; or where it is right, let an approver accept it by hgscim agent clock --accept.",
  },
  clockDiffers: {
    means: "An approver says another time than the system's clock.",
    example: "it is 2026-01-05T10:00:00Z by your word, and 2036-01-05T10:00:00Z by the system's clock",
    mend: "Look which of the two clocks is wrong, and set it right.",
  },
  breakGlassNotAllowed: {
    means: "No permission set lets the person take a right on the repository.",
    example: "no permission set lets ann take a right on core/api",
    mend: "Ask somebody in a group of its breakGlass.who, or have the permission set changed.",
  },
  breakGlassTooLong: {
    means: "A right would be taken for longer than the permission set allows.",
    example: "nobody takes a right on core/api for so long (expected at most 1h)",
    mend: "Take it for less, and again when that is over.",
  },
  breakGlassDenied: {
    means: "The right is denied to the person by the release, and what is denied is never taken.",
    example: "write on core/api is denied to ann",
    mend: "Ask somebody to whom it is not denied.",
  },
  breakGlassSuspended: {
    means:
      "A write of the person is held by a constraint that suspends them until it is decided, and nobody takes anything meanwhile.",
    example: "ann is suspended until what is held of them is decided",
    mend: "Ask the owner of the constraint to approve or discard it: hgscim held list names both.",
  },
  breakGlassUnneeded: {
    means: "The person has the right by the release.",
    example: "ann has write on core/api without it",
    mend: "Go on. Where a push is refused all the same, a rule for a branch, a bookmark or a path restricts it, which holds for rights that are taken too.",
  },
  takenUnknown: {
    means: "No right of this id is taken now, or it is another person's.",
    example:
      "no right of this id is taken now, or it is another's (expected the token of who took it, or an approver's)",
    mend: "Look up what is taken by hgscim break-glass list. Only an approver ends what another person took.",
  },
  repositoryUnknown: {
    means: "The host has no such repository.",
    example: 'there is no repository "core/apy"',
    mend: "Name its path below the folder of the repositories.",
  },
  notQuarantined: {
    means: "The connector is not quarantined.",
    example: "connector okta is not quarantined",
    mend: "Look by hgscim quarantine at which are.",
  },
  verificationFailed: {
    means:
      "The release became active, and Mercurial did not go by it, also when the access file was made anew. The release before it is active again.",
    example: "Mercurial did not go by the release, by the extension's look-up (1 difference)",
    mend: "Read what the problems name (docs/verification.md), mend that on the host, and deploy again.",
  },
  accessShut: {
    means:
      "Mercurial goes neither by the release that came nor by the one before it, or not by the end of one, so that everything is refused until another one is deployed. Who leaves is out, and stays out.",
    example:
      "everything is refused until a release is deployed: Mercurial does not go by what is stored, by the extension's look-up (1 difference)",
    mend: "Read what hgscim agent verify says (docs/verification.md), mend that on the host, and deploy a release.",
  },
  untilUnfit: {
    means: "A connector would be allowed to renumber for too long, or until a time that is over.",
    example: "until is not within the next 7 days",
    mend: "Allow it for as long as the provider takes.",
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;
export type ReleaseCode = keyof typeof releaseCodes;

/** Why a person's word about a held operation is refused. */
const holdCodes = {
  holdUnknown: {
    means: "Nothing is held by this id.",
    example: "nothing is held as 1f0c",
    mend: "Look it up by hgscim held list.",
  },
  holdEnded: {
    means: "It waits no longer: it was decided, is done, or was overtaken by a newer write.",
    example: "hold 1f0c waits no longer: it was discarded by admin:carol",
    mend: "Look at hgscim held show.",
  },
  holdChanged: {
    means: "What is held is not what was shown: the resource has changed, or other constraints hold it too.",
    example: "hold 1f0c is not as it was shown: constraint four-eyes: ada would be in core-team and auditors",
    mend: "Look at it again, and decide with the fingerprint that is shown now.",
  },
  holdBehind: {
    means: "Something is held of the same resource before it, and is to be decided first.",
    example: "hold 1f0c comes after hold 9d0e of the same resource",
    mend: "Decide about that one first; or about both at once.",
  },
  ownAccount: {
    means: "Nobody decides about what is held of their own account, nor approves what they asked for.",
    example: "hold 1f0c is about account carol, which is your own",
    mend: "Ask another approver.",
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;
export type HoldCode = keyof typeof holdCodes;

/** Why an operation is refused or held. */
export const refusalCodes = { ...scimCodes, ...releaseCodes, ...holdCodes };
export type RefusalCode = keyof typeof refusalCodes;

/** Why the admin API refuses a request before any operation, or one that reads. */
export const adminCodes = {
  unauthorized: {
    means: "The admin token is missing or unknown.",
    example: "the admin token is missing or unknown",
    mend: "Send Authorization: Bearer with a token whose hash stands in agent.yaml.",
  },
  forbidden: {
    means: "The role of the token is not enough.",
    example: 'the token "ci" has the role reader (expected deployer)',
    mend: "Use a token with the role.",
  },
  conditionMissing: {
    means: "A write of a release has no condition.",
    example: "a condition is missing (expected If-Match or If-None-Match: *)",
    mend: "Say which release you believe to be active.",
  },
  invalidRequest: {
    means: "The body or a parameter is not what this address takes.",
    example: "not an activation",
    mend: "Send what the problems say was expected.",
  },
  notThere: {
    means: "Nothing is at this address.",
    example: "there is no GET /v1/realease",
    mend: "Look the address up in docs/agent.md.",
  },
  tooManyPreflights: {
    means:
      "What releases name is looked at for readers one at a time for each token, and so often, since the agent connects to others for it.",
    example: "too much is looked at for readers at once",
    mend: "Come again after Retry-After. A deployer's token is not held to it.",
  },
  otherVersionOfHgscim: {
    means: "A stored release was written by a version that wrote releases differently.",
    example: "release sha256:0c… is of a version that wrote releases differently",
    mend: "Restore its text from your repository's history.",
  },
  accessFileBehind: {
    means:
      "The access file does not hold all that the store does, since it cannot be written. Mercurial goes on with what it holds.",
    example: "the access file does not hold all that is stored: Mercurial goes on with what it holds",
    mend: "Read the agent's log: it names whoever holds the file, or what is full. The agent tries again each second.",
  },
  accessFileDiffers: {
    means:
      "What Mercurial goes by is not what is stored: the access file has been changed, or the extension answers otherwise than the release says. The agent makes the file anew each hour, and when a release is deployed.",
    example: "Mercurial does not go by what is stored, by the access file (1 difference)",
    mend: "Read what hgscim agent verify says, find out who changed the file or the extension (docs/verification.md), and deploy the release again.",
  },
  certificateNotTaken: {
    means:
      "What the files of a listener's certificate hold is half written, expired, or not usable. The listener goes on with the certificate before.",
    example:
      "/etc/hgscim/tls.key is not the private key of the certificate /etc/hgscim/tls.pem: scim goes on with the certificate that it has, until 2026-03-01T00:00:00Z",
    mend: "Put the certificate with its chain and its key there; the agent takes them by itself (docs/certificates.md).",
  },
  configurationNotTaken: {
    means:
      "What agent.yaml says by now cannot be read, others could have written it, or an admin token of it is a connector's. The agent goes on with the admin tokens that it has.",
    example:
      "/etc/hgscim/agent.yaml:12:5: more than two hashes (expected one, or two while the token is replaced)",
    mend: "Correct the file at that place; the agent reads it again by itself (docs/certificates.md).",
  },
  unavailable: {
    means: "Something failed that is nobody's mistake. Nothing is half done, and a repeat is safe.",
    example: "nothing can be stored now; the agent's log says why",
    mend: "Try again; the agent's log says why.",
  },
  failed: {
    means: "The agent broke.",
    example: "the agent failed; its log says why",
    mend: "Read the agent's log, and report what it says.",
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;
export type AdminCode = keyof typeof adminCodes;
