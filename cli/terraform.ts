/** Runs terraform on the stack of one environment. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { coerce, lt } from "semver";
import { fail, ok, type Result } from "../model/result.ts";
import { oldestTerraform } from "../stacks/terraform-version.ts";
import { type Interrupting, onInterrupt } from "./interrupt.ts";
import { programFile } from "./terraform/fetch.ts";
import { offerTerraform } from "./terraform/offer.ts";
import { pinnedTerraform } from "./terraform/pinned.ts";

// read when it is needed: what was fetched is named here too. As cdktf reads it
const binary = () => {
  const name = process.env.TERRAFORM_BINARY_NAME || "terraform";
  // a path is as seen from here, and not from the stack's folder
  return name.includes("/") ? resolve(name) : name;
};

const expected = `(expected Terraform ${oldestTerraform} or later: https://developer.hashicorp.com/terraform/install)`;

/** The option by which nothing is coloured where what it prints goes: terraform does not know NO_COLOR. */
const colourOf = (stream: NodeJS.WriteStream): readonly string[] =>
  stream.isTTY && stream.hasColors() ? [] : ["-no-color"];

// no calls home, and no advice on which terraform command to type next
const environment = () => ({ ...process.env, CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1" });

/**
 * Looks for a terraform that can run what is synthesized: the one that TERRAFORM_BINARY_NAME names, or the one on the PATH,
 * or the one in the project's folder, which is fetched where there is no other, when the person agrees. It is the one that
 * `terraform` runs from then on, and cdktf when it is started from here.
 *
 * @param consent agreed beforehand
 * @returns whether there is one; false when the person was told why not
 */
export async function isTerraformUsable(consent = false): Promise<boolean> {
  const problem = await terraformProblem();
  if (problem === undefined) return true;
  const isNamed = Boolean(process.env.TERRAFORM_BINARY_NAME);
  const own = resolve(programFile(pinnedTerraform.version));
  const isThere = !isNamed && existsSync(own);
  if (!isThere) process.stderr.write(`${problem}\n`);
  // what somebody named is theirs to put right
  if (isNamed || !(isThere || (await offerTerraform(consent)))) return false;
  process.env.TERRAFORM_BINARY_NAME = own;
  const itsProblem = await terraformProblem();
  if (itsProblem !== undefined) process.stderr.write(`${itsProblem}\n`);
  return itsProblem === undefined;
}

/** Asks terraform for its version; why it cannot run what is synthesized, or undefined when it can. */
async function terraformProblem(): Promise<string | undefined> {
  let said = "";
  const child = spawn(binary(), ["version", "-json"], {
    env: environment(),
    stdio: ["ignore", "pipe", "ignore"],
  });
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    said += part;
  });
  const ended = await endOf(child);
  if (!ended.ok) return ended.error;
  // before 0.13 there was no -json
  const version = /"terraform_version": *"([^"]+)"|^Terraform v(\S+)/.exec(said)?.slice(1).find(Boolean);
  // a pre-release counts as what it leads to
  const release = coerce(version);
  if (release && !lt(release, oldestTerraform)) return undefined;
  const problem = version === undefined ? "does not tell its version" : `is version ${version}`;
  return `${binary()} ${problem} ${expected}`;
}

/**
 * Runs a terraform command in a stack's folder, its output passed on as it comes; with `quiet`, only when it fails.
 * `env` is for its providers.
 *
 * @returns its exit code; 1 when there is no terraform, and the person was told
 */
export async function terraform(
  folder: string,
  args: readonly string[],
  { quiet = false, env = {} }: { readonly quiet?: boolean; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<number> {
  // An interrupt from the keyboard reaches terraform too, which ends in order: it must not be left alone meanwhile, nor in its first moment.
  const end = (signal: Interrupting) => void (signal === "SIGINT" || child.kill("SIGTERM"));
  const off = onInterrupt(end, { signals: ["SIGINT", "SIGTERM", "SIGHUP"], isRepeated: true });
  const child = spawn(binary(), [...args, ...colourOf(process.stdout)], {
    cwd: folder,
    env: { ...environment(), ...env },
    stdio: quiet ? ["inherit", "pipe", "pipe"] : "inherit",
  });
  const held: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => void held.push(chunk));

  const ended = await endOf(child);
  off();
  if (!ended.ok || ended.value !== 0) process.stderr.write(Buffer.concat(held));
  if (!ended.ok) process.stderr.write(`${ended.error}\n`);
  return ended.ok ? ended.value : 1;
}

/**
 * What a terraform command prints, for programs.
 *
 * @returns undefined when it failed, and the person was told
 */
export async function terraformOutput(folder: string, args: readonly string[]): Promise<string | undefined> {
  const child = spawn(binary(), [...args, ...colourOf(process.stderr)], {
    cwd: folder,
    env: environment(),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => void chunks.push(chunk));
  const ended = await endOf(child);
  if (!ended.ok) process.stderr.write(`${ended.error}\n`);
  return ended.ok && ended.value === 0 ? Buffer.concat(chunks).toString() : undefined;
}

/** The exit code of a child, 1 for one that was killed; or why it could not start, as a sentence. */
function endOf(child: ChildProcess): Promise<Result<number, string>> {
  return new Promise((resolve) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      const problem = error.code === "ENOENT" ? "is not on the PATH" : `cannot be started (${error.code})`;
      resolve(fail(`${child.spawnfile} ${problem} ${expected}`));
    });
    child.once("close", (code) => resolve(ok(code ?? 1)));
  });
}
