/** `hgscim deploy`: plans, asks, and applies exactly the plan that was shown. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { prepareStack } from "./stack.ts";
import { terraform } from "./terraform.ts";
import { UsageError } from "./usage.ts";

/** Runs the command; returns the exit code. */
export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    options: { yes: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  if (!values.yes && !process.stdin.isTTY)
    throw new UsageError("nobody is there to ask (expected --yes, or a terminal)");
  const stack = await prepareStack(positionals);
  if (!stack) return 1;

  const plan = `hgscim.${process.pid}.tfplan`;
  try {
    const planned = await terraform(stack.folder, [
      "plan",
      "-input=false",
      "-detailed-exitcode",
      `-out=${plan}`,
    ]);
    // 0: nothing to do, 2: changes (Terraform CLI, command "plan", option -detailed-exitcode)
    if (planned !== 2) return planned;
    if (!values.yes && !(await agreed(stack.environment))) {
      process.stdout.write("Nothing was changed.\n");
      return 1;
    }
    return (await terraform(stack.folder, ["apply", "-input=false", plan])) === 0 ? 0 : 1;
  } finally {
    await rm(join(stack.folder, plan), { force: true });
  }
}

async function agreed(environment: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const closed = new Promise<string>((resolve) => terminal.once("close", () => resolve("")));
  const answer = await Promise.race([
    terminal.question(`\nDeploy this to ${environment}? (yes or no) `),
    closed,
  ]);
  terminal.close();
  return answer.trim().toLowerCase() === "yes";
}
