/**
 * Text that must reach Terraform as it was written, whatever stands in it. Two readers would find a meaning of their own:
 * cdktf looks for its tokens (`${TfToken[…]}`, `#{TfToken[…]}`, numbers that stand for one) in every string that it
 * synthesizes, and Terraform reads `${` and `%{` as templates.
 */

// a noncharacter, so that no other string begins with it
const mark = "\uFFFF";

// what begins a token or a template, a number that stands for a token, and the mark itself; hardly any text has one
const special = new RegExp(`[$%#&]\\{|e\\+289|${mark}`);

/** The text in a form in which cdktf finds no token: with a mark before each of its characters where it could. */
export function literal(text: string): string {
  return special.test(text) ? mark + text.split("").join(mark) : text;
}

/** What cdktf resolved, with each literal replaced by its text as Terraform's templates spell it. */
export function restoreLiterals(resolved: unknown): unknown {
  if (typeof resolved === "string")
    return resolved.startsWith(mark) ? escapeTemplate(withoutMarks(resolved)) : resolved;
  if (Array.isArray(resolved)) return resolved.map(restoreLiterals);
  if (typeof resolved !== "object" || resolved === null) return resolved;
  return Object.fromEntries(Object.entries(resolved).map(([key, value]) => [key, restoreLiterals(value)]));
}

// every second code unit is the text's, also where that is a mark itself
function withoutMarks(marked: string): string {
  return marked
    .split("")
    .filter((_, index) => index % 2 === 1)
    .join("");
}

/** `$${` and `%%{` stand for `${` and `%{` (Terraform language, "Strings and Templates", escape sequences). */
function escapeTemplate(text: string): string {
  return text.replace(/[$%](?=\{)/g, "$&$&");
}
