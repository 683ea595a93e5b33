/**
 * Reads patches in git's extended format, as `git log`, `git diff`, `hg export` and `hg diff` write them. They are asked for
 * with every line of a file as context, so that a patch holds the file as it is after the change, and what is new in it.
 */
import { isBinary, isPackage, maxSize, type Skipped, type Source, tooLarge } from "./source.ts";

/** More lines than a file has that is scanned. */
export const wholeFile = 10_000_000;

/** Before each changeset's patch stands a line of this and its id. */
export const changesetPrefix = "changeset ";

/** The changed files; `file` is as the patch has it, relative to the checkout's root. */
export async function* readPatch(lines: AsyncIterable<string>): AsyncGenerator<Source | Skipped> {
  let changeset: string | undefined;
  let name: string | undefined;
  let hunk: Hunk | undefined;
  for await (const line of lines) {
    if (hunk && !hunk.complete) {
      hunk.take(line);
      if (hunk.complete && name !== undefined) yield* hunk.result(name, changeset);
    } else if (line.startsWith(changesetPrefix)) changeset = line.slice(changesetPrefix.length);
    else if (line.startsWith("diff ")) name = hunk = undefined;
    else if (line.startsWith("+++ ")) name = nameIn(line.slice("+++ ".length));
    else if (line.startsWith("@@")) hunk = new Hunk(line);
  }
}

/** One hunk; with several parents, as in git's combined format for merges, a line has a sign for each. */
class Hunk {
  readonly #before: number[];
  #after: number;
  readonly #lines: string[] = [];
  readonly #added = new Set<number>();
  #size = 0;

  /** `@@ -1,3 +1,4 @@`: a missing count is 1 (git help diff-format). */
  constructor(header: string) {
    const counts = [...header.matchAll(/[-+]\d+(?:,(\d+))?(?= )/g)].map(([, count]) => Number(count ?? 1));
    const parents = (/^@+/.exec(header)?.[0].length ?? 2) - 1;
    this.#before = counts.slice(0, parents);
    this.#after = counts[parents] ?? 0;
  }

  get complete(): boolean {
    return this.#after === 0 && this.#before.every((count) => count === 0);
  }

  take(line: string): void {
    if (line.startsWith("\\")) return; // "\ No newline at end of file"
    const signs = line.slice(0, this.#before.length);
    const removed = signs.includes("-");
    for (const [parent, sign] of [...signs].entries())
      if (sign === (removed ? "-" : " ")) this.#before[parent] = (this.#before[parent] ?? 0) - 1;
    if (removed) return;
    this.#after -= 1;
    const text = line.slice(signs.length);
    this.#size += text.length + 1;
    if (this.#size > maxSize) this.#lines.length = 0;
    else if (this.#lines.push(text) && !signs.includes(" ")) this.#added.add(this.#lines.length);
  }

  /** The file after the change; nothing when it adds nothing, or nothing that is scanned. */
  *result(file: string, changeset: string | undefined): Generator<Source | Skipped> {
    if (isPackage(file)) return;
    if (this.#size > maxSize) {
      yield tooLarge(file);
      return;
    }
    const text = this.#lines.join("\n");
    if (this.#added.size > 0 && !isBinary(text))
      yield { file, text, added: this.#added, ...(changeset !== undefined && { changeset }) };
  }
}

/** The name behind `+++ `: undefined for a file that is gone. A tab ends a name with spaces; git quotes as C does. */
function nameIn(written: string): string | undefined {
  const quoted = /^"(.*)"$/.exec(written)?.[1];
  const path = quoted === undefined ? written.replace(/\t$/, "") : unquoted(quoted);
  return path === "/dev/null" ? undefined : path.replace(/^b\//, "");
}

const escapes: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  t: "\t",
  n: "\n",
  v: "\v",
  f: "\f",
  r: "\r",
};

/** The quoting of core.quotePath=false: control characters, quotes and backslashes (git help config). */
function unquoted(text: string): string {
  return text.replace(/\\([0-7]{3}|.)/g, (_, code: string) =>
    code.length === 3 ? String.fromCharCode(Number.parseInt(code, 8)) : (escapes[code] ?? code),
  );
}
