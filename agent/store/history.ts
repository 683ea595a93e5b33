/** The digest of all activations: what it does not fit, somebody has changed. */
import { digestOfText } from "../../model/digest.ts";
import type { Tables } from "./schema.ts";

/** What of an activation cannot be changed unnoticed: when it was decides for how long a policy runs. */
export type Dated = Pick<Tables["activations"], "digest" | "at" | "by" | "measured"> & {
  readonly sequence: number;
};

/** The digest of activations, from the first one on. Stores have it: another form would be another history. */
export function digestOfHistory(activations: readonly Dated[]): string {
  return digestOfText(
    JSON.stringify(
      activations.map(({ sequence, digest, at, by, measured }) => [sequence, digest, at, by, measured]),
    ),
  );
}
