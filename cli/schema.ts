/** `hgscim schema`: the JSON Schema by which an editor completes and checks environment files. */
import { rename, rm, writeFile } from "node:fs/promises";
import { Command } from "@commander-js/extra-typings";
import { editorSchemaText } from "../model/documentation/json-schema.ts";
import { systemReason } from "../model/system-error.ts";
import { exitCode } from "./exit-code.ts";

export const command = new Command("schema")
  .description("print the JSON Schema of environment files, for editors")
  .option("--out <file>", "write it there")
  .action(
    exitCode(async ({ out }) => {
      const text = editorSchemaText();
      if (out !== undefined) return writeWhole(out, text);
      process.stdout.write(text);
      return 0;
    }),
  );

/** Whole or not at all: an editor may be reading the file. */
async function writeWhole(file: string, text: string): Promise<number> {
  const unfinished = `${file}.${process.pid}`;
  try {
    await writeFile(unfinished, text);
    await rename(unfinished, file);
    return 0;
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => undefined);
    process.stderr.write(`${file} cannot be written: ${systemReason(error)}\n`);
    return 1;
  }
}
