/** `hgscim init`: the repository of a company, with two environments, policy tests and a pipeline. What is there stays. */
import { join, relative, resolve } from "node:path";
import { Argument, Command, Option } from "@commander-js/extra-typings";
import { systemReason } from "../model/system-error.ts";
import { printable } from "../report/words.ts";
import { findCheckout } from "../scan/checkout.ts";
import { type Installed, installHooks, scanHooks } from "../scan/hooks.ts";
import { CheckoutError } from "../scan/program.ts";
import { exitCode } from "./exit-code.ts";
import { installMergeHooks, repositoryOf } from "./hook/install.ts";
import { type Answers, answersOf, type Given, pipelines, providers, systems } from "./init/answers.ts";
import { installLines, projectFiles, writeNew } from "./init/files.ts";
import { projectHook, shellWord } from "./self.ts";

export const command = new Command("init")
  .description("begin a project: two environments, policy tests, a pipeline; nothing is overwritten")
  .addArgument(new Argument("[folder]", "where; this folder when none is given"))
  .option("--host <name>", "the Mercurial host of production, such as hg.example.com")
  .option("--staging <name>", "the one of staging")
  .option("--domain <name>", "the mail domain of those who may have an account")
  .addOption(new Option("--idp <name>", "the identity provider").choices(providers))
  .addOption(new Option("--vcs <name>", "the version control").choices(systems))
  .addOption(new Option("--pipeline <name>", "where it is checked and deployed").choices(pipelines))
  .action(
    exitCode(async (folder = ".", options) => {
      const checkout = findCheckout(resolve(folder));
      const given: Given = { ...(checkout && { vcs: checkout.system }), ...options };
      const answers = await answersOf(given);
      const files = projectFiles(folder, answers);
      let kept: string[];
      try {
        kept = writeNew(folder, files);
      } catch (error) {
        const { path } = error as NodeJS.ErrnoException;
        process.stderr.write(`${printable(path ?? folder)}: ${systemReason(error)}\n`);
        return 1;
      }
      const lines = [...files.keys()].map(
        (path) => `${kept.includes(path) ? "kept   " : "written"}  ${printable(join(folder, path))}`,
      );
      process.stdout.write(
        `${[...lines, ...(await hookLines(folder))].join("\n")}\n\n${next(folder, answers)}`,
      );
      return 0;
    }),
  );

/** Has the checkout scan its commits, and look at merges and pushes, where there is one. */
async function hookLines(folder: string): Promise<string[]> {
  const checkout = findCheckout(resolve(folder));
  if (!checkout)
    return [
      "no checkout yet: in one, npx hgscim scan --install has every commit scanned for credentials, and",
      "npx hgscim hook install has merges and pushes looked at",
    ];
  const called = projectHook(folder);
  try {
    const scans = await installHooks(checkout, scanHooks[checkout.system], called);
    const merges = await installMergeHooks(repositoryOf(checkout, join(folder, "environments")), called);
    return [
      ...scans.map((one) => hookLine(one, "which scans each commit for credentials")),
      ...merges.map((one) => hookLine(one, "which looks at merges and pushes")),
    ];
  } catch (error) {
    if (error instanceof CheckoutError) return [`no hook: ${printable(error.message)}`];
    throw error;
  }
}

function hookLine({ file, outcome, line }: Installed, about: string): string {
  const path = printable(relative(process.cwd(), file));
  return outcome === "another hook is there"
    ? `kept     ${path}, another hook: let it run ${printable(line)}`
    : `${outcome === "written" ? "written" : "kept   "}  ${path}, ${about}`;
}

function next(folder: string, { host, staging }: Answers): string {
  const enter = folder === "." ? [] : [`cd ${shellWord(folder)}`];
  const lines = [
    ...enter,
    ...installLines(folder),
    "npx hgscim validate && npx hgscim test",
    "edit environments/shared/policy.yaml: groups, and what they may do where",
    `set up the agents beside ${staging} and ${host} (docs/agent.md of the package)`,
    "npx hgscim plan staging",
  ];
  return `Next:\n${lines.map((line) => `  ${line}\n`).join("")}`;
}
