/** A release in the words of the environment file, on its own: what `extends` brought is written out. */
import { Document, visit } from "yaml";
import type { StoredRelease } from "../../api/contract.ts";
import { toEnvironment } from "../../model/release.ts";
import { describeRelease } from "../../report/release.ts";
import { escapeUnseen, unseen } from "../yaml-escape.ts";

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
    escapeUnseen(
      document.toString({ lineWidth: 0, doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER }),
    ),
  ].join("\n");
}
