/** Runs terraform on the stack of one environment. */
import { spawn } from "node:child_process";

// as cdktf reads it
const binary = process.env.TERRAFORM_BINARY_NAME || "terraform";

/**
 * Runs a terraform command in a stack's folder, its output passed on as it comes; with `quiet`, only when it fails.
 *
 * @returns its exit code; 1 when there is no terraform, and the person was told
 */
export function terraform(
  folder: string,
  args: readonly string[],
  { quiet = false }: { readonly quiet?: boolean } = {},
): Promise<number> {
  const colour = process.stdout.isTTY ? [] : ["-no-color"];
  return new Promise((resolve) => {
    const child = spawn(binary, [...args, ...colour], {
      cwd: folder,
      // no calls home, and no advice on which terraform command to type next
      env: { ...process.env, CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1" },
      stdio: quiet ? ["inherit", "pipe", "pipe"] : "inherit",
    });
    const held: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (chunk: Buffer) => void held.push(chunk));

    // An interrupt from the keyboard reaches terraform too, which ends in order: it must not be left alone meanwhile.
    const wait = () => {};
    const end = () => child.kill("SIGTERM");
    process.on("SIGINT", wait).on("SIGTERM", end);
    const settle = () => process.off("SIGINT", wait).off("SIGTERM", end);

    child.once("error", (error: NodeJS.ErrnoException) => {
      settle();
      process.stderr.write(
        error.code === "ENOENT"
          ? `${binary} is not on the PATH (expected Terraform 1.5 or later: https://developer.hashicorp.com/terraform/install)\n`
          : `${binary} cannot be started: ${error.message}\n`,
      );
      resolve(1);
    });
    child.once("close", (code) => {
      settle();
      if (code !== 0) process.stderr.write(Buffer.concat(held));
      resolve(code ?? 1);
    });
  });
}
