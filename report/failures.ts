/** Failures in words: what it is, whom it concerns, and what to do. */
import { refusalCodes } from "../api/codes.ts";
import type { Failure, FailureExample } from "../api/contract.ts";

/** Of what kind something is that failed; texts are empty or null where there is none. */
type Facts = Readonly<
  Pick<Failure, "connector" | "kind" | "what"> &
    Record<"rule" | "code" | "attribute" | "owner", string | null>
>;

const verbs: Readonly<Record<Failure["what"], string>> = {
  refused: "refuses",
  held: "holds",
  undone: "leaves undone the rest of",
  warned: "warns of",
  ignored: "ignores a part of",
};

/** Names of attributes and URIs of schemas (RFC 7643, section 2.1), beside each other: an e-mail address that is sent as one is none. */
const isName = /^[\w$.: -]+$/;

/** A sentence that names no person: what does what to whose writes, and who answers for it. */
export function describeFailure({ connector, kind, what, rule, code, attribute, owner }: Facts): string {
  const who = rule ? `constraint ${rule}` : code ? `code ${code}` : "the agent";
  return [
    `${who} ${verbs[what]} a write of a ${kind} by connector ${connector}`,
    ...(attribute && isName.test(attribute) ? [`(${attribute})`] : []),
    ...(owner ? [`(owner: ${owner})`] : []),
    "(see hgscim failures)",
  ].join(" ");
}

/** One of those whom it concerns, what they were answered, and how what was held of theirs has ended. */
export function describeExample(
  kind: Failure["kind"],
  { whom, name, detail, hold }: Pick<FailureExample, "whom" | "name" | "detail" | "hold">,
): string {
  const ended = hold && hold.state !== "pending" ? ` (${hold.state} by ${hold.by}: ${hold.reason})` : "";
  const who = name === null ? whom : `${name} (${whom})`;
  return `${[kind, who].join(" ").trim()}: ${detail}${ended}`;
}

/** What whoever is on call can do about it. */
export function mendOf({
  stands,
  what,
  rule,
  code,
  attribute,
  owner,
}: Facts & Pick<Failure, "stands">): string {
  if (!stands) return code === "held" ? "Nothing of it waits any longer." : "It is over.";
  const ask = owner ? `Ask ${owner}` : "Ask the constraint's owner";
  if (what === "ignored")
    return `Take ${attribute || "the attribute"} out of the mapping at the provider, or declare it as an extension of the connector.`;
  if (what === "warned") return `${ask}, or correct it at the provider.`;
  if (rule && code === "held") return `${ask} to approve or discard it (see hgscim held list).`;
  if (code === "held" && what === "held")
    return "Nobody decides about it: it has its turn when what is held of the same resource before it is decided (see hgscim held list).";
  if (rule) return `${ask}, or correct it at the provider and send it again.`;
  return code && Object.hasOwn(refusalCodes, code)
    ? refusalCodes[code as keyof typeof refusalCodes].mend
    : "Look it up in the audit.";
}
