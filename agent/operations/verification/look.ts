/** Looks whether Mercurial goes by what the release says: the access file's rows, what the extension answers, and the host where one is known. */
import type { Result } from "../../../model/result.ts";
import type { Milliseconds } from "../../../model/time.ts";
import { describeDifference, type VerificationFinding } from "../../../report/verification.ts";
import type { AgentConfig } from "../../config.ts";
import { askHost } from "../../mercurial/host-probe.ts";
import type { lookUp } from "../../mercurial/look-up.ts";
import { type ComparedCopy, type ComparedFile, compareAtRest } from "./compare.ts";

/** What was found, and what could not be looked at: that says nothing, and is told. */
export interface Looked {
  readonly findings: readonly VerificationFinding[];
  readonly missing: readonly VerificationFinding[];
  /** Whether only another file mends what is wrong with this one. */
  readonly wantsNew: boolean;
  /** Whether the file could not be compared at all, although the agent knows what it must hold. */
  readonly isUnseen: boolean;
}

export interface LookParts extends Omit<ComparedFile, "access" | "data"> {
  readonly config: Pick<AgentConfig, "environment" | "data" | "access" | "host">;
  /** What a reference points at. */
  readonly resolve: (reference: string) => Promise<Result<string, string>>;
  /** How the extension is asked. */
  readonly lookUp: typeof lookUp;
}

/** The most findings of a step that are told. */
const mostTold = 20;

/** Looks. It changes nothing, and never fails. */
export async function look(parts: LookParts, patience: Milliseconds): Promise<Looked> {
  const { config, writer } = parts;
  const findings: VerificationFinding[] = [];
  const missing: VerificationFinding[] = [];
  const { untrusted } = writer;
  if (untrusted)
    return {
      ...{ findings, missing: [{ step: "tables", message: untrusted.detail }] },
      ...{ wantsNew: false, isUnseen: false },
    };
  let wantsNew = false;
  const begun = writer.clock.measured();
  // timers take whole numbers
  const left = () => Math.max(1_000, Math.round(begun + patience - writer.clock.measured()));
  const compared = await compareAtRest({ ...parts, ...config }, patience, async (found) => {
    for (const difference of found.differences)
      findings.push({ step: "tables", message: describeDifference(difference) });
    wantsNew = found.differences.some(({ part }) => part === "structure");
    const answers = await askExtension(parts, found, left());
    if (!answers.ok) missing.push({ step: "look-up", message: answers.error });
    else {
      for (const message of answers.value.slice(0, mostTold)) findings.push({ step: "look-up", message });
      for (const message of unasked(found)) missing.push({ step: "look-up", message });
    }
  }).catch((error) => ({ ok: false as const, error: `it cannot be compared: ${(error as Error).message}` }));
  if (!compared.ok) missing.push({ step: "tables", message: compared.error });
  // of one that is shut or of no release, nobody is let in to be told of
  if (config.host?.probe && writer.active && !writer.shutBecause) {
    const { probe } = config.host;
    const asked = await askHost(probe, {
      resolve: parts.resolve,
      mark: (account, nonce) => writer.probe(account, nonce),
      now: writer.clock.now(),
      patience: left(),
    });
    if (!asked.ok) missing.push({ step: "host", message: asked.error });
    else for (const message of asked.value) findings.push({ step: "host", message });
  }
  return { findings, missing, wantsNew, isUnseen: !compared.ok };
}

/** What nobody was asked, and is not verified by the answers to the rest. */
function unasked({ isCut, unlisted = [], questions }: ComparedCopy): string[] {
  return [
    ...unlisted.map((why) => `nobody was asked about repositories, which cannot be listed: ${why}`),
    ...(isCut ? [`${questions.length} questions were asked, and not those that there are besides`] : []),
  ];
}

function askExtension(
  { config, writer, lookUp }: LookParts,
  { questions, copy }: ComparedCopy,
  patience: Milliseconds,
): ReturnType<typeof lookUp> {
  // of a file that is shut it answers nothing: that it does not is what is asked
  if (writer.shutBecause) return Promise.resolve({ ok: true, value: [] });
  return lookUp({
    extension: config.host?.extension,
    files: [config.access, copy],
    ...{ environment: config.environment, now: writer.clock.now(), questions, patience },
  });
}
