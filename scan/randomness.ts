/** Tells what a generator made from what people name things. */
import { entropy } from "../model/entropy.ts";

const minLength = 16;
const minEntropy = 3.5;

/** Whether a value is as irregular as a generated token or password. */
export function looksRandom(value: string): boolean {
  if (value.length < minLength) return false;
  // 16 kinds of characters have at most 4 bits, and 32 random ones about 3.6
  if (/^[0-9a-f]+$/i.test(value)) return value.length >= 32 && entropy(value) >= 3;
  if (entropy(value) < minEntropy) return false;
  // base64 has one slash in 64 characters; with many it is a path
  const isPath = value.split("/").length > 1 + value.length / 12;
  const parts = value.split(isPath ? /[^A-Za-z0-9+=]+/ : /[^A-Za-z0-9+/=]+/);
  return parts.some((part) => part.length >= 12 && isIrregular(part)) || isStrongPassword(value);
}

/** Words and numbers are long runs, also in camelCase; random letters and digits change their kind all the time. */
export function isIrregular(text: string): boolean {
  const runs = text.match(/[A-Z]?[a-z]+|[A-Z]+|\d+|[^A-Za-z\d]/g)?.length ?? 1;
  return text.length / runs <= 3.5;
}

/** A generated one may have its punctuation anywhere, but no words. */
function isStrongPassword(text: string): boolean {
  const kinds = [/[a-z]/, /[A-Z]/, /\d/];
  return (
    kinds.every((kind) => kind.test(text)) && !/[()[\]{}<>]|[a-z]{6}|[A-Z]{6}/.test(text) && isIrregular(text)
  );
}
