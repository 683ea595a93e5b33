/**
 * An approval as one line, which a review prints and a deploy is held to: which release, over which one, at which agent, and what
 * it does to people. It has digests alone, each of them whole.
 */
import { fail, ok, type Result } from "./result.ts";

export interface Approval {
  readonly environment: string;
  /** The digest of the release that was reviewed. */
  readonly release: string;
  /** The digest of the release that was active then; null for none. */
  readonly base: string | null;
  /** Which agent's store it was: a store has one from its beginning, and another once it is accepted as a copy from before. */
  readonly lineage: string;
  /** The digest of what it does to people, as the agent keeps it. */
  readonly effect: string;
}

/** Of this form of the line; another form gets another word. */
const word = "hgscim1";
const form = `${word}:<environment>:<release>:<base>:<agent>:<effect>`;
const digits = { release: 64, base: 64, agent: 32, effect: 64 };

/** The line: no character of it means anything to a shell, in a URL or in Markdown. */
export function approvalLine({ environment, release, base, lineage, effect }: Approval): string {
  const short = (digest: string) => digest.replace(/^sha256:/, "");
  return [
    word,
    environment,
    short(release),
    base === null ? "none" : short(base),
    lineage,
    short(effect),
  ].join(":");
}

/**
 * Reads a line.
 *
 * @returns why it is none and what was expected, as a sentence without a full stop; the text itself is not repeated
 */
export function parseApproval(text: string): Result<Approval, string> {
  const [first = "", environment = "", release = "", base = "", agent = "", effect = "", ...more] = text
    .trim()
    .split(":");
  if (first !== word)
    return fail(
      /^hgscim\d+$/.test(first)
        ? `it is of another version of hgscim: it begins with ${first.slice(0, 20)} (expected ${word})`
        : `it does not begin with ${word} (expected what a review printed, ${form})`,
    );
  if (!/^[a-z][a-z0-9-]{0,62}$/.test(environment))
    return fail(`it names no environment (expected what a review printed, ${form})`);
  for (const [part, value] of Object.entries({ release, base, agent, effect })) {
    if (part === "base" && value === "none") continue;
    const expected = digits[part as keyof typeof digits];
    if (/^[0-9a-f]*$/.test(value) && value.length === expected) continue;
    const found = /^[0-9a-f]*$/.test(value) ? `${value.length} digits` : "other characters";
    return fail(
      `its ${part} has ${found} (expected ${expected} hexadecimal digits${part === "base" ? ", or none" : ""}: was a part of the line cut off?)`,
    );
  }
  if (more.length > 0) return fail(`something stands behind it (expected ${form}, and no more)`);
  return ok({
    environment,
    release: `sha256:${release}`,
    base: base === "none" ? null : `sha256:${base}`,
    lineage: agent,
    effect: `sha256:${effect}`,
  });
}
