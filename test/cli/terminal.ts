/** Runs the built command line at a terminal, by `script` of util-linux. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import type { Surroundings } from "./hgscim.ts";

/** Everything that `hgscim` printed; a question is answered with this word. */
export async function hgscimAtTerminal(
  args: readonly string[],
  { cwd, env = {} }: Surroundings,
  answer = "",
): Promise<string> {
  const line = [process.execPath, resolve("dist/cli/main.js"), ...args].join(" ");
  const terminal = { PATH: process.env.PATH, SHELL: "/bin/sh", TERM: "xterm" };
  const child = spawn("/usr/bin/script", ["-qec", line, "/dev/null"], { cwd, env: { ...terminal, ...env } });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    text += part;
    if (part.includes("(yes or no)")) child.stdin.write(`${answer}\n`);
  });
  await once(child, "close");
  return text;
}
