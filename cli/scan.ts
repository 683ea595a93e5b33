/** `hgscim scan`: says where credentials lie that should be references, and never what they are. */
import { relative } from "node:path";
import { Command } from "@commander-js/extra-typings";
import { formatProblem } from "../model/problem.ts";
import { count, printable } from "../report/words.ts";
import { type Checkout, changesIn, findCheckout, pendingChange } from "../scan/checkout.ts";
import { filesAskedFor } from "../scan/files.ts";
import { installHooks, scanHooks } from "../scan/hooks.ts";
import { CheckoutError } from "../scan/program.ts";
import { type Finding, findingsIn } from "../scan/scan.ts";
import type { Skipped, Source } from "../scan/source.ts";
import { exitCode } from "./exit-code.ts";
import { tellInstalled } from "./hook/installed.ts";
import { ownHook } from "./self.ts";
import { UsageError } from "./usage.ts";

/** Ends with 0 when nothing is found, 1 when something is or a path had nothing to scan, 2 for wrong usage, which a hook takes as a no. */
export const command = new Command("scan")
  .description("find leaked credentials in files, in what is about to be committed, or in changesets")
  .argument("[paths...]", "files or folders; this folder when none is given")
  .option("--staged", "what the next commit would hold")
  .option("--range <revs>", "what these revisions bring, in Git's or Mercurial's own words")
  .option("--install", "put the scan into this checkout's hooks")
  .option("--json", "print it for machines")
  .action(
    exitCode(async (paths, { staged = false, range, install = false, json = false }) => {
      const modes = [paths.length > 0, staged, range !== undefined, install].filter(Boolean).length;
      if (modes > 1 || (install && json))
        throw new UsageError("too much at once (expected paths, --staged, --range or --install)");
      try {
        if (install) return await installIn(checkoutHere());
        if (staged) return await report(pendingChange(checkoutHere()), json);
        if (range !== undefined) return await report(changesIn(checkoutHere(), range), json);
        return await report(filesAtAll(paths.length > 0 ? paths : ["."]), json);
      } catch (error) {
        if (error instanceof CheckoutError) throw new UsageError(printable(error.message));
        throw error;
      }
    }),
  );

function checkoutHere(): Checkout {
  const checkout = findCheckout(process.cwd());
  if (!checkout)
    throw new UsageError("not in a checkout (expected a folder with .git or .hg, or one below it)");
  return checkout;
}

async function* filesAtAll(paths: readonly string[]): AsyncGenerator<Source | Skipped> {
  for (const path of paths)
    try {
      yield* filesAskedFor(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      throw new UsageError(`${printable(path)}: no such file (expected files or folders)`);
    }
}

async function report(items: AsyncIterable<Source | Skipped>, json: boolean): Promise<number> {
  const findings: Finding[] = [];
  const skipped: Skipped[] = [];
  let scanned = 0;
  let missed = false;
  for await (const item of items) {
    const file = printable(relative("", item.file) || ".");
    if ("reason" in item) {
      skipped.push({ file, reason: item.reason });
      missed ||= item.asked === true;
      continue;
    }
    scanned += 1;
    for (const finding of await findingsIn(item)) findings.push({ ...finding, at: { ...finding.at, file } });
  }
  if (json) {
    const found = findings.map(({ at, ...rest }) => ({ ...at, ...rest }));
    process.stdout.write(`${JSON.stringify({ scanned, findings: found, skipped }, null, 2)}\n`);
  } else {
    for (const { file, reason } of skipped) process.stderr.write(`${file}: not scanned: ${reason}\n`);
    for (const finding of findings) process.stdout.write(`${formatProblem(finding)}\n`);
    if (findings.length === 0 && !(missed && scanned === 0))
      process.stdout.write(`${count(scanned, "file", "files")} scanned, nothing found\n`);
  }
  return findings.length === 0 && !missed ? 0 : 1;
}

async function installIn(checkout: Checkout): Promise<number> {
  return tellInstalled(
    await installHooks(checkout, scanHooks[checkout.system], ownHook()),
    "scans already, nothing changed",
  );
}
