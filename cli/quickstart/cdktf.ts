/** Runs the real cdktf as a user would, or hgscim where no cdktf is installed, and shows what matters of its output. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { packageFile } from "../../model/package.ts";
import { ownCommand } from "../self.ts";
import { runCommand } from "./command.ts";
import type { Narrator } from "./narrator.ts";
import type { World } from "./world.ts";

/**
 * Plans or deploys the environment `local`.
 *
 * @throws {Error} when that does not end well; what was said is told before
 */
export async function cdktf(
  verb: "plan" | "deploy",
  { folder, token, ca }: World,
  tell: Narrator,
): Promise<void> {
  const { program, args, name } = commandOf(verb);
  tell.step(`$ npx ${name} ${verb} local`);
  const { code, output, took } = await runCommand(program, args, {
    cwd: folder,
    env: {
      ...process.env,
      HGSCIM_ENVIRONMENTS: undefined,
      // not set, agents on loopback are spoken to
      HGSCIM_AGENTS: undefined,
      CHECKPOINT_DISABLE: "1",
      FORCE_COLOR: "0",
      HGSCIM_TOKEN: token,
      HGSCIM_CA: ca,
    },
  });
  tell.quote(code === 0 ? essence(output, verb === "plan" ? /Terraform will perform/ : /^Plan:/) : output);
  if (code !== 0) throw new Error(`${name} ${verb} ended with ${code}`);
  tell.step("done", took);
}

/** Of the project that is here, or of this package; nobody is asked. */
function commandOf(verb: "plan" | "deploy"): { program: string; args: string[]; name: "cdktf" | "hgscim" } {
  const bin = join("node_modules", ".bin", "cdktf");
  const found = [resolve(bin), packageFile(bin)].find((file) => existsSync(file));
  if (found !== undefined)
    return {
      program: found,
      args: [verb, "local", ...(verb === "deploy" ? ["--auto-approve"] : [])],
      name: "cdktf",
    };
  const [program, ...own] = ownCommand();
  return { program, args: [...own, verb, "local", ...(verb === "deploy" ? ["--yes"] : [])], name: "hgscim" };
}

/** Terraform's own words, without what cdktf and init say around and between them. */
function essence(output: string, start: RegExp): string {
  const lines = stripVTControlCharacters(output)
    .split("\n")
    // cdktf puts the stack's name before the first line of each chunk, and as much white space before the others
    .map((line) => line.replace(/^(local {2}| {7})/, "").trimEnd())
    .filter((line) => !/^(\d+ Stacks? deploying|[\u2800-\u28ff])/.test(line));
  // a deploy repeats the plan that was shown before it
  const from = lines.findIndex((line) => start.test(line));
  const to = lines.findIndex(
    (line, index) =>
      index > from && /Saved the plan to|No outputs found|problems with the CLI config/.test(line),
  );
  return lines
    .slice(Math.max(from, 0), to < 0 ? undefined : to)
    .filter((line, index, all) => line !== "" || all[index - 1] !== "")
    .join("\n")
    .replace(/[\s─]+$/, "");
}
