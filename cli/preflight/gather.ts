/** All checks of an environment: those of its files, those of its agent, and what other environments' agents have that is the same. */
import { randomBytes } from "node:crypto";
import { dirname } from "node:path";
import type { AdminClient } from "../../api/client.ts";
import { longestLook, type PreflightCheck } from "../../api/preflight.ts";
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
import type { Unbound } from "../../secrets/agents.ts";
import { Progress, type ProgressStream } from "./progress.ts";

export interface Gathering {
  /** Asks nobody. */
  readonly offline: boolean;
  /** In place of the file's. */
  readonly token?: SecretReference | undefined;
  readonly progress: ProgressStream;
}

/** In which everybody has to have answered: what has not come then is told, within ten seconds of the command's start. */
const bound: Milliseconds = 8_500;

/** What the way to the agent and back may take besides. */
const onTheWay: Milliseconds = 700;

/** Gathers them; whoever does not answer is a check of its own. */
export async function gatherChecks(
  environment: LoadedEnvironment,
  { offline, token, progress: stream }: Gathering,
): Promise<LocatedCheck[]> {
  const { release, sources } = environment;
  const progress = new Progress(stream);
  const asked = offline
    ? [unaskedAgent("--offline asks nobody")]
    : await askedAgents(environment, token, { progress, end: performance.now() + bound });
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

interface Asking {
  readonly progress: Progress;
  /** By when they have to have answered, as `performance.now()` tells it. */
  readonly end: Milliseconds;
}

async function askedAgents(
  environment: LoadedEnvironment,
  token: SecretReference | undefined,
  { progress, end }: Asking,
): Promise<PreflightCheck[]> {
  const { name, release } = environment;
  const { agent } = release.settings.delivery;
  if (!agent) return [unaskedAgent(`${name} is delivered by a command, and nobody is asked`)];
  const looked = agentOf(name, "the agent");
  const own = token === undefined ? agent : { ...agent, token, isOwnToken: true };
  // at once: what a reference points at may take seconds
  const [connected, others] = await Promise.all([
    connectAgent(own, name, { until: end }),
    otherAgents(environment, end),
  ]);
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
      unaskedAgent("the agent is not asked"),
    ];
  }
  const client = connected.value;
  const [checks, apart] = await Promise.all([
    progress.follow(`the agent of ${name}`, ofAgent(client, environment, looked, end)),
    comparedWithOthers(client, environment, others, progress),
  ]);
  return [...checks, ...apart];
}

async function ofAgent(
  client: AdminClient,
  { release }: LoadedEnvironment,
  looked: LookedAt,
  end: Milliseconds,
): Promise<PreflightCheck[]> {
  const left = Math.floor(end - onTheWay - performance.now());
  const within = Math.min(longestLook, Math.max(100, left));
  const answer = await client.preflight(release as ReleaseData, { within });
  if (answer.ok) return [passed(looked, `${client.url} answers`), ...answer.value.checks];
  const { kind, status, message, problems } = answer.error;
  if (status === 429) return [unlooked(looked, message, "ask again in a moment, or with a deployer's token")];
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
    unaskedAgent("the agent has not answered"),
  ];
}

/** By what the values of an agent are compared; the reason where there is nothing. */
type Prints = Result<
  readonly { readonly secret: string; readonly reference: string; readonly hmac: string }[],
  string
>;

/** An environment beside, and its agent; undefined where it has none. */
interface Other {
  readonly name: string;
  readonly connected: Result<AdminClient, Unbound> | undefined;
}

/** Of the environments that have secrets, where this one has any. */
async function otherAgents({ name, file, release }: LoadedEnvironment, end: Milliseconds): Promise<Other[]> {
  if (Object.keys(release.secrets).length === 0) return [];
  const all = await otherEnvironments(file, name);
  return Promise.all(
    all.map(async (other): Promise<Other> => {
      const { promote } = release.settings;
      const own = other.release.settings.delivery.agent;
      // whoever deploys here has a token for the agent that it is promoted from
      const agent = own && promote?.from === other.name ? promote.agent : own;
      return {
        name: other.name,
        connected: agent && (await connectAgent(agent, other.name, { until: end })),
      };
    }),
  );
}

/** Whether a secret is that of another environment too: who may read it there could use it here. */
async function comparedWithOthers(
  client: AdminClient,
  { release }: LoadedEnvironment,
  all: readonly Other[],
  progress: Progress,
): Promise<PreflightCheck[]> {
  if (all.length === 0) return [];
  // whom nobody can ask is told once
  const unasked = all.flatMap(({ name, connected }) => (connected ? [] : name));
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
  const compared = all.map(async ({ name, connected }): Promise<PreflightCheck[]> => {
    if (!connected) return [];
    const looked = comparison(name);
    if (!connected.ok) return [unlooked(looked, connected.error.reason)];
    const [mine, theirs] = await Promise.all([
      own,
      progress.follow(`the agent of ${name}`, printsOf(connected.value, null)),
    ]);
    if (!mine.ok) return [unlooked(looked, mine.error)];
    if (!theirs.ok) return [unlooked(looked, theirs.error)];
    const same = mine.value.flatMap((one) => {
      const found = theirs.value.find(({ hmac }) => hmac === one.hmac);
      if (!found) return [];
      const fault: Fault = {
        found: `the same value as secrets.${found.secret} of ${name} (${found.reference})`,
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
      : [passed(looked, `no secret has the value of one of ${name} (${theirs.value.length} compared)`)];
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
