/**
 * The store's tables as queries see them. JSON is text, times are milliseconds since 1970, names and keys are kept as they
 * compare (model/name.ts): the same for every engine. How they come about is in `migrations.ts`.
 */
import type { Generated, Kysely } from "kysely";
import type { HeardRequest } from "../../api/heard.ts";
import type { EventKind } from "../../model/environment/alert.ts";
import type { ConnectorStep } from "../../model/environment/connector-step.ts";
import type { Right } from "../../model/environment/right.ts";
import type { SshKeyType } from "../../model/environment/ssh-key-types.ts";

export type ResourceKind = "user" | "group";

/** What became of what was asked for. */
export type FailureWhat = "refused" | "held" | "undone" | "warned" | "ignored";

export interface Tables {
  meta: { key: string; value: string };
  users: {
    sequence: Generated<number>;
    id: string;
    connector: string;
    user_name: string;
    /** 1 for a user from before names compared so, whose name is another's too; else 0. */
    twin: Generated<number>;
    external_id: string | null;
    resource: string;
    /** The account that the active release gives this user; null when it gives none. */
    account: string | null;
    /** The externalId that this user was known by first, or was confirmed to have; null while there was none. */
    identity: string | null;
    /** The externalId that came last, also where the user has none any more. */
    claimed: string | null;
    /** 1 once the user was without the account: whoever comes with another externalId then may be somebody else. */
    lapsed: Generated<number>;
    /** The account that is withheld from this user, since it was another identity's, or the user is another one. */
    withheld: string | null;
    withheld_since: number | null;
    /**
     * The account of which the user speaks by a connector that has a precedence, also where they have none; null where connectors
     * have none.
     */
    speaks_of: string | null;
    /** The one that the mapping gives them now, were they active and in scope: as that, where they are no leaver. */
    named: string | null;
    created: number;
    modified: number;
    version: number;
  };
  groups: {
    sequence: Generated<number>;
    id: string;
    connector: string;
    display_name: string;
    /** As that of a user. */
    twin: Generated<number>;
    external_id: string | null;
    resource: string;
    /** The name of its list of members: its id, until a large write puts another list in its place. */
    roster: string;
    created: number;
    modified: number;
    version: number;
  };
  /** A list that is no group's is being made, or is given up: nobody reads it. */
  members: { roster: string; user_id: string };
  /** What users are looked for by, folded: see user-keys.ts. */
  user_keys: { user_id: string; attribute: string; value: string };
  /**
   * Whose an account is. Outlives the user: a name is not handed on until someone releases it. The externalId is the
   * identity where it proves one; else the user of that id is it.
   */
  owners: { account: string; connector: string; user_id: string; external_id: string | null; since: number };
  /** Two identities between which an account passes, by an approver's word: see pairs.ts. */
  pairs: {
    account: string;
    connector: string;
    user_id: string;
    external_id: string | null;
    other_connector: string;
    other_user_id: string;
    other_external_id: string | null;
  };
  /** Whose each public key is, whether it is given now or not: see ssh-keys.ts. */
  ssh_keys: { type: SshKeyType; blob: string; account: string };
  /** Until when the users of a connector may get other externalIds. */
  renumberings: { connector: string; until: number };
  /** How much each write changed, as long as a limit counts. */
  changes: {
    /** For how long agents had run on this store then. */
    measured: number;
    connector: string;
    deactivations: number;
    removals: number;
    access_changes: number;
  };
  /**
   * When each bearer token was seen first, by the SHA-256 of its value, and in which secret; and whose it was last, null where
   * nobody has noted that. And when it was used last, and from where: see token-uses.ts.
   */
  tokens: {
    sha256: string;
    secret: string;
    connector: string | null;
    first_seen: number;
    last_used: Generated<number | null>;
    last_from: Generated<string | null>;
  };
  releases: { digest: string; policy_digest: string; bindings_digest: string; release: string };
  /** The text of the release that was activated last once more: it runs where the other one was altered. */
  release_copy: { digest: string; release: string };
  /** By which free pages are had from the disk: see sqlite-room.ts. */
  room: { id: number; bytes: Uint8Array };
  /** Those that were seen and count: see known-repositories.ts. */
  repositories: { name: string };
  activations: {
    sequence: Generated<number>;
    digest: string | null;
    at: number;
    by: string;
    origin: string;
    /** For how long agents had run on this store then, as they measured it. */
    measured: number;
    /** What it was held to, and by whose word: JSON, as `KeptApproval`; null where it was held to none. */
    approval: string | null;
  };
  /** What reviews have said that can be approved: see agent/releases/reviewed-effects.ts. */
  reviewed_effects: {
    /** Who asked. */
    asker: string;
    release: string;
    /** The digest of what it was compared with; empty for none. */
    base: string;
    digest: string;
    /** JSON. */
    effect: string;
    bytes: number;
    /** When it was asked for last. */
    at: number;
  };
  /** One row: the release that is active once more, the digest of all activations, and the first of them that counts for a soak. */
  active: { id: 1; digest: string | null; history: string; counted_from: number };
  /** One row: how far the verification of the last activation is, see agent/releases/verified.ts. */
  verification: { id: 1; state: "pending" | "returned" | "settled" | "shut"; detail: string };
  /** What came of the steps of connectors that somebody watched, see agent/releases/tried-steps.ts. */
  tried_steps: {
    /** Who watched. */
    asker: string;
    connector: string;
    /** The digest of the connector, as far as it is policy. */
    policy: string;
    step: ConnectorStep;
    outcome: HeardRequest["outcome"];
    at: number;
  };
  /** How each connector is let in, by the last release that had it: JSON, see doors.ts. */
  doors: { connector: string; door: string };
  /** One row, as `KeptClock`, and the mark of the agent's start, see run.ts. */
  clock: {
    id: 1;
    time: number;
    reference: number;
    measured: number;
    gaps: number;
    run: Generated<string | null>;
  };
  /** One row: that mark once more, written by a start alone, so that no log of another start has it. */
  runs: { id: 1; run: string };
  /** Rights that people took for themselves, until they end: see agent/directory/break-glass.ts. */
  break_glass: {
    id: string;
    permission: string;
    account: string;
    /** The SCIM id of who had the account then. */
    user_id: string;
    repository: string;
    right: Right;
    since: number;
    until: number;
    reason: string;
    /** The actor, as the audit has them. */
    taken_by: string;
  };
  /** What somebody may have to be told, until it is: see agent/alerts/event.ts. */
  events: {
    sequence: Generated<number>;
    at: number;
    kind: EventKind;
    connector: string | null;
    rule: string | null;
    owner: string | null;
    subject: string;
    summary: string;
    detail: string;
    /** The variable with where it is sent besides. */
    destination: string | null;
  };
  /** One row: the last event that has become deliveries. */
  outbox: { id: 1; event: number };
  /** What was told of late at a destination, and what is gathered since: see agent/alerts/outbox.ts. */
  matters: {
    matter: string;
    destination: string;
    /** Until when it is gathered, by what agents had run on this store. */
    until: number;
    count: number;
    /** The time of the first event that was gathered, and the last one itself. */
    first: number | null;
    last: number | null;
  };
  /** What is sent to whom. */
  deliveries: {
    sequence: Generated<number>;
    /** What the receiver knows it by again. */
    id: string;
    /** The variable with the address. */
    destination: string;
    matter: string;
    body: string;
    at: number;
    state: "waiting" | "delivered" | "dead";
    attempts: number;
    /** When it is tried next, by what agents had run on this store. */
    due: number;
    /** JSON: see agent/alerts/backoff.ts. */
    retry: string;
    /** Why the last attempt failed. */
    reason: string | null;
    /** When it was delivered or given up. */
    ended: number | null;
  };
  /** What is held: see agent/operations/held/stored.ts. */
  holds: HoldColumns;
  /** Whose writes may be the end of why something is held: a SCIM id, `group:connector/name`, `account:name`. */
  hold_subjects: { subject: string; hold: string };
  /** The users whose write it is, or who would join a group by it, by SCIM id: of what waits alone. */
  hold_people: { user_id: string; hold: string };
  /** What was not done as it was asked for: see agent/operations/failures/record.ts. Texts are empty where there is none. */
  failures: {
    id: Generated<number>;
    connector: string;
    kind: ResourceKind;
    what: FailureWhat;
    /** The constraint, or empty where only a code says why. */
    rule: string;
    code: string;
    attribute: string;
    owner: string | null;
    first_at: number;
    last_at: number;
    times: number;
    /** Whom it ever concerned, as far as they were remembered when it did. */
    people: number;
    /** Those of them who are remembered now, and those for whom it stands. */
    remembered: number;
    standing: number;
    /** 1 once somebody could not be remembered. */
    more: number;
    /** An id, or the name of who never got one. */
    example: string;
    detail: string;
    /** When somebody was told of it last. */
    told_at: number | null;
  };
  /** Whom a failure concerns: see agent/operations/failures/subject.ts. */
  failing: {
    failure: number;
    connector: string;
    subject: string;
    at: number;
    /** 1 until a good write of the same, or until what is held ends. */
    standing: number;
    /** For people, what they are called and why: empty in rows from before those were kept. */
    example: Generated<string>;
    detail: Generated<string>;
    /** What of theirs is held, with whose end it is over. */
    hold: string | null;
  };
  /** Connectors that only take away since too many of their writes failed: see agent/operations/quarantine/rule.ts. */
  quarantines: {
    connector: string;
    since: number;
    /** When it is tried again. */
    until: number;
    /** How often it was quarantined in a row, from 1. */
    round: number;
    /** Of so many writes so many failed. */
    failed: number;
    writes: number;
    /** What most of those failed by. */
    code: string;
  };
  audit: {
    sequence: Generated<number>;
    at: number;
    actor: string;
    operation: string;
    target: string;
    outcome: "done" | "refused" | "held";
    /** The HTTP status, in rows of agents that kept nothing else of a reason; null in all others. */
    status: number | null;
    release: string | null;
    detail: string;
    /** Why it was refused, for machines. */
    code: string | null;
    /** The names of the constraints that refused, held or warned, joined by a space; or the bound. */
    rule: string | null;
    /** What changed, as it was and as it is: JSON. */
    before: string | null;
    after: string | null;
    /** The trace that the request is a part of, as W3C's Trace Context writes it. */
    traceparent: string | null;
  };
}

/** Where a held operation is: it waits, or is a removal that is done and has to outlast what waits before it; or how it ended. */
export type HoldState =
  | "pending"
  | "taken"
  | "approved"
  | "released"
  | "discarded"
  | "superseded"
  | "expired"
  | "rejected";

interface HoldColumns {
  sequence: Generated<number>;
  id: string;
  state: HoldState;
  connector: string;
  /** What writes of one resource have in common: `connector/id`; of a new one, by what it will be known. */
  place: string;
  /** Of a new one, its name besides; else null. */
  name: string | null;
  /** The SHA-256 of what was asked, by which a repeat is known. */
  request: string;
  /** JSON, without any secret. */
  operation: string;
  /** The room on the disk that it takes, about. */
  bytes: Generated<number>;
  /** JSON. */
  verdicts: string;
  /** The names of the constraints, with spaces between; null for what only waits for its turn. */
  rule: string | null;
  owner: string | null;
  /** For what it waits: a person's word, that its cause goes away, or whatever is held of the same resource before it. */
  waits: "person" | "cause" | "turn";
  /** 1 where what it takes away is held itself: nothing ends it but a word or a newer write. */
  removal: number;
  meanwhile: "keep" | "suspend";
  /** The digest of the release that holds it. */
  release: string | null;
  since: number;
  expires: number | null;
  /** How often it was asked for. */
  attempts: number;
  /** 1 where its cause may have gone: it is to be judged again; 2 once what is for a time is over. */
  due: number;
  ended: number | null;
  ended_by: string | null;
  reason: string | null;
}

export type Store = Kysely<Tables>;

/** What is kept of a disk for removals. */
export interface Room {
  /**
   * Whether so little is left of it that only what takes access away may be stored.
   *
   * @param others files and folders that are written to besides
   */
  isTight(...others: readonly string[]): boolean;
  /** Makes the room that is missing, where the disk has it: at start, and after what was written, where no transaction is open. */
  keep(): Promise<void>;
}

export interface OpenStore {
  /** For writes, one at a time. */
  readonly store: Store;
  /** For reads, which see what is committed and never wait for a write. */
  readonly reads: Store;
  /** For reads that take many turns, each in a moment of its own. */
  readonly longReads: Store;
  readonly room: Room;
  close(): Promise<void>;
}
