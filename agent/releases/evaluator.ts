/** What is asked of whoever evaluates releases for everybody and reads large bodies, and what is answered: plain data that passes between threads. */
import type { ReleaseCode } from "../../api/codes.ts";
import type { Activation } from "../../api/contract.ts";
import type { PreflightCheck } from "../../api/preflight.ts";
import type { Approval } from "../../model/approval.ts";
import type { Accept } from "../../model/environment/bounds.ts";
import type { Release } from "../../model/release.ts";
import type { Result } from "../../model/result.ts";
import type { Milliseconds } from "../../model/time.ts";
import type { Population } from "../../policy/population.ts";
import type { GroupBody, readInPieces, readTakenInPieces } from "../../scim/group-write.ts";
import type { ClockReading } from "../clock/rule.ts";
import type { HostRules } from "../config.ts";
import type { Mark, Untrusted } from "./archive.ts";
import type { BoundsVerdict } from "./bounds.ts";
import type { AccessComparison, ComparisonAsk } from "./compared.ts";
import type { SeenRepositories } from "./known-repositories.ts";
import type { ReviewedEffect } from "./reviewed-effects.ts";
import type { Runtime } from "./runtime.ts";

/** What is to become active: within the bounds or what was accepted, and within what was approved, where anything was. */
export interface Admissible {
  readonly release: Release;
  readonly accept?: Accept | undefined;
  readonly approval?: Approval | undefined;
}

/** Whether a release may become active, and what becomes of everybody then. */
export type Admission =
  | { readonly kind: "invalid"; readonly problems: readonly string[] }
  /** It does not come in place of an altered release. */
  | { readonly kind: "overAltered"; readonly detail: string }
  /** Repositories cannot be listed: nobody can say who has access. */
  | { readonly kind: "unlisted"; readonly problems: readonly string[] }
  | ({ readonly kind: "unapproved" } & Unapproved)
  | {
      readonly kind: "judged";
      /** Everybody under the release. */
      readonly population: Population;
      readonly verdict: BoundsVerdict;
      readonly repositories: SeenRepositories;
      /** The newest row of the audit then. */
      readonly asOf: number;
    };

/** Why a release is not what was approved. */
export interface Unapproved {
  readonly code: Extract<ReleaseCode, `approval${string}` | "releaseAltered" | "storeRestored">;
  readonly detail: string;
  /** What would happen to whom. */
  readonly problems: readonly string[];
}

/** A review, and what an agent keeps of it for its approval. */
export interface Reviewed {
  /** JSON: a `Review` without an approval. */
  readonly review: string;
  /** What is kept, and the line that it is approved by; or why there is nothing to approve, as a sentence without a full stop. */
  readonly approvable: Result<Approvable, string>;
}

export interface Approvable {
  readonly line: string;
  readonly kept: ReviewedEffect;
}

/** A release before it is active, and whether the repositories and groups are here that it names. */
export interface LookedInto {
  readonly release: Release;
  /** Whether what is new in it is asked about alone. */
  readonly only: "new" | undefined;
  /** In which it is to be answered, where that is said. */
  readonly within: Milliseconds | undefined;
  readonly sets: readonly PreflightCheck[];
}

/** Why nobody can say who has access. */
export interface UnknownAccess {
  readonly code: "releaseAltered" | "storeRestored" | "repositoriesUnreadable";
  readonly detail: string;
  readonly problems: readonly string[];
}

/** Where and when it is asked. A thread reads the store by itself: all that is committed, at one moment. */
export interface Setting extends ClockReading {
  /** The folder of the store. */
  readonly folder: string;
  readonly host: HostRules;
  /** The release that is active in the agent's memory, whatever the store says: its text is read there. */
  readonly active: Mark | null;
  readonly untrusted?: Untrusted | undefined;
}

/** What is active and when, as a thread is told. */
export function settingOf({
  active,
  untrusted,
  now,
  clock,
}: Pick<Setting, "untrusted" | "now" | "clock"> & { readonly active: Runtime | null }): Omit<
  Setting,
  "folder" | "host"
> {
  const mark = ({ digest, activatedAt, activatedBy, origin }: Mark) => ({
    ...{ digest, activatedAt, activatedBy, origin },
  });
  return { active: active && mark(active.active), untrusted, now, clock };
}

/** By the names of the questions: what each is asked with, and its answer. What goes on to a client is JSON already. */
export interface Questions {
  /** The body of the request, read: what it says, or what is wrong with it. */
  activation: { readonly asks: { readonly body: string }; readonly answer: Result<Activation, string[]> };
  /** The body of the request; a client may have made it of megabytes. */
  impact: { readonly asks: { readonly body: string }; readonly answer: Result<string, string[]> };
  /** As that. */
  review: { readonly asks: { readonly body: string }; readonly answer: Result<Reviewed, string[]> };
  /** The body of the request: the release that it is about, and whether what it names is here. */
  preflight: { readonly asks: { readonly body: string }; readonly answer: Result<LookedInto, string[]> };
  access: { readonly asks: object; readonly answer: Result<string, UnknownAccess> };
  /** Whose each account is. */
  owners: { readonly asks: object; readonly answer: string };
  admission: { readonly asks: Admissible; readonly answer: Admission };
  /** The access file beside the store. */
  verification: { readonly asks: ComparisonAsk; readonly answer: AccessComparison };
  /** The whole of a large body about a group. */
  groupWhole: { readonly asks: GroupBody; readonly answer: ReturnType<typeof readInPieces> };
  /** What it takes away. */
  groupTaken: { readonly asks: GroupBody; readonly answer: ReturnType<typeof readTakenInPieces> };
}
export type QuestionName = keyof Questions;

export interface Question<Name extends QuestionName = QuestionName> {
  readonly name: Name;
  readonly asks: Questions[Name]["asks"];
  readonly setting: Setting;
}

/** What a thread sends back. A failure is one that nobody expected. */
export type Reply =
  | { readonly answer: unknown }
  | { readonly failure: Error; readonly code?: string | undefined };

/** It took longer than the deadline, or more memory than a thread has. Nothing has come of it. */
export interface TookTooLong {
  readonly code: "tookTooLong";
  readonly detail: string;
}

/** Evaluates elsewhere than in the agent's own thread. */
export interface Evaluator {
  /** @param spent of the time that an answer may take */
  ask<Name extends QuestionName>(
    name: Name,
    asks: Questions[Name]["asks"],
    at: Omit<Setting, "folder" | "host">,
    spent?: Milliseconds,
  ): Promise<Result<Questions[Name]["answer"], TookTooLong>>;
}
