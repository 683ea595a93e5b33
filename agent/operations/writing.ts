/** What a write of a user or group works with. */
import type { ScimResult } from "../../scim/error.ts";
import type { GroupWrite } from "../../scim/group-write.ts";
import type { JsonObject } from "../../scim/json.ts";
import type { ClockReading } from "../clock/rule.ts";
import type { Directory } from "../directory/directory.ts";
import type { Runtime } from "../releases/runtime.ts";
import type { Leave } from "../releases/surroundings.ts";
import type { Draft } from "./draft.ts";
import type { Entitled } from "./entitled.ts";
import type { ResourceOperation } from "./operation.ts";
import type { Outcome, Rejection } from "./outcome.ts";

/** What of the write of a group is done before its turn, where that takes long. */
export interface Prepared {
  /** Its body, read elsewhere. */
  readonly whole?: ScimResult<GroupWrite>;
  /** Its members from now on, instead of those that the body has. */
  readonly draft?: Draft;
  /** The version of the group of which the draft was made; undefined for a new one. */
  readonly version?: number | undefined;
  /** What the release makes of those who join and leave by the draft, as far as it was found out before. */
  readonly entitled?: Entitled;
  /** Why the whole is not done: it is only what the draft takes away; nothing at all where there is no draft. */
  readonly undone?: Rejection;
  /** What such a draft leaves out, as paths. */
  readonly ignored?: readonly string[];
}

export interface Writing extends ClockReading {
  readonly prepared?: Prepared | undefined;
  readonly directory: Directory;
  readonly active: Runtime;
  readonly connector: string;
  /** How constraints look at it where they have held something before. */
  readonly leave?: Leave | undefined;
}

/** A request that changes what is there. */
export type Changing = Extract<ResourceOperation, { readonly verb: "replace" | "modify" }>;

/** How one kind of resource is written. What is not done has to be taken back by the caller. */
export interface ResourceWrites<R> {
  find(directory: Directory, connector: string, id: string): Promise<R | undefined>;
  create(writing: Writing, body: JsonObject): Promise<Outcome<R>>;
  replace(writing: Writing, present: R, body: JsonObject): Promise<Outcome<R>>;
  modify(writing: Writing, present: R, body: JsonObject): Promise<Outcome<R>>;
  /**
   * Does no more of a request than what it takes away, as far as that is understood; nothing where that was taken before, and
   * undefined where it takes nothing.
   */
  takeAway(writing: Writing, present: R, request: Changing): Promise<Outcome<R> | undefined>;
  delete(writing: Writing, present: R): Promise<Outcome<null>>;
  /** In place of `delete` where the connector says `deletions: never`: all access goes, and the resource stays. */
  retire(writing: Writing, present: R): Promise<Outcome<R>>;
}
