/** What the parts of an environment have in common: names, texts, addresses, lists that are sets. */
import { z } from "zod";
import { coded, issueOf } from "../issue.ts";
import { maxProblems } from "../problem.ts";

export const Name = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, {
  error: "not a name (expected lower case letters, digits and hyphens, a letter first)",
});

export const VariableName = z.string().regex(/^[A-Z][A-Z0-9_]{0,126}$/, {
  error: "not a variable name (expected UPPER_SNAKE_CASE)",
});

export const Text = z.string().min(1, { error: "empty text (expected at least one character)" });

/** sha256 over canonical JSON, as `digest.ts` makes it. */
export const Digest = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/, { error: "not a digest (expected sha256: and 64 hexadecimal digits)" });

/** CEL source. Parsed and type-checked in `check/`, where the types of its variables are known. */
export const ExpressionText = Text.max(4096, {
  error: "an expression of more than 4096 characters (expected less)",
});

export const VariableReference = z
  .strictObject({
    var: VariableName.describe("The name of the variable.").meta({ examples: ["SCIM_PAGE_SIZE"] }),
  })
  .describe("The value of a declared variable.");

/** Lists whose order means nothing; a repeated item is a mistake, never a meaning. */
export function setOf<T extends z.ZodType<string>>(item: T) {
  return z.array(item).check((context) => {
    const seen = new Set<string>();
    context.value.forEach((value, index) => {
      // an item that is none may be a secret, and is told as that
      if (seen.has(value) && context.issues.length < maxProblems && item.safeParse(value).success)
        context.issues.push(
          issueOf("duplicate-item", `"${value}" stands here twice (expected each once)`, value, index),
        );
      seen.add(value);
    });
  });
}

export const described = {
  owner: Text.optional().describe("The team or person who answers for it."),
  description: Text.optional().describe("What it is for, in one sentence."),
};

export const HttpUrl = z
  .url({ protocol: /^https?$/, error: "not a URL (expected https://host/path)", abort: true })
  .refine((url) => new URL(url).username === "" && new URL(url).password === "", {
    error: "a user name or a password in a URL (expected https://host/path; secrets have references)",
    params: coded("secret-literal"),
  });

/** True for the names and addresses of this host's loopback interface. */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname === "[::1]" ||
    hostname === "::1" ||
    /^127(\.\d{1,3}){3}$/.test(hostname)
  );
}

export const Count = z.int().min(0, { error: "a number of accounts (expected 0 or more)" });

const notShare = "not a share (expected a whole percentage, such as 10%)";

/** A whole percentage. */
export const Share = z.string({ error: notShare }).regex(/^(100|[1-9]?\d)%$/, { error: notShare });
