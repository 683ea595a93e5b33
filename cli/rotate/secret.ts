/** The rotation of a connector's token, as it is called: options, the agent, the two references, and who interrupts it. */
import { reachAgent } from "../agent-client.ts";
import { onInterrupt } from "../interrupt.ts";
import { UsageError } from "../usage.ts";
import { RotationCall, type SecretOptions } from "./call.ts";
import { Lead } from "./lead.ts";
import { namedSlots } from "./named-slots.ts";

/** Runs it; answers the exit code. */
export async function rotateSecret(
  nameOrFile: string,
  secret: string,
  options: SecretOptions,
): Promise<number> {
  const { undo, now, valueFrom, show, json } = options;
  if (undo && (now || valueFrom !== undefined || show))
    throw new UsageError(
      "--undo takes the new value back (expected it without --now, --value-from and --show)",
    );
  if (show && (json || !process.stdout.isTTY))
    throw new UsageError("--show is for a person's eyes (expected a terminal, and no --json)");
  const reached = await reachAgent(nameOrFile, options.token);
  if (!reached) return 1;
  const named = namedSlots(reached.environment, secret);
  if (!named.ok) {
    process.stderr.write(`${named.error.join("\n")}\n`);
    return 1;
  }
  const call = new RotationCall(
    nameOrFile,
    secret,
    options,
    reached.environment.release.settings.delivery.agent,
  );
  const interrupt = new AbortController();
  const off = onInterrupt(() => interrupt.abort());
  try {
    const parts = { reached, secret, references: named.value, options, call };
    return await new Lead({ ...parts, interrupted: interrupt.signal }).run();
  } finally {
    off();
  }
}
