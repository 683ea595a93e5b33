/** The files of an installation as templates, by their paths on the host; the guides show the same texts. */
import { readFileSync } from "node:fs";
import { packageFile } from "../../../model/package.ts";

/**
 * The text of a template.
 *
 * @param values what stands for `{{name}}`
 * @throws {Error} for a name without a value
 */
export function rendered(path: string, values: Readonly<Record<string, string>>): string {
  const template = readFileSync(packageFile(`cli/host/install/template${path}`), "utf8");
  return template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`${path} wants a value of ${name}`);
    return value;
  });
}

/** A command line for `ExecStart`. Source: systemd.service(5), "Command lines". */
export function execLine(words: readonly string[]): string {
  return words
    .map((word) => word.replaceAll("%", "%%").replaceAll("$", "$$$$"))
    .map((word) => (/^[\w./@+%$-]+$/.test(word) ? word : `"${word.replace(/[\\"]/g, "\\$&")}"`))
    .join(" ");
}
