/** What CEL's parser and type checker find, in words, at the place where it is. */
import type { ASTNode, TypeCheckResult } from "@marcbachmann/cel-js";
import { hint } from "../nearest.ts";
import type { ProblemCode } from "../problem-codes.ts";
import { named } from "../quote.ts";
import { type ExpressionProblem, noAttribute, offsetOfMethod } from "./problem.ts";
import type { ObjectType } from "./types.ts";

/** How large an expression may be. */
export const celLimits = {
  maxAstNodes: 2_000,
  maxDepth: 64,
  maxListElements: 500,
  maxMapEntries: 100,
  maxCallArguments: 16,
};

/** What the words need to know. */
export interface Known {
  /** The types whose attributes have names, by their name in CEL. */
  readonly types: ReadonlyMap<string, ObjectType>;
  /** Every function and method, as CEL writes them: `string.startsWith(string)`. */
  readonly signatures: readonly string[];
  /** What an expression begins with: `user`, `vars`. */
  readonly roots: readonly string[];
}

/** A node as the checker leaves it. */
type Checked = ASTNode & { readonly checkedType?: { readonly name: string } };

/** The problem behind an error of the parser or the type checker. */
export function describeMistake(
  error: TypeCheckResult["error"],
  source: string,
  known: Known,
): ExpressionProblem {
  const summary = error?.summary ?? "";
  const at = error?.range?.start ?? source.length;
  const node = error?.node && "op" in error.node ? (error.node as Checked) : undefined;
  const [quoted = ""] = /(?<=').*(?=')/.exec(summary) ?? [];
  const [last = ""] = /[^ :,]*$/.exec(summary) ?? [];
  const say = (code: ProblemCode, message: string, offset = at): ExpressionProblem => ({
    code,
    message,
    offset,
  });

  switch (error?.code) {
    case "no_such_key": {
      const object = node && isAccess(node) ? (node.args[0] as Checked) : undefined;
      const type = known.types.get(object?.checkedType?.name ?? "");
      if (node && isAccess(node) && type)
        return noAttribute(node, typeof node.args[1] === "string" ? node.args[1] : node.args[1].args, type);
      return say("unknown-attribute", `${named("no attribute", last)} (expected one of the user's)`);
    }
    case "unknown_variable":
      return say(
        "unknown-name",
        `${named("nothing is called", last)} ${hint(known.roots.join(" or "), last, known.roots)}`,
      );
    case "no_matching_overload": {
      const name = node?.op === "rcall" || node?.op === "call" ? node.args[0] : "";
      const offset = node?.op === "rcall" ? offsetOfMethod(node) : at;
      const alike = known.signatures.filter((signature) => nameOf(signature) === name);
      return alike.length > 0
        ? say("expression-type", `no ${quoted} (expected ${alike.slice(0, 4).join(" or ")})`, offset)
        : say(
            "unknown-name",
            `no function ${name}() ${hint("one of CEL's", name, known.signatures.map(nameOf))}`,
            offset,
          );
    }
    case "no_such_overload": {
      const types = summary.replace(/^no such overload: /, "");
      return / null$|^null /.test(types)
        ? say("expression-type", `no ${types} (expected has(…) to ask whether it is there)`)
        : say("expression-type", `no ${types} (expected both sides of one type)`);
    }
    case "invalid_logical_operand": {
      const sides = (node?.args ?? []) as readonly Checked[];
      const wrong = sides.find(({ checkedType }) => checkedType && checkedType.name !== "bool");
      return say(
        "expression-type",
        `${quoted} beside ${node?.op ?? "an operator"} (expected a bool on both sides)`,
        wrong?.start ?? at,
      );
    }
    case "invalid_condition_type":
      return say("expression-type", `${quoted} before ? (expected a bool)`);
    case "heterogeneous_list_element":
    case "heterogeneous_map_key":
    case "heterogeneous_map_value":
      return say("expression-type", "a value of another type than those before it (expected one type)");
    case "cannot_index_type":
      return say("expression-type", `${quoted} has no parts (expected a list or an attribute that has some)`);
    case "invalid_index_type":
      return say("expression-type", `${quoted || "this"} as an index (expected a whole number)`);
    case "invalid_comprehension_range":
      return say("expression-type", `${quoted.split("'")[0]} has no elements (expected a list)`);
    case "invalid_macro_argument":
      return summary.startsWith("has")
        ? say("expression-syntax", "has() asks for an attribute (expected has(user.userType))")
        : say(
            "expression-syntax",
            `no variable here (expected a name, as in ${summary.split("(")[0]}(e, …))`,
          );
    case "optional_expected":
    case "incompatible_argument_type":
      return say(
        "expression-type",
        "not of the type that the attribute is of (expected orValue() of that type, behind .?)",
      );
    case "unexpected_token":
      return say(
        "expression-syntax",
        at >= source.trimEnd().length
          ? "the expression ends too early (expected a value)"
          : "not expected here (expected a value)",
      );
    case "expected_token": {
      const [, token = ""] = /^Expected (\w+)/.exec(summary) ?? [];
      return say(
        "expression-syntax",
        `${tokens[token] ?? "something"} is missing here (expected it before this)`,
      );
    }
    case "unexpected_character": {
      const word = /^(\w+|.)/.exec(source.slice(at))?.[0] ?? "";
      const meant = operators[word.toLowerCase()];
      return say(
        "expression-syntax",
        meant
          ? `${word} is no operator (expected ${meant})`
          : "not expected here (expected an operator, or the end)",
      );
    }
    case "newline_in_string":
    case "unterminated_string":
    case "unterminated_triple_quoted_string":
      return say("expression-syntax", "a string that is not closed (expected another quote)");
    case "reserved_identifier":
      return say("expression-syntax", `${named("reserved in CEL:", last)} (expected another name)`);
    case "limit_exceeded":
      return say("too-large", `${tooMuch[/max\w+/.exec(summary)?.[0] ?? ""] ?? "too large"} (expected less)`);
    default:
      return /escape|surrogate/.test(error?.code ?? "")
        ? say("expression-syntax", "an escape that CEL does not have (expected \\\\ for a backslash)")
        : say("expression-syntax", "not CEL (expected an expression)");
  }
}

function isAccess(node: ASTNode): node is Extract<ASTNode, { op: "." | ".?" | "[]" | "[?]" }> {
  return [".", ".?", "[]", "[?]"].includes(node.op);
}

/** `startsWith` of `string.startsWith(string)`. */
function nameOf(signature: string): string {
  return /(\w+)\(/.exec(signature)?.[1] ?? "";
}

const tokens: Readonly<Record<string, string>> = {
  RPAREN: ")",
  RBRACKET: "]",
  RBRACE: "}",
  COLON: ":",
  IDENTIFIER: "a name",
};

const operators: Readonly<Record<string, string>> = {
  "=": "== to compare",
  "&": "&&",
  "|": "||",
  and: "&&",
  or: "||",
  not: "!",
  is: "==",
};

const tooMuch: Readonly<Record<string, string>> = {
  maxAstNodes: `an expression of more than ${celLimits.maxAstNodes} parts`,
  maxDepth: `nested deeper than ${celLimits.maxDepth} levels`,
  maxListElements: `a list of more than ${celLimits.maxListElements} elements`,
  maxMapEntries: `a map of more than ${celLimits.maxMapEntries} entries`,
  maxCallArguments: `more than ${celLimits.maxCallArguments} arguments`,
};
