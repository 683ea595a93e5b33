/** `hgscim hook install`: has this repository look at what merges and pushes make, before they are there. */
import { existsSync } from "node:fs";
import { relative, resolve, sep } from "node:path";
import { Command } from "@commander-js/extra-typings";
import { printable } from "../../report/words.ts";
import { type Checkout, findCheckout } from "../../scan/checkout.ts";
import { type Called, type Hook, type Installed, installHooks } from "../../scan/hooks.ts";
import { CheckoutError } from "../../scan/program.ts";
import { environmentsFolder } from "../environments.ts";
import { exitCode } from "../exit-code.ts";
import { ownHook, shellWord } from "../self.ts";
import { UsageError } from "../usage.ts";
import { tellInstalled } from "./installed.ts";
import { askOption, mainOption } from "./options.ts";

export const command = new Command("install")
  .description(
    "have this repository look at what merges and pushes make; of a bare one, at what is pushed to it",
  )
  .addOption(mainOption)
  .addOption(askOption)
  .action(
    exitCode(async ({ main, ask = false }) => {
      try {
        const installed = await installMergeHooks(repositoryHere(), ownHook(), { main, ask });
        return tellInstalled(installed, "looks already, nothing changed");
      } catch (error) {
        if (error instanceof CheckoutError) throw new UsageError(printable(error.message));
        throw error;
      }
    }),
  );

interface Repository extends Checkout {
  /** Without files of its own: what is pushed to. */
  readonly isBare: boolean;
  /** The folder of the environments in it, by its path. */
  readonly environments: string;
}

/** The repository that a folder is, or lies in; its environments need not be there where it has no files. */
function repositoryHere(): Repository {
  if (["HEAD", "objects", "refs"].every((name) => existsSync(name)))
    return { system: "git", root: process.cwd(), isBare: true, environments: environmentsFolder() };
  const checkout = findCheckout(process.cwd());
  if (!checkout)
    throw new UsageError(
      "not in a repository (expected a folder with .git or .hg, one below it, or a bare one)",
    );
  const repository = repositoryOf(checkout, environmentsFolder());
  // a Mercurial repository that is pushed to has no files either
  if (checkout.system === "git" && !existsSync(environmentsFolder()))
    throw new UsageError(`no folder ${environmentsFolder()} here (expected that of the environments)`);
  return repository;
}

/** A checkout with its environments, by their folder. */
export function repositoryOf(checkout: Checkout, folder: string): Repository {
  const environments = relative(checkout.root, resolve(folder)).split(sep).join("/");
  if (environments.startsWith(".."))
    throw new UsageError(
      `${folder} lies outside of ${checkout.root} (expected the environments in the repository)`,
    );
  return { ...checkout, isBare: false, environments };
}

/**
 * Writes them, and changes nothing of those that are there already.
 *
 * @throws {CheckoutError} when a file cannot be read or written
 */
export async function installMergeHooks(
  { isBare, environments, ...checkout }: Repository,
  { command, program }: Called,
  { main, ask = false }: { readonly main?: string | undefined; readonly ask?: boolean } = {},
): Promise<Installed[]> {
  const options = [...(main === undefined ? [] : ["--main", shellWord(main)]), ...(ask ? ["--ask"] : [])];
  const hook = (name: string, more: Partial<Hook> & { readonly given?: string } = {}): Hook => {
    const { given, ...rest } = more;
    const [when = ""] = name.split(".");
    return {
      name,
      words: ["hook", when, ...options, ...(given ? [given] : [])].join(" "),
      about: "hgscim hook install wrote this: what is not in order after it stops here (docs/reviewing.md)",
      again: "hgscim hook install",
      ...rest,
    };
  };
  const hooks =
    checkout.system === "hg"
      ? [
          hook("pretxncommit.hgscim-merge", { where: '[ -n "$HG_PARENT2" ]' }),
          // a pull, or what is put back after a rebase, is no push
          hook("pretxnchangegroup.hgscim-merge", {
            where: 'case "$HG_SOURCE" in serve|push|unbundle) ;; *) false;; esac',
          }),
        ]
      : isBare
        ? [hook("pre-receive")]
        : [hook("pre-merge-commit"), hook("pre-push", { given: '"$@"' })];
  const where = `env HGSCIM_ENVIRONMENTS=${shellWord(environments)}`;
  return installHooks(checkout, hooks, { command: `${where} ${command}`, program });
}
