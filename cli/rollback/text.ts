/** A release in the words of the environment file, on its own: what `extends` brought is written out. */
import { Document, visit } from "yaml";
import type { StoredRelease } from "../../api/contract.ts";
import { toEnvironment } from "../../model/release.ts";
import { describeRelease } from "../text.ts";

// what cannot be seen stands in a file as an escape only; a line feed is a line
const unseen = /[^\n\P{C}]|[\p{Zl}\p{Zp}]/u;
// space at the edge of a line, or a line without any: block scalars do not keep it in every place
const edgy = /^\s|[ \t]$|[ \t]\n|\n[ \t\n]/;

/** The environment file of a release. */
export function environmentText(target: StoredRelease): string {
  const { delivery, promote, bounds, ...rest } = toEnvironment(target.release);
  const environment = { delivery, ...(promote && { promote }), ...(bounds && { bounds }), ...rest };
  const document = new Document(environment, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_key, scalar) {
      const { value } = scalar;
      if (typeof value === "string" && (unseen.test(value) || edgy.test(value))) scalar.type = "QUOTE_DOUBLE";
    },
  });
  return [
    `# ${describeRelease(target)}: written by hgscim rollback.`,
    "# Nothing is extended here, so a change of a shared file does not reach it.",
    "",
    // folds would break what is escaped below, and a quoted text of several lines does not read back as it was in every case
    document
      .toString({ lineWidth: 0, doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER })
      .replace(new RegExp(unseen, "gu"), escapeOf),
  ].join("\n");
}

/** A character within double quotes (YAML 1.2.2, section 5.7, escaped characters). */
function escapeOf(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\U${code.padStart(8, "0")}` : `\\u${code.padStart(4, "0")}`;
}
