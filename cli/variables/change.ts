/** When a variable changed last, and how that is known. */
import { shortDigest, shortRevision } from "../../report/release.ts";
import { printable } from "../../report/words.ts";

export type Change =
  | {
      /** The release with which it became what it is, as the agent's history says. */
      readonly known: "release";
      readonly release: string;
      readonly at: string;
      /** The name of the token that activated it. */
      readonly by: string;
      readonly author?: string;
      readonly revision?: string;
    }
  | {
      /** The revision in which its lines were written last. */
      readonly known: "revision";
      readonly revision: string;
      readonly at: string;
      readonly author: string;
    }
  | {
      /** Not deployed, or not committed: it is in the file alone. */
      readonly known: "file" | "unknown";
      readonly why: string;
    };

/** Who says when something changed: the agent, the revisions, or nobody; and why not somebody who would know better. */
export interface Witness {
  readonly from: "agent" | "revisions" | "nobody";
  readonly why?: string;
}

/** What is known of the changes of an environment's variables, by name. */
export interface Changes {
  readonly witness: Witness;
  readonly of: ReadonlyMap<string, Change>;
}

/** A change in a cell of a table. */
export function changeText(change: Change): string {
  switch (change.known) {
    case "release": {
      const { at, release, author = change.by, revision } = change;
      const within = revision === undefined ? "" : `, revision ${shortRevision(revision)}`;
      return printable(`${at} in release ${shortDigest(release)}, by ${author}${within}`);
    }
    case "revision":
      return printable(`${change.at} in revision ${shortRevision(change.revision)}, by ${change.author}`);
    default:
      return printable(change.why);
  }
}

/** The sentence below a table: who says so. */
export function witnessText({ from, why }: Witness): string {
  const reason = why === undefined ? "" : `: ${why}`;
  if (from === "agent") return "Changed: by the releases that the agent keeps.";
  if (from === "nobody") return printable(`Changed: not known${reason}.`);
  return printable(
    `Changed: by the revisions in which the lines were written, since the agent does not say${reason}.`,
  );
}
