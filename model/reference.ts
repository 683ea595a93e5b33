/**
 * References to secrets, in the grammar that `vals` made common. A reference may be printed anywhere; what it
 * points at may not.
 */
import { z } from "zod";
import { issueOf } from "./issue.ts";
import { nearest } from "./nearest.ts";
import type { ProblemCode } from "./problem-codes.ts";
import { fail, ok, type Result } from "./result.ts";

/** What a reference points at. */
export type SecretPointer =
  | { readonly kind: "env"; readonly name: string }
  | { readonly kind: "file"; readonly path: string }
  /** A key of the secret at a path, of which the first part or parts are the mount. */
  | { readonly kind: "vault"; readonly path: string; readonly key: string }
  /** What a helper of the agent's configuration prints; of JSON what is under the keys, one inside of the other. */
  | { readonly kind: "exec"; readonly helper: string; readonly keys: readonly string[] };

type Kind = SecretPointer["kind"];

interface Form {
  /** What one looks like, for messages. */
  readonly example: string;
  /** What stands behind `ref+<kind>://`. No part of a path in a store is `.` or `..`, which would lead elsewhere. */
  readonly pattern: string;
  /** What is wrong with one that begins so and goes on otherwise. */
  readonly wrong: string;
}

const forms: Readonly<Record<Kind, Form>> = {
  env: {
    example: "ref+env://NAME",
    pattern: "[A-Za-z_][A-Za-z0-9_]*",
    wrong: "a reference without the name of an environment variable",
  },
  file: {
    example: "ref+file:///absolute/path",
    pattern: "\\/.+",
    wrong: "a reference to a file without an absolute path",
  },
  vault: {
    example: "ref+vault://mount/path#/key",
    pattern: "(?!\\.\\.?\\/)[^\\s/#?]+(\\/(?!\\.\\.?[/#])[^\\s/#?]+)+#\\/[^\\s/#?]+",
    wrong: "a reference into Vault that is not a mount, a path and a key",
  },
  exec: {
    example: "ref+exec://helper#/key",
    pattern: "[a-z][a-z0-9-]{0,62}(#(\\/[^\\s/#?]+)+)?",
    wrong: "a reference to a helper that is not its name and the way to a key",
  },
};

const kinds = Object.keys(forms) as Kind[];
/** The kinds that any machine resolves by itself, for which no agent's configuration is asked. */
const localKinds: readonly Kind[] = ["env", "file"];

const patternOf = (some: readonly Kind[]) =>
  `^ref\\+(${some.map((kind) => `${kind}:\\/\\/${forms[kind].pattern}`).join("|")})$`;
const [referencePattern, localPattern] = [patternOf(kinds), patternOf(localKinds)];

/** What a reference looks like, for messages. */
const anyReference = `expected ${inWords(kinds)}`;
/** What one looks like that any machine resolves. */
export const expectedLocal = `(expected ${inWords(localKinds)})`;

/** The reference's text. The message never repeats the value: it may be a secret somebody pasted here. */
export const SecretReference = z
  .string()
  .check(({ value, issues }) => {
    const pointer = pointerOf(value);
    if (pointer.ok) return;
    const code: ProblemCode = value.startsWith("ref+") ? "malformed-reference" : "secret-literal";
    // what is around it is judged all the same
    issues.push({ ...issueOf(code, pointer.error, value), continue: true });
  })
  // for editors, who would not learn of a check of ours from the JSON Schema
  .meta({ pattern: referencePattern });
export type SecretReference = z.infer<typeof SecretReference>;

/** One that any machine resolves by itself: what stands in stores is for an agent, whose configuration says how they are reached. */
export const LocalReference = SecretReference.check(({ value, issues }) => {
  const pointer = pointerOf(value);
  if (!pointer.ok || localKinds.includes(pointer.value.kind)) return;
  const message = `a reference of ref+${pointer.value.kind}, which an agent alone resolves, and only for a connector or an alert ${expectedLocal}`;
  issues.push({ ...issueOf("malformed-reference", message, value), continue: true });
}).meta({ pattern: localPattern });

/**
 * What a reference points at.
 *
 * @returns failing, what is wrong with it and what was expected; no part of the text is in that
 */
export function pointerOf(text: string): Result<SecretPointer, string> {
  if (new RegExp(referencePattern).test(text)) return ok(taken(text));
  if (!text.startsWith("ref+"))
    return fail(`a literal value where a secret reference belongs (${anyReference})`);
  const kind = kinds.find((one) => text.startsWith(`ref+${one}://`));
  if (kind === undefined) {
    const near = nearest(/^ref\+([a-z]*)/.exec(text)?.[1] ?? "", kinds);
    const meant = near === undefined ? "" : `, did you mean "ref+${near}"?`;
    return fail(`not a kind of reference that is known (${anyReference}${meant})`);
  }
  return fail(`${forms[kind].wrong} (expected ${forms[kind].example})`);
}

/** The parts of a text that is a reference. */
function taken(text: string): SecretPointer {
  const [, kind = "", rest = ""] = /^ref\+([a-z]+):\/\/(.*)$/.exec(text) ?? [];
  if (kind === "env") return { kind, name: rest };
  if (kind === "file") return { kind, path: rest };
  const [before = "", keys = ""] = rest.split("#/");
  if (kind === "vault") return { kind, path: before, key: keys };
  return { kind: "exec", helper: before, keys: keys === "" ? [] : keys.split("/") };
}

function inWords(some: readonly Kind[]): string {
  const examples = some.map((kind) => forms[kind].example);
  return `${examples.slice(0, -1).join(", ")} or ${examples.at(-1)}`;
}
