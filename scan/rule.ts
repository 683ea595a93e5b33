/** A rule of secretlint that is a pattern, and perhaps a second look. */
import type { SecretLintRuleCreator } from "@secretlint/types";

/** More of one rule in one file nobody reads, and secretlint compares each finding with each. */
const maxFound = 1000;

interface PatternRule {
  readonly name: string;
  /** With article: "an Okta API token". */
  readonly looksLike: string;
  /** Global, with indices (`gd`), and the credential in the group `secret`. */
  readonly pattern: RegExp;
  /** Whether a match is one; all of them are when it is not there. */
  readonly accepts?: (groups: Readonly<Record<string, string | undefined>>) => boolean;
  /** The files it is for; all when it is not there. */
  readonly files?: RegExp;
}

/** The rule; its message says what the match looks like, and never repeats it. */
export function patternRule(rule: PatternRule): SecretLintRuleCreator {
  const messages = { found: { en: () => rule.looksLike } };
  return {
    messages,
    meta: {
      id: `hgscim/${rule.name}`,
      type: "scanner",
      recommended: true,
      supportedContentTypes: ["text"],
    },
    create(context) {
      const translate = context.createTranslator(messages);
      return {
        file(source) {
          if (rule.files && !rule.files.test(source.filePath ?? "")) return;
          let found = 0;
          for (const { groups = {}, indices } of source.content.matchAll(rule.pattern)) {
            const range = indices?.groups?.secret;
            if (!range || !(rule.accepts?.(groups) ?? true)) continue;
            context.report({ message: translate("found"), range });
            if (++found === maxFound) return;
          }
        },
      };
    },
  };
}
