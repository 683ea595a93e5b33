/** Whether a secret can be rotated by what the environment's file names, and what is to be written there where it cannot. */
import type { LoadedEnvironment } from "../../model/load.ts";
import { hint } from "../../model/nearest.ts";
import { pointerOf, type SecretReference } from "../../model/reference.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { positionOf } from "../../report/positions.ts";
import { listed } from "../../report/words.ts";

type Named = Pick<LoadedEnvironment, "name" | "file" | "release" | "sources">;

/** The two references of a secret that is a connector's fixed token; failing, in lines, why there are none. */
export function namedSlots(
  environment: Named,
  secret: string,
): Result<readonly SecretReference[], readonly string[]> {
  const { name, file, release, sources } = environment;
  const entry = Object.hasOwn(release.secrets, secret) ? release.secrets[secret] : undefined;
  if (!entry) return fail([unknownSecret(environment, secret)]);
  const at = positionOf(sources, "secrets", `${secret}.refs`) ?? file;
  const why = whyNoToken(release, secret);
  if (why !== undefined) return fail([`${at}: ${why}`]);
  const [first, second] = entry.refs;
  if (first !== undefined && second !== undefined) return ok(entry.refs);
  return fail([
    `${at}: secret "${secret}" has one reference (expected two, by which its value is replaced without a gap)`,
    `Write there, and deploy it once (npx hgscim deploy ${name}):`,
    `  refs: [${inYaml(first ?? "")}, ${inYaml(nextTo(first ?? ""))}]`,
    "The second one may stay empty until then.",
  ]);
}

function unknownSecret({ name, release }: Named, asked: string): string {
  const known = Object.keys(release.secrets);
  const variable = Object.hasOwn(release.variables, asked) ? release.variables[asked] : undefined;
  if (variable?.type === "secret")
    return `${name} has no secret ${JSON.stringify(asked)} (expected "${variable.secret}", which the variable ${asked} names)`;
  return `${name} has no secret ${JSON.stringify(asked)} ${hint(known.length === 0 ? "none: it has no secret" : `one of ${listed(known)}`, asked, known)}`;
}

/** What applies to a secret with which nobody comes; undefined for a token of a connector. */
function whyNoToken(
  { connectors, variables, settings }: Named["release"],
  secret: string,
): string | undefined {
  const isIt = (part: { readonly var: string } | undefined) => {
    const variable = part && variables[part.var];
    return variable?.type === "secret" && variable.secret === secret;
  };
  const all = Object.entries(connectors);
  if (all.some(([, { auth }]) => isIt(auth?.bearer))) return undefined;
  const alerts = settings.alerts ?? [];
  if (alerts.some((alert) => isIt(alert.secret)))
    return `secret "${secret}" signs alerts, and nobody comes with it: name two references, by both of which each alert is signed; put the new key into one, give it to the receiver, then put it into the other`;
  const [reader] = all.find(([, { read }]) => isIt(read?.bearer)) ?? [];
  if (reader !== undefined)
    return `secret "${secret}" is what connector ${reader} reads its identity provider with: make a new one there, and put it where the reference points`;
  return `secret "${secret}" is no connector's fixed token, and nobody comes with it: put another value where its reference points`;
}

/** A second place beside the first. */
function nextTo(reference: SecretReference): SecretReference {
  const pointer = pointerOf(reference);
  if (!pointer.ok) return reference;
  switch (pointer.value.kind) {
    case "env":
      return `${reference}_NEXT`;
    case "exec":
      return pointer.value.keys.length > 0 ? `${reference}-next` : `${reference}#/next`;
    default:
      return `${reference}-next`;
  }
}

/** In a list in brackets, quoted where YAML wants it. */
function inYaml(reference: SecretReference): string {
  return /[#,[\]{}]/.test(reference) ? JSON.stringify(reference) : reference;
}
