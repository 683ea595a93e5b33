/** What would go wrong with a release, asked before it is active. */
import type { FastifyReply, FastifyRequest } from "fastify";
import {
  type FingerprintList,
  FingerprintRequest,
  longestLook,
  type PreflightAnswer,
} from "../../api/preflight.ts";
import { readRequest } from "../../api/request.ts";
import { digestOfText } from "../../model/digest.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import type { Evaluation } from "../evaluation/evaluation.ts";
import type { Preflight } from "../preflight/preflight.ts";
import { Turns } from "../preflight/turns.ts";
import type { Setting } from "../releases/evaluator.ts";
import { askerOf, type TokenHolder } from "./holder.ts";
import { adminRefusal, refuseFor } from "./refusal.ts";
import type { AddRoute } from "./route.ts";

interface PreflightContext {
  readonly preflight: Preflight;
  readonly evaluation: Evaluation;
  /** What is active, and what time it is. */
  readonly moment: () => Omit<Setting, "folder" | "host">;
  readonly environment: string;
}

/** An answer, or what is said in place of one. */
type Looked<T> = Result<T, Parameters<typeof adminRefusal>>;

/** Adds the routes. Whoever could not activate a release has nothing new of it looked at, and that not too often. */
export function preflightRoutes(
  route: AddRoute,
  { preflight, evaluation, moment, environment }: PreflightContext,
): void {
  const check = async (body: string, mayDeploy: boolean): Promise<Looked<PreflightAnswer>> => {
    const begun = performance.now();
    const answer = await evaluation.ask("preflight", { body }, moment());
    if (!answer.ok) return fail([answer.error.code, answer.error.detail]);
    if (!answer.value.ok) return fail(["invalidRequest", "not a release", answer.value.error]);
    const { release, only, within, sets } = answer.value.value;
    // whoever waits has waited for the evaluation, too
    const left = Math.max(0, (within ?? longestLook) - (performance.now() - begun));
    const checks = await preflight.check(release, { mayDeploy, only }, left);
    return ok({ checks: [...checks, ...sets] });
  };

  const compare = async (body: string, mayDeploy: boolean): Promise<Looked<FingerprintList>> => {
    const read = readRequest(FingerprintRequest, body);
    if (!read.ok) return fail(["invalidRequest", "not a key and a release", read.error]);
    const release = read.value.release ?? preflight.active;
    if (release?.environment !== environment)
      return fail(["invalidRequest", `no release of ${environment} is active or given`]);
    const key = Buffer.from(read.value.key, "hex");
    return ok({ fingerprints: await preflight.fingerprints(release, key, { mayDeploy }) });
  };

  route("POST", "/preflight", "reader", inTurns(check));
  route("POST", "/fingerprints", "reader", inTurns(compare));
}

/** The answer of a route that readers are given in their turn. */
function inTurns<T>(look: (body: string, mayDeploy: boolean) => Promise<Looked<T>>) {
  const turns = new Turns<Looked<T>>();
  return async (request: FastifyRequest, reply: FastifyReply, holder: TokenHolder) => {
    const body = String(request.body ?? "");
    const mayDeploy = holder.role !== "reader";
    const turn = turns.take(
      `${mayDeploy} ${digestOfText(body)}`,
      { asker: askerOf(holder), isLimited: !mayDeploy },
      () => look(body, mayDeploy),
    );
    if (!turn.ok) {
      const seconds = Math.ceil(turn.error / 1_000);
      const error = adminRefusal("tooManyPreflights", "too much is looked at for readers at once");
      return reply.refuse({ ...error, headers: { "Retry-After": String(seconds) } });
    }
    const looked = await turn.value;
    return looked.ok ? looked.value : refuseFor(reply, ...looked.error);
  };
}
