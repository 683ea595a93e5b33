/**
 * Whom this machine speaks to, and what it resolves for them. A repository names both, and a pull request can say anything: so
 * HGSCIM_AGENTS, which stands outside of the repository, binds each reference to the agent that it is for.
 */
import { endpointOf } from "../model/agent-address.ts";
import { isLoopback } from "../model/environment/common.ts";
import { LocalReference, type SecretReference } from "../model/reference.ts";
import { fail, ok, type Result } from "../model/result.ts";

/** An agent's address with its references, as a repository has it. */
export interface WantedAgent {
  readonly url: string;
  readonly token: SecretReference;
  readonly ca?: SecretReference | undefined;
  /** Whether whoever runs the command named the token: it is for any agent that this machine speaks to, then. */
  readonly isOwnToken?: boolean;
}

/** The part of an address that this machine does not go along with. */
export interface Unbound {
  readonly part: "url" | "token" | "ca";
  /** One sentence without a full stop; it names no value of a secret. */
  readonly reason: string;
  /** What a person does when it is meant, in lines; the last one is to be pasted. */
  readonly advice: readonly string[];
}

interface Binding {
  readonly endpoint: string;
  readonly reference: string;
}

/**
 * Whether this machine goes along with an address: HGSCIM_AGENTS binds each of its references to its host and port. Where it is
 * not set, agents on loopback are spoken to, and nobody else. A token that a person names needs no binding, as long as the
 * host and port have one; where it has bindings they hold.
 */
export function checkAgent(
  agent: WantedAgent,
  { HGSCIM_AGENTS: setting = "" }: NodeJS.ProcessEnv = process.env,
): Result<null, Unbound> {
  const { protocol, hostname } = new URL(agent.url);
  const isHere = isLoopback(hostname);
  if (protocol !== "https:" && !(protocol === "http:" && isHere))
    return refuse("url", "an agent that is not on this host is reached by https only (expected https://…)");

  const isSet = setting.trim() !== "";
  if (!isSet && isHere) return ok(null);
  const bindings = parse(setting);
  if (!bindings.ok) return refuse("url", bindings.error);

  const endpoint = endpointOf(agent.url);
  const isKnown = bindings.value.some((one) => one.endpoint === endpoint);
  const isBound = (reference: string) =>
    bindings.value.some((one) => one.endpoint === endpoint && one.reference === reference);
  const { token, ca, isOwnToken } = agent;
  const isFree = isOwnToken && isKnown && !bindings.value.some(({ reference }) => reference === token);
  const wanted = Object.entries({ token, ...(ca !== undefined && { ca }) }) as ["token" | "ca", string][];
  const missing = wanted.filter(([part, reference]) => !isBound(reference) && !(part === "token" && isFree));
  const [first] = missing;
  if (!first) return ok(null);

  const odd = missing.find(([, reference]) => !bindable.test(reference));
  if (odd)
    return refuse(
      odd[0],
      "HGSCIM_AGENTS cannot hold this reference (expected one without blanks, commas and quotes)",
    );
  const [part, reason] = isKnown
    ? [first[0], `${first[1]} is not for ${endpoint} on this machine (expected HGSCIM_AGENTS to bind it)`]
    : (["url", `this machine does not speak to ${endpoint} (expected HGSCIM_AGENTS to name it)`] as const);
  const all = [
    ...bindings.value.map(({ endpoint: host, reference }) => `${host}=${reference}`),
    ...missing.map(([, reference]) => `${endpoint}=${reference}`),
  ];
  return refuse(part, reason, [
    "When that is meant, set outside of the repository:",
    `  export HGSCIM_AGENTS='${all.join(",")}'`,
  ]);
}

// what needs no escape, neither between commas nor in a shell's quotes, and says nothing to a terminal
const bindable = /^[^\s,'"\p{C}]+$/u;

const expected = "(expected host:port=ref+…, several with a comma or a blank between)";

/** The bindings of HGSCIM_AGENTS; failing names the one that is none by its place: a secret may have been pasted there. */
function parse(setting: string): Result<Binding[], string> {
  const bindings: Binding[] = [];
  for (const [index, text] of setting
    .split(/[\s,]+/)
    .filter(Boolean)
    .entries()) {
    const [, host = "", reference = ""] = /^([^=@/?#\\]+)=(.+)$/.exec(text) ?? [];
    const url = `https://${host}`;
    if (!URL.canParse(url) || !bindable.test(reference) || !LocalReference.safeParse(reference).success)
      return fail(`HGSCIM_AGENTS has an entry that is no binding, number ${index + 1} ${expected}`);
    bindings.push({ endpoint: endpointOf(url), reference });
  }
  return ok(bindings);
}

const refuse = (part: Unbound["part"], reason: string, advice: readonly string[] = []) =>
  fail({ part, reason, advice });
