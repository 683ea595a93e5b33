/** `hgscim plan`: what a deploy would change, in Terraform's words and in people's access. Changes nothing. */
import { parseArgs } from "node:util";
import { prepareStack } from "./stack.ts";
import { terraform } from "./terraform.ts";

/** Runs the command; returns the exit code. */
export async function run(args: string[]): Promise<number> {
  const { positionals } = parseArgs({ args, allowPositionals: true });
  const stack = await prepareStack(positionals);
  return stack && (await terraform(stack.folder, ["plan", "-input=false"])) === 0 ? 0 : 1;
}
