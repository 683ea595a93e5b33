/**
 * Replaces the certificate of a listener: what is shown is asked over TLS, the new pair is judged, both files are put in their place,
 * and back where the agent does not show it. Called again it goes on.
 */
import { existsSync, renameSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { loadAgentConfig } from "../../agent/config.ts";
import { judgePair } from "../../agent/http/tls/judge.ts";
import { ownPairFiles } from "../../agent/http/tls/own.ts";
import {
  certificateEnd,
  hostsNamed,
  isOwnAuthority,
  type Pair,
  type PairFiles,
  pairOf,
  readPair,
} from "../../agent/http/tls/pair.ts";
import { milliseconds } from "../../model/duration.ts";
import { formatProblem } from "../../model/problem.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { systemSentence } from "../../model/system-error.ts";
import { describeDuration } from "../../report/duration.ts";
import { isoTime } from "../../report/time.ts";
import { selfSignedCertificate } from "../../x509/self-signed.ts";
import { localAgent } from "../agent/local.ts";
import { replaceFile } from "../host/install/replace-file.ts";
import { UsageError } from "../usage.ts";
import { isLink, readPlain } from "./place.ts";
import { type ShownCertificate, shownAt } from "./shown.ts";

interface RenewalOptions {
  readonly listener: "scim" | "admin";
  /** The file of the agent's configuration. */
  readonly config: string;
  /** `new.pem,new.key`; only what is shown is said when it is absent. */
  readonly from: string | undefined;
  readonly selfSigned: boolean;
  readonly json: boolean;
}

const patience = 20_000;
const lifetime = milliseconds("365d");

/** Says what is shown, or replaces it; answers the exit code. */
export async function rotateCertificate(options: RenewalOptions): Promise<number> {
  const { from, selfSigned } = options;
  const files = from?.split(",");
  if (files !== undefined && (files.length !== 2 || files.includes("")))
    throw new UsageError(`--from is "${from}" (expected the certificate and its key: new.pem,new.key)`);
  if (files !== undefined && selfSigned)
    throw new UsageError("--from and --self-signed are two certificates (expected one of them)");
  try {
    const done = await replaced(options, files);
    if (done.ok) return done.value;
    for (const line of done.error.split("\n")) process.stderr.write(`hgscim rotate: ${line}\n`);
  } catch (error) {
    process.stderr.write(`hgscim rotate: ${systemSentence(error as Error)}\n`);
  }
  return 1;
}

async function replaced(
  { listener, config: file, selfSigned, json }: RenewalOptions,
  from: readonly string[] | undefined,
): Promise<Result<number, string>> {
  const found = await loadAgentConfig(file);
  if (!found.ok) return fail(found.error.map(formatProblem).join("\n"));
  const { listen, tls } = found.value[listener];
  if (tls === "off")
    return fail(
      `${listener} speaks plain http: the web server before it has the certificate (expected tls in ${file})`,
    );
  const files = tls ?? ownPairFiles(found.value.data);
  const shown = await shownAt(listen);
  if (!shown.ok) return shown;
  if (from === undefined && !selfSigned) return told(listener, files, shown.value, json);
  if (from !== undefined && tls === undefined)
    return fail(`${listener} has the agent's own certificate (expected tls in ${file}, or --self-signed)`);
  if (selfSigned && !isOwnAuthority(shown.value.x509))
    return fail(`the certificate of ${listener} is not its own authority (expected --from)`);

  const linked = [files.certificate, files.key].find(isLink);
  if (linked !== undefined)
    return fail(
      `${linked} is a link, which whoever made it swaps, such as Certbot or Kubernetes (expected a renewal there)`,
    );
  const next = from === undefined ? madeFor(shown.value) : givenBy(from);
  const say = (line: string) => (json ? process.stderr : process.stdout).write(`${line}\n`);
  if (!next.x509.raw.equals(shown.value.x509.raw)) {
    const judged = judgedNext(next, shown.value, from ?? [files.certificate, files.key]);
    if (!judged.ok) return judged;
    for (const remark of judged.value) say(`warning: ${remark}`);
    if (judged.value.length > 0) for (const line of await trusted(file, listener)) say(line);
    say(`${listener}: ${described(shown.value)}\nnew: ${described(next)}`);
    const put = await putInPlace(files, next, listener, listen);
    if (!put.ok) return put;
  }
  for (const path of [files.certificate, files.key]) rmSync(before(path), { force: true });
  say(`${listener} shows the new certificate.`);
  if (json) print(listener, next, null);
  return ok(0);
}

/** What is shown, and whether it is what the files hold. */
function told(
  listener: string,
  files: PairFiles,
  shown: ShownCertificate,
  json: boolean,
): Result<number, string> {
  const problem = whyOther(files, shown);
  const left = certificateEnd(shown) - Date.now();
  const ended = left <= 0 ? `it has ended` : undefined;
  if (json) print(listener, shown, problem ?? ended ?? null);
  else
    process.stdout.write(
      `${listener} shows ${described(shown)}\n${problem ?? `${files.certificate} holds the same one.`}\n`,
    );
  return ok(problem === undefined && ended === undefined ? 0 : 1);
}

function whyOther(files: PairFiles, shown: ShownCertificate): string | undefined {
  const left = existsSync(before(files.key)) ? "; a call was interrupted: call it again with its --from" : "";
  try {
    const held = readPair(files);
    if (held.x509.raw.equals(shown.x509.raw)) return undefined;
    return `${files.certificate} holds another one: ${described(held)}${left}`;
  } catch (error) {
    return `${(error as Error).message}${left}`;
  }
}

/** @throws {Error} with a sentence */
function givenBy([certificate = "", key = ""]: readonly string[]): Pair {
  return readPair({ certificate, key });
}

function madeFor({ x509 }: ShownCertificate): Pair {
  const made = selfSignedCertificate({ hosts: hostsNamed(x509), lifetime });
  const files = { certificate: "the new certificate", key: "its key" };
  return pairOf(Buffer.from(made.pem), Buffer.from(made.key), files);
}

/** What some clients may not expect; failing where it would be worse than what is shown. */
function judgedNext(
  next: Pair,
  shown: ShownCertificate,
  [certificate = "", key = ""]: readonly string[],
): Result<readonly string[], string> {
  const { why, remarks, lost } = judgePair(next, { certificate, key }, Date.now(), shown);
  if (why !== undefined) return fail(why);
  if (lost.length > 0)
    return fail(
      `${certificate} is not for ${lost.join(", ")}, as the present one is (expected all of its names: ${hostsNamed(shown.x509).join(", ")})`,
    );
  const [until, was] = [certificateEnd(next), certificateEnd(shown)];
  return until > was
    ? ok(remarks)
    : fail(
        `${certificate} ends ${isoTime(until)}, and the present one ${isoTime(was)} (expected a later end)`,
      );
}

/** By what those who deliver trust the listener, where the agent knows. */
async function trusted(file: string, listener: string): Promise<string[]> {
  if (listener !== "admin") return ["Identity providers must trust the new authority, too."];
  const client = await localAgent({ config: file, socket: undefined });
  const active = await client?.activeRelease();
  const digest = active?.ok ? active.value?.digest : undefined;
  const stored = digest === undefined ? undefined : await client?.storedRelease(digest);
  const ca = stored?.ok ? stored.value.release.settings.delivery.agent?.ca : undefined;
  return [
    ca === undefined
      ? "Whoever delivers must trust the new authority, too."
      : `Whoever delivers trusts ${ca} alone, by delivery.agent.ca of the active release: put the new authority there as well.`,
  ];
}

/** Puts the pair where the agent looks, and waits until it is shown; else the one before is there again. */
async function putInPlace(
  files: PairFiles,
  next: Pair,
  listener: string,
  listen: string,
): Promise<Result<void, string>> {
  const paths = [
    [files.key, next.key],
    [files.certificate, next.cert],
  ] as const;
  const kept = paths.map(([path, content]) => ({ next: content, ...readPlain(path) }));
  // of a call that was interrupted it is there already
  for (const { path, content, ...whose } of kept)
    if (!existsSync(before(path))) replaceFile(before(path), content, whose);
  const putBack = () => {
    for (const { path } of kept) renameSync(before(path), path);
  };
  try {
    // one rename after the other: what is between them fits neither, and the agent waits
    for (const { path, next, ...whose } of kept) replaceFile(path, next, whose);
  } catch (error) {
    putBack();
    return fail(`${systemSentence(error as Error)}: the certificate of before is in its place again`);
  }
  const begun = performance.now();
  while (performance.now() - begun < patience) {
    const shown = await shownAt(listen);
    if (shown.ok && shown.value.x509.raw.equals(next.x509.raw)) return ok(undefined);
    await sleep(500);
  }
  putBack();
  return fail(
    `${listener} did not show the new certificate within ${patience / 1_000} s: the one before is in its place again; the agent's log says why`,
  );
}

const before = (path: string) => `${path}.hgscim-before`;

function described(pair: Pick<Pair, "x509" | "others">): string {
  const { serialNumber, fingerprint256 } = pair.x509;
  const until = certificateEnd(pair);
  const left = until - Date.now();
  return [
    `serial ${serialNumber}, SHA-256 ${fingerprint256}`,
    `for ${hostsNamed(pair.x509).join(", ")}`,
    left > 0 ? `until ${isoTime(until)}, ${describeDuration(left)} more` : `ended ${isoTime(until)}`,
  ].join(", ");
}

function print(listener: string, pair: Pick<Pair, "x509" | "others">, problem: string | null): void {
  const { serialNumber, fingerprint256 } = pair.x509;
  const shown = {
    ...{ listener, serial: serialNumber, sha256: fingerprint256, names: hostsNamed(pair.x509) },
    ...{ until: isoTime(certificateEnd(pair)), problem },
  };
  process.stdout.write(`${JSON.stringify(shown, null, 2)}\n`);
}
