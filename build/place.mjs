/** A file of `dist/` is replaced whole or not at all: somebody may be reading the one of the last build. */
import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/** Writes a file where it differs; `mode` is its permission bits, of whatever was there before too. */
export async function place(file, contents, mode = 0o644) {
  const present = await readFile(file).catch(() => undefined);
  if (!present?.equals(Buffer.from(contents))) {
    const unfinished = `${file}.${process.pid}`;
    await mkdir(dirname(file), { recursive: true });
    await writeFile(unfinished, contents);
    await rename(unfinished, file);
  }
  await chmod(file, mode);
}
