/** `hgscim test --record`: asks an agent for a request that was held or refused, and writes it as a policy test that is played at once. */
import { writeFile } from "node:fs/promises";
import type { AdminClient } from "../../api/client.ts";
import type { SecretReference } from "../../model/reference.ts";
import { systemReason } from "../../model/system-error.ts";
import { printError, reachAgent } from "../agent-client.ts";
import { type Recorded, recordedHold, recordedRefusal, recordingOf } from "./record.ts";

/** What is recorded, and where the file goes: to standard output when `out` is absent. */
export interface AskedRecording {
  /** The id of a hold, or the sequence of an audit row. */
  readonly what: string;
  readonly environment: string;
  readonly out: string | undefined;
  readonly token: SecretReference | undefined;
}

/** Records a request; answers the exit code. */
export async function record({ what, environment: name, out, token }: AskedRecording): Promise<number> {
  const reached = await reachAgent(name, token);
  if (!reached) return 1;
  const { client, environment } = reached;
  const recorded = await recordedBy(client, what);
  if (recorded === undefined) return 1;
  const access = await client.access();
  if (!access.ok) {
    printError(access.error, environment.sources);
    return 1;
  }
  // the agent's half, which the help of all commands does not wait for
  const { rehearse } = await import("../../agent/operations/rehearsal.ts");
  const rehearsal = await rehearse(environment.release);
  const { text, differences } = await recordingOf(recorded, access.value, rehearsal);
  await rehearsal.close();
  if (out === undefined) process.stdout.write(text);
  else {
    try {
      await writeFile(out, text, { flag: "wx" });
    } catch (error) {
      process.stderr.write(`${out}: ${systemReason(error)} (expected a new file)\n`);
      return 1;
    }
  }
  if (differences.length === 0) return 0;
  process.stderr.write(
    `${environment.name}: played on ${environment.file} it comes to something else; what it needs besides is not known here:\n`,
  );
  for (const { path, message } of differences) process.stderr.write(`  ${path.join(".")}: ${message}\n`);
  return 1;
}

/** The request; undefined when the person was told why there is none. */
async function recordedBy(client: AdminClient, what: string): Promise<Recorded | undefined> {
  const hold = /^\d+$/.test(what) ? await ofAudit(client, Number(what)) : what;
  if (typeof hold !== "string") return hold;
  const detail = await client.hold(hold);
  if (!detail.ok) return void printError(detail.error);
  return recordedHold(detail.value) ?? refuse(`hold ${hold} is no request of an identity provider`);
}

/** The id of the hold of an audit row, or what else can be recorded of it. */
async function ofAudit(client: AdminClient, sequence: number): Promise<string | Recorded | undefined> {
  const page = await client.audit(Math.max(0, sequence - 1));
  if (!page.ok) return void printError(page.error);
  const row = page.value.rows.find((one) => one.sequence === sequence);
  if (!row) return refuse(`the audit has no row ${sequence}`);
  const [, hold] = /^held as ([0-9a-f-]{36})\b/.exec(row.detail) ?? [];
  if (row.outcome === "held" && hold !== undefined) return hold;
  if (row.outcome === "done")
    return refuse(`row ${sequence} of the audit was done (expected one that was held or refused)`);
  return (
    recordedRefusal(row) ??
    refuse(
      `row ${sequence} of the audit is ${row.operation}, and of what is refused no body is kept (expected a hold, or a deletion; else put what the identity provider sent into a payload)`,
    )
  );
}

function refuse(message: string): undefined {
  process.stderr.write(`${message}\n`);
  return undefined;
}
