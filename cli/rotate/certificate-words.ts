/** A certificate in words and for machines, and who trusts it. */
import type { AgentConfig } from "../../agent/config.ts";
import type { ListenerName } from "../../agent/http/tls/certificates.ts";
import {
  certificateEnd,
  hostsNamed,
  type Pair,
  type PairFiles,
  readPair,
} from "../../agent/http/tls/pair.ts";
import type { AdminClient } from "../../api/client.ts";
import type { TokenList } from "../../api/contract.ts";
import { pointerOf } from "../../model/reference.ts";
import { describeDuration } from "../../report/duration.ts";
import { isoTime } from "../../report/time.ts";

type Shown = Pick<Pair, "x509" | "others">;

export function certificateInWords(pair: Shown): string {
  const { serialNumber, fingerprint256 } = pair.x509;
  const until = certificateEnd(pair);
  const left = until - Date.now();
  return [
    `serial ${serialNumber}, SHA-256 ${fingerprint256}`,
    `for ${hostsNamed(pair.x509).join(", ")}`,
    left > 0 ? `until ${isoTime(until)}, ${describeDuration(left)} more` : `ended ${isoTime(until)}`,
  ].join(", ");
}

/** Why what is shown is not what the files hold; undefined where it is. */
export function whyOther(files: PairFiles, shown: Shown, isInterrupted: boolean): string | undefined {
  const left = isInterrupted ? "; a call was interrupted: --once goes on" : "";
  try {
    const held = readPair(files);
    if (!held.x509.raw.equals(shown.x509.raw))
      return `${files.certificate} holds another one: ${certificateInWords(held)}${left}`;
    return isInterrupted ? `${files.certificate} holds the same one${left}` : undefined;
  } catch (error) {
    return `${(error as Error).message}${left}`;
  }
}

/** For machines. */
export function certificateReport(pair: Shown) {
  return {
    serial: pair.x509.serialNumber,
    sha256: pair.x509.fingerprint256,
    names: hostsNamed(pair.x509),
    until: isoTime(certificateEnd(pair)),
  };
}

/** The listeners that show the files of one of them: the agent's own certificate is that of all that were given none. */
export function listenersOf(config: AgentConfig, listener: ListenerName): readonly ListenerName[] {
  const files = JSON.stringify(config[listener].tls);
  return (["scim", "admin"] as const).filter((one) => JSON.stringify(config[one].tls) === files);
}

/**
 * Who trusts a certificate by an authority that the next one lacks, and what each of them does before that is shown.
 *
 * @param file what holds both, where one does
 */
export async function whoTrusts(
  listeners: readonly ListenerName[],
  file: string | undefined,
  client: AdminClient | undefined,
): Promise<string[]> {
  const answer = await client?.tokens();
  const tokens = answer?.ok ? answer.value : undefined;
  const copy =
    file === undefined ? "give it the new authority beside the old one" : `give it a copy of ${file}`;
  return [
    ...(listeners.includes("admin")
      ? [
          `- Whoever deploys, terraform and hgscim: ${await trustOfDelivery(client, file)}${ofLate(admins(tokens))}`,
        ]
      : []),
    ...(listeners.includes("scim")
      ? [`- Whoever sends to scim, a web server before it too: ${copy}.${ofLate(connectors(tokens))}`]
      : []),
  ];
}

async function trustOfDelivery(client: AdminClient | undefined, file: string | undefined): Promise<string> {
  const active = await client?.activeRelease();
  const digest = active?.ok ? active.value?.digest : undefined;
  const stored = digest === undefined ? undefined : await client?.storedRelease(digest);
  const ca = stored?.ok ? stored.value.release.settings.delivery.agent?.ca : undefined;
  const what = file === undefined ? "the new authority beside the old one" : `a copy of ${file}`;
  if (ca === undefined) return `put ${what} where delivery.agent.ca of their environment points.`;
  const pointer = pointerOf(ca);
  return pointer.ok && pointer.value.kind === "file" && pointer.value.path === file
    ? `delivery.agent.ca of the active release is ${ca}: on this host that is done; elsewhere put a copy of it there.`
    : `put ${what} where delivery.agent.ca of the active release points, ${ca}, on each machine.`;
}

type Came = readonly {
  readonly who: string;
  readonly used: { readonly at: number; readonly from: string } | null;
}[];

const admins = (tokens: TokenList | undefined): Came =>
  (tokens?.admin ?? []).map(({ name, used }) => ({ who: name, used }));
const connectors = (tokens: TokenList | undefined): Came =>
  (tokens?.tokens ?? []).map(({ connector, lastUsed }) => ({ who: connector, used: lastUsed }));

/** Who has come since the agent has run, the last one first. */
function ofLate(came: Came): string {
  const seen = came
    .flatMap(({ who, used }) => (used ? { who, ...used } : []))
    .sort((a, b) => b.at - a.at)
    .map(({ who, at, from }) => `${who} from ${from}, ${describeDuration(Date.now() - at)} ago`);
  return seen.length > 0 ? ` Of late came ${seen.join("; ")}.` : "";
}
