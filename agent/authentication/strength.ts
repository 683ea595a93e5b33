/** Whether anybody could guess a secret. No part of it is in what is said. */
import { entropy } from "../../model/entropy.ts";

/** The fewest characters of a token that the agent takes, and the fewest bits that nobody tries in a lifetime. */
const fewestCharacters = 16;
const fewestBits = 64;

/** What people write until they have the value. */
const samples =
  /^(.*[^a-z])?(change.?me|password|passw0rd|secret|letmein|placeholder|example|test|token|todo)[^a-z]*$/i;

/**
 * Why a value is weak, as a sentence that ends after "the value"; undefined where it is not.
 *
 * The bits are an upper bound, by how often each character stands in it: a sentence of a book passes, "aaaa…" and "0123…0123" do not.
 */
export function weakness(value: string): string | undefined {
  const { length } = value;
  if (length < fewestCharacters) return `has fewer than ${fewestCharacters} characters`;
  if (/^(.{1,8}?)\1+$/s.test(value)) return "is one piece again and again";
  if (length * entropy(value) < fewestBits) return "has few different characters";
  if (length < 3 * fewestCharacters && samples.test(value)) return "looks like a sample";
  return undefined;
}
