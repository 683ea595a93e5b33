/** What only an approver may say to an agent. */
import type { AdminClient } from "../../api/client.ts";
import type { AdminError } from "../../api/error.ts";
import type { Sources } from "../../model/load.ts";
import type { SecretReference } from "../../model/reference.ts";
import type { Result } from "../../model/result.ts";
import { printError, type Reached, reachAgent } from "../agent-client.ts";

/**
 * Says something to the agent of an environment.
 *
 * @returns undefined when that failed and the person was told why, and how to give another token where the role is not enough
 */
export async function askAsApprover<T>(
  nameOrFile: string,
  token: SecretReference | undefined,
  ask: (client: AdminClient) => Promise<Result<T, AdminError>>,
): Promise<(Reached & { readonly answer: T }) | undefined> {
  const reached = await reachAgent(nameOrFile, token);
  if (!reached) return undefined;
  const answer = await ask(reached.client);
  if (answer.ok) return { ...reached, answer: answer.value };
  printToApprover(answer.error, reached.environment.sources);
  return undefined;
}

/** Prints why the agent did not do what only an approver may ask for, and how to give another token where the role is not enough. */
export function printToApprover(error: AdminError, sources: Sources): void {
  printError(error, sources);
  if (error.kind === "forbidden")
    process.stderr.write(
      "Expected --token with a reference to an approver's token, such as --token ref+env://HGSCIM_APPROVER_TOKEN\n",
    );
}
