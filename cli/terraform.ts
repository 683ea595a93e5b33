/** Runs terraform on the stack of one environment. */
import { type ChildProcess, spawn } from "node:child_process";
import { coerce, lt } from "semver";
import { oldestTerraform } from "../stacks/terraform-version.ts";

// as cdktf reads it
const binary = process.env.TERRAFORM_BINARY_NAME || "terraform";

const expected = `(expected Terraform ${oldestTerraform} or later: https://developer.hashicorp.com/terraform/install)`;

// no calls home, and no advice on which terraform command to type next
const environment = () => ({ ...process.env, CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1" });

/**
 * Asks terraform for its version.
 *
 * @returns whether it can run what is synthesized; false when the person was told why not
 */
export async function isTerraformUsable(): Promise<boolean> {
  let said = "";
  const child = spawn(binary, ["version", "-json"], {
    env: environment(),
    stdio: ["ignore", "pipe", "ignore"],
  });
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    said += part;
  });
  if ((await codeOf(child)) === undefined) return false;
  // before 0.13 there was no -json
  const version = /"terraform_version": *"([^"]+)"|^Terraform v(\S+)/.exec(said)?.slice(1).find(Boolean);
  // a pre-release counts as what it leads to
  const release = coerce(version);
  if (release && !lt(release, oldestTerraform)) return true;
  const problem = version === undefined ? "does not tell its version" : `is version ${version}`;
  process.stderr.write(`${binary} ${problem} ${expected}\n`);
  return false;
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
  const colour = process.stdout.isTTY ? [] : ["-no-color"];
  const child = spawn(binary, [...args, ...colour], {
    cwd: folder,
    env: { ...environment(), ...env },
    stdio: quiet ? ["inherit", "pipe", "pipe"] : "inherit",
  });
  const held: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => void held.push(chunk));

  // An interrupt from the keyboard reaches terraform too, which ends in order: it must not be left alone meanwhile.
  const wait = () => {};
  const end = () => child.kill("SIGTERM");
  process.on("SIGINT", wait).on("SIGTERM", end);
  const code = await codeOf(child);
  process.off("SIGINT", wait).off("SIGTERM", end);
  if (code !== 0) process.stderr.write(Buffer.concat(held));
  return code ?? 1;
}

/**
 * What a terraform command prints, for programs.
 *
 * @returns undefined when it failed, and the person was told
 */
export async function terraformOutput(folder: string, args: readonly string[]): Promise<string | undefined> {
  const child = spawn(binary, args, {
    cwd: folder,
    env: environment(),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => void chunks.push(chunk));
  return (await codeOf(child)) === 0 ? Buffer.concat(chunks).toString() : undefined;
}

/** The exit code of a child, 1 for one that was killed; undefined when it could not start, and the person was told. */
function codeOf(child: ChildProcess): Promise<number | undefined> {
  return new Promise((resolve) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      const problem = error.code === "ENOENT" ? "is not on the PATH" : `cannot be started (${error.code})`;
      process.stderr.write(`${binary} ${problem} ${expected}\n`);
      resolve(undefined);
    });
    child.once("close", (code) => resolve(code ?? 1));
  });
}
