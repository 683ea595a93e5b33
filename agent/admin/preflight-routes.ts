/** What would go wrong with a release, asked before it is active. */
import { FingerprintRequest } from "../../api/preflight.ts";
import { readRequest } from "../../api/request.ts";
import type { Evaluation } from "../evaluation/evaluation.ts";
import type { Preflight } from "../preflight/preflight.ts";
import type { Setting } from "../releases/evaluator.ts";
import { refuseFor } from "./refusal.ts";
import type { AddRoute } from "./route.ts";

interface PreflightContext {
  readonly preflight: Preflight;
  readonly evaluation: Evaluation;
  /** What is active, and what time it is. */
  readonly moment: () => Omit<Setting, "folder" | "host">;
  readonly environment: string;
}

/** Adds the routes. Whoever could not activate a release has nothing new of it looked at. */
export function preflightRoutes(
  route: AddRoute,
  { preflight, evaluation, moment, environment }: PreflightContext,
): void {
  route("POST", "/preflight", "reader", async (request, reply, { role }) => {
    const answer = await evaluation.ask("preflight", { body: String(request.body ?? "") }, moment());
    if (!answer.ok) return refuseFor(reply, answer.error.code, answer.error.detail);
    if (!answer.value.ok) return refuseFor(reply, "invalidRequest", "not a release", answer.value.error);
    const { release, only, within, sets } = answer.value.value;
    const checks = await preflight.check(release, { mayDeploy: role !== "reader", only }, within);
    return { checks: [...checks, ...sets] };
  });

  route("POST", "/fingerprints", "reader", async (request, reply, { role }) => {
    const body = readRequest(FingerprintRequest, String(request.body ?? ""));
    if (!body.ok) return refuseFor(reply, "invalidRequest", "not a key and a release", body.error);
    const release = body.value.release ?? preflight.active;
    if (release?.environment !== environment)
      return refuseFor(reply, "invalidRequest", `no release of ${environment} is active or given`);
    const key = Buffer.from(body.value.key, "hex");
    return { fingerprints: await preflight.fingerprints(release, key, { mayDeploy: role !== "reader" }) };
  });
}
