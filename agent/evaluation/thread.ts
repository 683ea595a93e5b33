/** The program of a thread that evaluates releases for everybody, reads large bodies and makes long lists, one question after the other. */
import { parentPort, workerData } from "node:worker_threads";
import { Activation, ImpactRequest, ReviewRequest } from "../../api/contract.ts";
import { PreflightRequest } from "../../api/preflight.ts";
import { readRequest } from "../../api/request.ts";
import { fail, ok } from "../../model/result.ts";
import { readInPieces, readTakenInPieces } from "../../scim/group-write.ts";
import { ownerList } from "../directory/owner-list.ts";
import { admissionOf } from "../releases/admission.ts";
import { Archive } from "../releases/archive.ts";
import { comparisonOf, ready } from "../releases/comparison.ts";
import type { Question, QuestionName, Questions, Reply, Setting } from "../releases/evaluator.ts";
import { dumpAccess, environmentProblems, impactOf } from "../releases/impact.ts";
import { namedSetChecks, unsupportedChecks } from "../releases/named-sets.ts";
import { reviewedOf } from "../releases/review.ts";
import { makeRuntime } from "../releases/runtime.ts";
import type { Surroundings } from "../releases/surroundings.ts";
import { newestAudit } from "../store/audit-end.ts";
import { guardCalls } from "../store/database.ts";
import { inOneMoment } from "../store/moment.ts";
import { NativeGate } from "../store/native-gate.ts";
import type { Store } from "../store/schema.ts";
import { openReads } from "../store/sqlite.ts";

const answers: {
  readonly [Name in QuestionName]: (
    asks: Questions[Name]["asks"],
    setting: Setting,
  ) => Promise<Questions[Name]["answer"]>;
} = {
  activation: async ({ body }) => readRequest(Activation, body),
  async impact({ body }, setting) {
    const request = readRequest(ImpactRequest, body);
    if (!request.ok) return request;
    return ok(JSON.stringify(await reading(setting, (here) => impactOf(here, request.value))));
  },
  async review({ body }, setting) {
    const request = readRequest(ReviewRequest, body);
    if (!request.ok) return request;
    const { base } = request.value;
    const unfit = base ? environmentProblems(base).map((problem) => `base: ${problem}`) : [];
    if (unfit.length > 0) return fail(unfit);
    return ok(await reading(setting, (here) => reviewedOf(here, request.value)));
  },
  async preflight({ body }, setting) {
    const request = readRequest(PreflightRequest, body);
    if (!request.ok) return request;
    return reading(setting, async (here) => {
      const release = request.value.release ?? here.active?.active.release;
      if (!release) return fail(["no release is active, and none is given"]);
      const { environment } = here.host;
      if (release.environment !== environment)
        return fail([`it is a release of environment "${release.environment}" (expected "${environment}")`]);
      const { only, within } = request.value;
      // what is not there may come, and the plan tells of it
      return ok({
        ...{ release, only, within },
        sets: [...unsupportedChecks(release), ...(only === "new" ? [] : await namedSetChecks(here, release))],
      });
    });
  },
  async access(_, setting) {
    const dump = await reading(setting, dumpAccess);
    return dump.ok ? ok(JSON.stringify(dump.value)) : dump;
  },
  owners: async (_, setting) =>
    // whatever the stored release is
    JSON.stringify(await reading({ ...setting, active: null }, ({ store, now }) => ownerList(store, now))),
  admission: (asks, setting) => reading(setting, (here) => admissionOf(here, asks)),
  async verification({ port }, setting) {
    const reads = openReads(setting.folder);
    try {
      // nobody who writes waits for what is opened and prepared once
      await newestAudit(reads);
      const { rest, begun } = await ready(port);
      return await readingBy(reads, { ...setting, ...rest }, (here) => comparisonOf(here, rest), begun);
    } finally {
      port.close();
      await reads.destroy();
    }
  },
  groupWhole: async (asks) => readInPieces(asks),
  groupTaken: async (asks) => readTakenInPieces(asks),
};

parentPort?.on("message", async ({ name, asks, setting }: Question) => {
  const answer = answers[name] as (asks: unknown, setting: Setting) => Promise<unknown>;
  parentPort?.postMessage(
    await answer(asks, setting).then(
      (answer): Reply => ({ answer }),
      // of an error only its message would arrive
      (failure: Error & { readonly code?: string }): Reply => ({ failure, code: failure.code }),
    ),
  );
});

const gate = new NativeGate(workerData);
guardCalls(gate);
// what is native has been loaded
gate.leave();
parentPort?.postMessage("loaded");

/** Reads in one moment, by a connection of its own. */
async function reading<T>(setting: Setting, read: (surroundings: Surroundings) => Promise<T>): Promise<T> {
  const reads = openReads(setting.folder);
  try {
    return await readingBy(reads, setting, read);
  } finally {
    await reads.destroy();
  }
}

/**
 * Reads in one moment, which has begun when that is told. Where what is stored of the active release was altered meanwhile, nothing is judged by it, as
 * after a start.
 */
function readingBy<T>(
  reads: Store,
  { active: mark, ...here }: Setting,
  read: (surroundings: Surroundings) => Promise<T>,
  begun?: () => void,
): Promise<T> {
  return inOneMoment(reads, async (store) => {
    if (begun) {
      // a moment begins with the first query
      await newestAudit(store);
      begun();
    }
    const marked = mark ? await new Archive(store).marked(mark, here.host.environment) : ok(null);
    const altered = mark && !marked.ok && { named: [mark.digest], detail: marked.error.detail };
    const active = marked.ok ? marked.value : null;
    // nobody connects to it here, so that it needs no tokens
    const runtime = active && makeRuntime(active, new Map());
    return read({ store, ...here, active: runtime, untrusted: altered || here.untrusted });
  });
}
