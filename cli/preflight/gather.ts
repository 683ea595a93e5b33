/** All checks of an environment: those of its files, those of its agent, and what other environments' agents have that is the same. */
import { randomBytes } from "node:crypto";
import { dirname } from "node:path";
import type { AdminClient } from "../../api/client.ts";
import type { PreflightCheck } from "../../api/preflight.ts";
import type { ReleaseData } from "../../model/digest.ts";
import { environmentFiles, type LoadedEnvironment, loadEnvironment } from "../../model/load.ts";
import type { SecretReference } from "../../model/reference.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import type { Milliseconds } from "../../model/time.ts";
import { type Fault, failedCheck, type LookedAt, passed, unlooked } from "../../preflight/check.ts";
import { ofSecret } from "../../preflight/owner.ts";
import { variableChecks } from "../../preflight/variables.ts";
import { connectAgent } from "../../provider/connect.ts";
import { positionOf } from "../../report/positions.ts";
import type { LocatedCheck } from "../../report/preflight.ts";
import { addressPart, deliveryAdvice } from "../../report/refusal.ts";
import { listed } from "../../report/words.ts";
import { Progress, type ProgressStream } from "./progress.ts";

export interface Gathering {
  /** Asks nobody. */
  readonly offline: boolean;
  /** In place of the file's. */
  readonly token?: SecretReference | undefined;
  readonly progress: ProgressStream;
}

/** In which an agent has to answer; it takes seven seconds where nobody answers it. */
const patience: Milliseconds = 9_500;

/** Gathers them; whoever does not answer is a check of its own. */
export async function gatherChecks(
  environment: LoadedEnvironment,
  { offline, token, progress: stream }: Gathering,
): Promise<LocatedCheck[]> {
  const { release, sources } = environment;
  const progress = new Progress(stream);
  const asked = offline
    ? [unaskedAgent("--offline asks nobody")]
    : await askedAgents(environment, token, progress);
  return [...variableChecks(release), ...asked].map((check): LocatedCheck => {
    // an entry has its section before it
    const at = check.entry === undefined ? undefined : positionOf(sources, "settings", check.entry);
    return { ...check, ...(at !== undefined && { at }) };
  });
}

const agentOf = (name: string, what: string): LookedAt => ({
  subject: "agent",
  name,
  what,
  entry: "delivery.agent",
});

function unaskedAgent(why: string): PreflightCheck {
  return unlooked(
    agentOf("agent", "secrets, endpoints, issuers, addresses, repositories"),
    why,
    "run it where the agent can be reached, with a deployer's token",
  );
}

async function askedAgents(
  environment: LoadedEnvironment,
  token: SecretReference | undefined,
  progress: Progress,
): Promise<PreflightCheck[]> {
  const { name, release } = environment;
  const { agent } = release.settings.delivery;
  if (!agent) return [unaskedAgent(`${name} is delivered by a command, and nobody is asked`)];
  const looked = agentOf(name, "the agent");
  const own = token === undefined ? agent : { ...agent, token, isOwnToken: true };
  const connected = await connectAgent(own, name, { timeout: patience });
  if (!connected.ok) {
    const { part, reason, advice } = connected.error;
    const entry = token !== undefined && part === "token" ? undefined : `delivery.agent.${part}`;
    return [
      failedCheck(
        { ...looked, ...(entry !== undefined && { entry }) },
        {
          found: reason,
          expected: "that this machine reaches the agent, or --offline",
          mend: advice.join(" ").replace(/\s+/g, " ") || `set what delivery.agent.${part} points at`,
        },
      ),
    ];
  }
  const client = connected.value;
  const [checks, apart] = await Promise.all([
    progress.follow(`the agent of ${name}`, ofAgent(client, environment, looked)),
    comparedWithOthers(client, environment, progress),
  ]);
  return [...checks, ...apart];
}

async function ofAgent(
  client: AdminClient,
  { release }: LoadedEnvironment,
  looked: LookedAt,
): Promise<PreflightCheck[]> {
  const answer = await client.preflight(release as ReleaseData);
  if (answer.ok) return [passed(looked, `${client.url} answers`), ...answer.value.checks];
  const { kind, message, problems } = answer.error;
  const part = addressPart[kind];
  return [
    failedCheck(
      { ...looked, entry: part ? `delivery.agent.${part}` : "delivery.agent" },
      {
        found: [message, ...problems].join("; "),
        expected: "an answer of this environment's own agent",
        mend: deliveryAdvice[kind],
      },
    ),
  ];
}

/** By what the values of an agent are compared; the reason where there is nothing. */
type Prints = Result<
  readonly { readonly secret: string; readonly reference: string; readonly hmac: string }[],
  string
>;

/** Whether a secret is that of another environment too: who may read it there could use it here. */
async function comparedWithOthers(
  client: AdminClient,
  { name, file, release }: LoadedEnvironment,
  progress: Progress,
): Promise<PreflightCheck[]> {
  if (Object.keys(release.secrets).length === 0) return [];
  const all = await otherEnvironments(file, name);
  // whom nobody can ask is told once
  const others = all.filter((other) => other.release.settings.delivery.agent);
  const unasked = all.filter((other) => !others.includes(other)).map((other) => other.name);
  const key = randomBytes(32).toString("hex");
  const printsOf = async (asked: AdminClient, of: ReleaseData | null): Promise<Prints> => {
    const answer = await asked.fingerprints({ release: of, key });
    return answer.ok ? ok(answer.value.fingerprints) : fail(answer.error.message);
  };
  const own = printsOf(client, release as ReleaseData);
  const comparison = (what: string): LookedAt => ({
    ...{ subject: "secret", name: "secrets", entry: "secrets" },
    what: `comparison with ${what}`,
  });
  const compared = others.map(async (other): Promise<PreflightCheck[]> => {
    const looked = comparison(other.name);
    const { promote } = release.settings;
    // whoever deploys here has a token for the agent that it is promoted from
    const agent = promote?.from === other.name ? promote.agent : other.release.settings.delivery.agent;
    if (!agent) return [];
    const connected = await connectAgent(agent, other.name, { timeout: patience });
    if (!connected.ok) return [unlooked(looked, connected.error.reason)];
    const [mine, theirs] = await Promise.all([
      own,
      progress.follow(`the agent of ${other.name}`, printsOf(connected.value, null)),
    ]);
    if (!mine.ok) return [unlooked(looked, mine.error)];
    if (!theirs.ok) return [unlooked(looked, theirs.error)];
    const same = mine.value.flatMap((one) => {
      const found = theirs.value.find(({ hmac }) => hmac === one.hmac);
      if (!found) return [];
      const fault: Fault = {
        found: `the same value as secrets.${found.secret} of ${other.name} (${found.reference})`,
        expected: "another value in each environment",
        mend: "make a new one for one of them: openssl rand -hex 32 | tr -d '\\n'",
      };
      return failedCheck(
        { ...looked, ...ofSecret(release, one.secret), what: `value of ${one.reference}` },
        fault,
      );
    });
    return same.length > 0
      ? same
      : [passed(looked, `no secret has the value of one of ${other.name} (${theirs.value.length} compared)`)];
  });
  return [
    ...(await Promise.all(compared)).flat(),
    ...(unasked.length > 0
      ? [unlooked(comparison(listed(unasked)), "they are delivered by a command, and nobody is asked")]
      : []),
  ];
}

/** The valid ones of the same folder that have secrets: what is wrong with another one is its own business. */
async function otherEnvironments(file: string, name: string): Promise<LoadedEnvironment[]> {
  const files = await environmentFiles(dirname(file));
  if (!files.ok) return [];
  const loaded = await Promise.all(files.value.map((one) => loadEnvironment(one)));
  return loaded.flatMap((one) =>
    one.ok && one.value.name !== name && Object.keys(one.value.release.secrets).length > 0 ? one.value : [],
  );
}
