/** `hgscim deploy`: plans, asks, and applies exactly the plan that was shown. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { confirm, mustAsk } from "./confirm.ts";
import { prepareStack } from "./stack.ts";
import { terraform } from "./terraform.ts";

/** Runs the command; returns the exit code. */
export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    options: { yes: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  mustAsk(values.yes);
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
    if (!values.yes && !(await confirm(`Deploy this to ${stack.environment}?`))) return 1;
    return (await terraform(stack.folder, ["apply", "-input=false", plan])) === 0 ? 0 : 1;
  } finally {
    await rm(join(stack.folder, plan), { force: true });
  }
}
