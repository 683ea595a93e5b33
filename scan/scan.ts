/** Finds what looks like a credential in a text, and says where and what, never the value. */
import { performance } from "node:perf_hooks";
import type { Position } from "../model/problem.ts";
import { assignedSecret } from "./rules/assigned-secret.ts";
import { azureKey } from "./rules/azure-key.ts";
import { basicAuth } from "./rules/basic-auth.ts";
import { bearerHeader } from "./rules/bearer-token.ts";
import { entraClientSecret } from "./rules/entra-client-secret.ts";
import { exportedSecret } from "./rules/exported-secret.ts";
import { gitlabScimToken } from "./rules/gitlab-scim-token.ts";
import { gitlabToken } from "./rules/gitlab-token.ts";
import { googleKey } from "./rules/google-key.ts";
import { jwt } from "./rules/jwt.ts";
import { netrcPassword } from "./rules/netrc.ts";
import { oktaToken } from "./rules/okta-token.ts";
import { recommended, recommendedLooksLike } from "./rules/preset.ts";
import { privateKey } from "./rules/private-key.ts";
import { stripeKey } from "./rules/stripe-key.ts";
import { vaultToken } from "./rules/vault-token.ts";
import { lintSource } from "./secretlint.ts";
import type { Source } from "./source.ts";

export interface Finding {
  readonly at: Position;
  readonly message: string;
  readonly rule: string;
  readonly changeset?: string;
}

const own = [
  ...[
    privateKey,
    oktaToken,
    entraClientSecret,
    gitlabScimToken,
    gitlabToken,
    googleKey,
    stripeKey,
    vaultToken,
  ],
  ...[azureKey, jwt, bearerHeader, basicAuth, netrcPassword, assignedSecret, exportedSecret],
];
const ownLooksLike = new Map(own.map(({ meta, messages }) => [meta.id, messages.found?.en()]));

// of two that find the same place, the first one tells
const rules = [...recommended, ...own].map((rule) => ({ id: rule.meta.id, rule }));
const rank = new Map(rules.map(({ id }, index) => [id, index]));

interface Match {
  readonly ruleId: string;
  readonly messageId: string;
  readonly range: readonly [number, number];
}

/** The findings in a source, in reading order; only those in lines that count, and that no comment accepts. */
export async function findingsIn(source: Source): Promise<Finding[]> {
  const { messages } = await lintSource({
    source: { content: source.text, filePath: source.file, contentType: "text" },
    options: { config: { rules }, noPhysicFilePath: true },
  });
  performance.clearMarks(); // secretlint's, which are kept for ever
  const matches = messages.length === 0 ? [] : withoutOverlaps(messages);
  const lines = new Lines(source.text);
  return matches.flatMap((match) => finding(match, lines, source));
}

function finding({ ruleId, messageId, range: [start, end] }: Match, lines: Lines, source: Source): Finding[] {
  const [first, last] = [lines.lineAt(start), lines.lineAt(Math.max(start, end - 1))];
  const touched = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  if (source.added && !touched.some((line) => source.added?.has(line))) return [];
  const comments = touched.map((line) => allowance(lines.text(line)));
  if (comments.includes("with reason")) return [];
  const at: Position = { file: source.file, line: first, column: start - lines.start(first) + 1 };
  const expected = comments.includes("without reason")
    ? 'a reason behind "hgscim-scan: allow"'
    : "a reference such as ref+env://NAME";
  const where = source.changeset === undefined ? "" : ` in changeset ${source.changeset.slice(0, 12)}`;
  const { changeset } = source;
  const message = `what looks like ${looksLike(ruleId, messageId)}${where} (expected ${expected})`;
  return [{ at, message, rule: ruleId, ...(changeset !== undefined && { changeset }) }];
}

function looksLike(ruleId: string, messageId: string): string {
  return ownLooksLike.get(ruleId) ?? recommendedLooksLike[messageId] ?? "a credential";
}

/** A finding is accepted on its line, with a reason; what only ends the comment is none. */
function allowance(line: string): "with reason" | "without reason" | undefined {
  const [comment, reason = ""] = /hgscim-scan: ?allow\b(.*)/.exec(line) ?? [];
  if (comment === undefined) return undefined;
  return /[\p{L}\d]/u.test(reason) ? "with reason" : "without reason";
}

function withoutOverlaps(matches: readonly Match[]): Match[] {
  const kept: Match[] = [];
  for (const match of [...matches].sort((a, b) => a.range[0] - b.range[0])) {
    const before = kept.at(-1);
    if (!before || match.range[0] >= before.range[1]) kept.push(match);
    else if ((rank.get(match.ruleId) ?? 0) < (rank.get(before.ruleId) ?? 0)) kept[kept.length - 1] = match;
  }
  return kept;
}

/** Line numbers of offsets; lines count from 1. */
class Lines {
  readonly #text: string;
  readonly #starts: number[] = [0];

  constructor(text: string) {
    this.#text = text;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) this.#starts.push(at + 1);
  }

  lineAt(offset: number): number {
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.start(middle + 1) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  }

  start(line: number): number {
    return this.#starts[line - 1] ?? this.#text.length;
  }

  text(line: number): string {
    return this.#text.slice(this.start(line), this.start(line + 1));
  }
}
