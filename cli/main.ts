#!/usr/bin/env node
/** `hgscim`: finds the command's file, runs it, and ends with its exit code: 0 done, 1 failed, 2 wrong usage. */
import { hint } from "../model/nearest.ts";
import { UsageError } from "./usage.ts";

interface Command {
  readonly usage: string;
  readonly summary: string;
  load(): Promise<{ run(args: string[]): Promise<number> }>;
}

const commands: Readonly<Record<string, Command>> = {
  validate: {
    usage: "validate [env|file…] [--format text|json|sarif|github] | --show <env|file>",
    summary: "check environment files, all of them when none is given, or print one with what it extends",
    load: () => import("./validate.ts"),
  },
  diff: {
    usage: "diff <env|file> <env|file> [--json]",
    summary: "tell whether one environment mirrors another, and where not",
    load: () => import("./diff.ts"),
  },
  variables: {
    usage:
      "variables <env|file> [--format markdown|json|dotenv|systemd|configmap] | variables diff <env|file> <env|file> [--json]",
    summary:
      "print the variables of an environment, with references in place of secrets, or compare those of two",
    load: () => import("./variables.ts"),
  },
  test: {
    usage: "test [env…] [--format text|json|junit]",
    summary: "play the policy tests of environments/tests/ on the releases of the environments",
    load: () => import("./test.ts"),
  },
  plan: {
    usage: "plan <env|file>",
    summary: "show what a deploy would change, and who gains or loses access",
    load: () => import("./plan.ts"),
  },
  deploy: {
    usage: "deploy <env|file> [--yes]",
    summary: "plan, ask, and make the release active",
    load: () => import("./deploy.ts"),
  },
  history: {
    usage: "history <env|file> [--json]",
    summary: "show which releases were active since when, newest first",
    load: () => import("./history.ts"),
  },
  rollback: {
    usage: "rollback <env|file> --to <digest> [--force | --now [--accept <what>] [--yes]]",
    summary: "restore the text of a past release for review, or with --now make that release active at once",
    load: () => import("./rollback.ts"),
  },
  scan: {
    usage: "scan [path… | --staged | --range <revs>] [--json] | scan --install",
    summary: "find leaked credentials in files, in what is about to be committed, or in changesets",
    load: () => import("./scan.ts"),
  },
  agent: {
    usage: "agent [load <file|->] [--config agent.yaml]",
    summary: "run the agent beside a Mercurial host, or make it load a release that was brought as a file",
    load: () => import("./agent.ts"),
  },
  quickstart: {
    usage: "quickstart [--keep]",
    summary: "play a working day on this machine, with everything real",
    load: () => import("./quickstart.ts"),
  },
};

// whoever reads no further, as `head` does, has seen enough: that is no failure
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
process.exitCode = await main(process.argv.slice(2));

async function main([name, ...args]: string[]): Promise<number> {
  if (name === "--help" || name === "-h" || name === "help") {
    process.stdout.write(help());
    return 0;
  }
  if (name === undefined) return wrongUsage(`which command?\n\n${help()}`);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    const names = Object.keys(commands);
    return wrongUsage(`no command "${name}" ${hint(`one of ${names.join(", ")}`, name, names)}\n`);
  }
  const usage = `Usage: hgscim ${command.usage}\n`;
  if (args.includes("--help") || args.includes("-h")) {
    process.stdout.write(`${usage}\n${command.summary}\n`);
    return 0;
  }
  try {
    const { run } = await command.load();
    return await run(args);
  } catch (error) {
    if (isUsageError(error)) return wrongUsage(`${error.message}\n${usage}`);
    throw error;
  }
}

function help(): string {
  const width = Math.max(...Object.values(commands).map(({ usage }) => usage.length));
  const lines = Object.values(commands).map(({ usage, summary }) => `  ${usage.padEnd(width)}  ${summary}`);
  return `Usage: hgscim <command>\n\n${lines.join("\n")}\n`;
}

function wrongUsage(text: string): number {
  process.stderr.write(`hgscim: ${text}`);
  return 2;
}

/** A command's own, or what node:util's parseArgs throws. */
function isUsageError(error: unknown): error is Error {
  return (
    error instanceof UsageError ||
    (error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS"))
  );
}
