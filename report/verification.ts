/** What was found where what Mercurial goes by was compared with what the release says, in words. */
import { count } from "./words.ts";

/** By what something was found. */
export type VerificationStep = "tables" | "look-up" | "host";

/** What was found, or could not be looked at. */
export interface VerificationFinding {
  readonly step: VerificationStep;
  /** A sentence that may name people. */
  readonly message: string;
}

/** Each step as whoever reads of it knows it. */
const steps: Readonly<Record<VerificationStep, string>> = {
  tables: "the access file",
  "look-up": "the extension's look-up",
  host: "the Mercurial host",
};

/** A line for each. */
export function describeFindings(findings: readonly VerificationFinding[]): string[] {
  return findings.map(({ step, message }) => `${steps[step]}: ${message}`);
}

/** What was found in a word, which names nobody. */
export function summarizeFindings(findings: readonly VerificationFinding[]): string {
  const by = Object.keys(steps) as VerificationStep[];
  return by
    .flatMap((step) => {
      const found = findings.filter((finding) => finding.step === step);
      return found.length === 0
        ? []
        : [`${steps[step]} (${count(found.length, "difference", "differences")})`];
    })
    .join(", ");
}

/** A difference of the access file, by its part. */
export function describeDifference({
  part,
  missing,
  extra,
  what,
}: {
  readonly part: string;
  readonly missing: number;
  readonly extra: number;
  readonly what?: string | undefined;
}): string {
  if (what !== undefined) return what;
  const rows = [
    ...(missing > 0 ? [`${count(missing, "row is", "rows are")} missing`] : []),
    ...(extra > 0 ? [`${count(extra, "row is", "rows are")} too many`] : []),
  ];
  return `${part}: ${rows.join(", ")}`;
}

/** That a release went again, and why. */
export function describeReturn({
  digest,
  failed,
  because,
}: {
  readonly digest: string | null;
  readonly failed: string;
  readonly because: string;
}): string {
  const now = digest === null ? "no release is active again" : `release ${digest} is active again`;
  return `${now}: Mercurial did not go by release ${failed}, also when the access file was made anew, by ${because}`;
}

/** That everything is refused. */
export function describeShut(because: string): string {
  return `everything is refused until a release is deployed: Mercurial does not go by what is stored, by ${because}`;
}
