/** Files of a tree: what the checkout tracks, or everything where there is none. */
import { lstat, readdir, readFile, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { systemReason } from "../model/system-error.ts";
import { findCheckout, trackedFiles } from "./checkout.ts";
import { isBinary, isPackage, maxSize, type Skipped, type Source, tooLarge } from "./source.ts";

const leftOut = new Set(["node_modules", ".git", ".hg"]);

/**
 * The texts at a path that a person asked for, as `filesAt` gives them; when none of them can be scanned, that is told as well.
 * @throws the system's error when there is nothing at the path
 */
export async function* filesAskedFor(path: string): AsyncGenerator<Source | Skipped> {
  let told = false;
  for await (const item of filesAt(path)) {
    const itself = "reason" in item && item.file === path;
    told ||= itself || !("reason" in item);
    yield itself ? { ...item, asked: true } : item;
  }
  const reason =
    "nothing in it to scan (expected text that the checkout tracks, or untracked files by their names)";
  if (!told) yield { file: path, reason, asked: true };
}

/**
 * The texts at a path: of a file that one, of a folder what the checkout tracks in it, else all. Symbolic links inside a
 * folder are not followed.
 * @throws the system's error when there is nothing at the path
 */
async function* filesAt(path: string): AsyncGenerator<Source | Skipped> {
  if ((await stat(path)).isDirectory()) for await (const file of filesIn(path)) yield* textOf(file);
  else yield* textOf(path, stat);
}

async function* filesIn(folder: string): AsyncGenerator<string> {
  const checkout = findCheckout(folder);
  if (checkout === undefined) yield* walk(folder);
  else
    for (const file of await trackedFiles(checkout, folder))
      if (!isPackage(relative(folder, file))) yield file;
}

async function* walk(folder: string): AsyncGenerator<string> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isFile()) yield path;
    else if (entry.isDirectory() && !leftOut.has(entry.name)) yield* walk(path);
  }
}

async function* textOf(file: string, look: typeof stat = lstat): AsyncGenerator<Source | Skipped> {
  try {
    const status = await look(file);
    if (!status.isFile()) return;
    if (status.size > maxSize) yield tooLarge(file);
    else {
      const text = (await readFile(file, "utf8")).replace(/^\uFEFF/, "");
      if (!isBinary(text)) yield { file, text };
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    yield { file, reason: code === "ENOENT" ? "it is tracked, and not there" : systemReason(error) };
  }
}
