/** agent.yaml with other hashes of one admin token: that value alone is written anew, so that comments, order and form stay. */
import { isDeepStrictEqual } from "node:util";
import { isMap, isNode, isScalar, isSeq, parseDocument } from "yaml";
import { type AgentConfig, parseAgentConfig } from "../../agent/config.ts";
import { fail, ok, type Result } from "../../model/result.ts";

/**
 * The text with these hashes of a token.
 *
 * @returns a sentence where the value stands in a form that only a person changes
 */
export function withHashes(
  { file, text, config }: { readonly file: string; readonly text: string; readonly config: AgentConfig },
  name: string,
  hashes: readonly string[],
): Result<string, string> {
  const byHand = fail(
    `${file}: the hash of token "${name}" stands in a form that this command does not change (expected sha256: and the hash, or two in a list)`,
  );
  const value = hashNode(text, name);
  if (!value?.range) return byHand;
  const [start, end] = value.range;
  const first = isSeq(value) ? value.items[0] : value;
  const isQuoted = isScalar(first) && first.type === "QUOTE_DOUBLE";
  // digits alone, or with one e, are a number to YAML
  const [one = "", ...others] = hashes.map((hash) =>
    isQuoted || /^\d+(e\d+)?$/.test(hash) ? `"${hash}"` : hash,
  );
  const written = others.length > 0 ? `[${[one, ...others].join(", ")}]` : one;
  const after = text.slice(start, end).trimEnd().length;
  const changed = `${text.slice(0, start)}${written}${text.slice(start + after)}`;
  const found = parseAgentConfig(file, changed);
  const expected = config.tokens.map((token) =>
    token.name === name ? { ...token, sha256: hashes.length > 1 ? [...hashes] : hashes[0] } : token,
  );
  return found.ok && isDeepStrictEqual(found.value, { ...config, tokens: expected }) ? ok(changed) : byHand;
}

function hashNode(text: string, name: string) {
  const tokens = parseDocument(text).get("tokens");
  const entry = isSeq(tokens)
    ? tokens.items.find((one) => isMap(one) && one.get("name") === name)
    : undefined;
  const value = isMap(entry) ? entry.get("sha256", true) : undefined;
  return isNode(value) ? value : undefined;
}
