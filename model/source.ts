/** The text of a file that a person wrote: bounded in size, and UTF-8. */
import { readFile, stat } from "node:fs/promises";
import { relative, resolve, sep } from "node:path";
import type { Checked, Position } from "./problem.ts";
import type { ProblemCode } from "./problem-codes.ts";
import { fail, ok } from "./result.ts";
import { systemReason } from "./system-error.ts";

/** The largest file that is read, in bytes: room for some 30,000 permission sets. */
const maxFileBytes = 8 * 1024 * 1024;

/**
 * Reads a file. A byte order mark is not part of its text.
 *
 * @param shown the file's name in problems
 * @returns the text, or why there is none; `missing` is what to say when there is no such file
 */
export async function readSource(
  file: string,
  shown: string,
  missing: () => Promise<string>,
): Promise<Checked<string>> {
  const failed = (code: ProblemCode, message: string, place: Partial<Position> = {}) =>
    fail([{ at: { file: shown, line: 1, column: 1, ...place }, code, message }]);
  let bytes: Buffer;
  try {
    const found = await stat(file);
    if (found.isDirectory())
      return failed("unreadable-file", "a folder (expected a file, such as environments/production.yaml)");
    // a pipe would be waited for, a device read for ever
    if (!found.isFile()) return failed("unreadable-file", "not a regular file (expected a file of YAML)");
    if (found.size > maxFileBytes) return failed("too-large", tooLarge(found.size));
    bytes = await readFile(file);
  } catch (error) {
    const { code = "unknown" } = error as NodeJS.ErrnoException;
    return code === "ENOENT" || code === "ENOTDIR"
      ? failed("no-such-file", await missing())
      : failed("unreadable-file", unreadable(code));
  }
  if (bytes.length > maxFileBytes) return failed("too-large", tooLarge(bytes.length));
  if (isUtf16(bytes)) return failed("not-utf8", "UTF-16 text (expected UTF-8)");
  const text = bytes.toString("utf8");
  const wrong = firstDifference(bytes, Buffer.from(text));
  if (wrong !== undefined) {
    const before = bytes.subarray(0, wrong).toString("utf8").split("\n");
    const byte = bytes[wrong]?.toString(16).toUpperCase().padStart(2, "0");
    return failed("not-utf8", `the byte 0x${byte} is not UTF-8 (expected the file to be saved as UTF-8)`, {
      line: before.length,
      column: (before.at(-1) ?? "").length + 1,
    });
  }
  return ok(text.replace(/^\uFEFF/, ""));
}

function tooLarge(bytes: number): string {
  const mebibytes = (bytes / 1024 / 1024).toFixed(1);
  return `a file of ${mebibytes} MiB (expected at most ${maxFileBytes / 1024 / 1024} MiB; extends takes parts from other files)`;
}

function unreadable(code: string): string {
  if (code === "EACCES" || code === "EPERM") return `the file may not be read by this user (${code})`;
  if (code === "ELOOP") return "a symbolic link that leads in a circle (expected a file)";
  if (code === "ENAMETOOLONG") return "the file's name is too long (expected a file of YAML)";
  return `the file cannot be read: ${systemReason({ code })}`;
}

/** With a byte order mark, or with the zero bytes that every letter has there. */
function isUtf16(bytes: Buffer): boolean {
  const [first, second] = bytes;
  if (second === undefined) return false;
  return (
    (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) || first === 0 || second === 0
  );
}

/** The offset of the first byte that decoding replaced, at the start of its sequence. */
function firstDifference(bytes: Buffer, decoded: Buffer): number | undefined {
  if (bytes.equals(decoded)) return undefined;
  let offset = 0;
  while (bytes[offset] === decoded[offset]) offset++;
  // U+FFFD may share its first bytes with what it replaced
  while (((decoded[offset] ?? 0) & 0xc0) === 0x80) offset--;
  return offset;
}

/** The path as people write it, from where they stand; the same on every machine for a file of the project. */
export function displayName(file: string): string {
  const path = relative(process.cwd(), resolve(file));
  const shown = path.startsWith("..") ? resolve(file) : path || ".";
  // a name must not speak to the terminal
  return shown
    .split(sep)
    .join("/")
    .replace(/\p{Cc}/gu, "?");
}
