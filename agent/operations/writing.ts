/** What a write of a user or group works with. */
import type { Time } from "../../model/time.ts";
import type { JsonObject } from "../../scim/json.ts";
import type { Directory } from "../directory/directory.ts";
import type { Runtime } from "../releases/runtime.ts";
import type { Outcome } from "./outcome.ts";

export interface Writing {
  readonly directory: Directory;
  readonly active: Runtime;
  readonly now: Time;
  readonly connector: string;
}

/** How one kind of resource is written. What is not done has to be taken back by the caller. */
export interface ResourceWrites<R> {
  find(directory: Directory, connector: string, id: string): Promise<R | undefined>;
  create(writing: Writing, body: JsonObject): Promise<Outcome<R>>;
  replace(writing: Writing, present: R, body: JsonObject): Promise<Outcome<R>>;
  modify(writing: Writing, present: R, body: JsonObject): Promise<Outcome<R>>;
  delete(writing: Writing, present: R): Promise<Outcome<null>>;
}
