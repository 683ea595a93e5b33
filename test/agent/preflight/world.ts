/** An agent that is asked before a release is active, and what a fault of it must be told with. */
import { expect } from "vitest";
import type { PreflightCheck } from "../../../api/preflight.ts";
import type { Harness, ReleaseShape } from "../harness.ts";

export type Edit = (release: ReleaseShape) => void;

/** What is said of a fault: of which variable, in which words, and how it is mended. */
export interface Told {
  readonly name: string;
  readonly found: RegExp;
  readonly mend: RegExp;
  /** `failed` when absent. */
  readonly state?: PreflightCheck["state"];
}

/** Has the agent look at a release; as somebody who may deploy it, unless it is said. */
export async function preflight(h: Harness, edit?: Edit, token?: string): Promise<PreflightCheck[]> {
  const release = await h.release(edit);
  const reply = await h.admin("POST", "/preflight", { body: { release }, ...(token && { token }) });
  if (reply.status !== 200) throw new Error(JSON.stringify(reply.body));
  return reply.body.checks;
}

/** Those that say so. */
function sayingSo(
  checks: readonly PreflightCheck[],
  { name, found, state = "failed" }: Told,
): PreflightCheck[] {
  return checks.filter((check) => check.state === state && check.name === name && found.test(check.found));
}

/** Expects the fault to be told, and not of a release without it. */
export function expectTold(
  checks: readonly PreflightCheck[],
  before: readonly PreflightCheck[],
  told: Told,
): void {
  const [check] = sayingSo(checks, told);
  expect(check, JSON.stringify(checks, null, 1)).toBeDefined();
  expect(check?.mend).toMatch(told.mend);
  expect(check?.expected).not.toBe("");
  expect(sayingSo(before, told)).toEqual([]);
}
