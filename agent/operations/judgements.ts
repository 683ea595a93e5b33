/**
 * Releases are judged for everybody before their turn, beside the queue: who takes access away does not wait for it. What is done
 * meanwhile makes a judgement old, and it is made again. A provider that writes all the time would make it old for ever, and keep out the
 * release that takes its token: so more and more wait for the next judgement, and all for the last one.
 */
import type { Activation as Sent } from "../../api/contract.ts";
import type { Milliseconds } from "../../model/time.ts";
import { admit, refusedUnjudged } from "../releases/activation.ts";
import { resolveSecrets } from "../releases/secrets.ts";
import type { Surroundings } from "../releases/surroundings.ts";
import { isChangedSince } from "../store/audit-end.ts";
import type { Operation } from "./operation.ts";
import type { HeldBack } from "./queue.ts";
import type { Waiting } from "./waiting.ts";

export interface JudgementParts {
  /** What is there and active now. */
  readonly here: () => Surroundings;
  /** Has some wait until the release is done. */
  readonly holdBack: (whom: HeldBack) => void;
  /** Has these performed before all others that wait. */
  readonly submit: (waiting: readonly Waiting[]) => void;
}

/** So often, and for so long, a release is judged while others take access away: a third of the time that it may take. */
const mostOvertaken = 3;
const longestOvertaken: Milliseconds = 8_000;

type Activation = Operation & {
  readonly kind: "release";
  readonly body: Pick<Sent, "release"> & Partial<Pick<Sent, "accept" | "approval">>;
};

export class Judgements {
  readonly #parts: JudgementParts;
  #last: Promise<void> = Promise.resolve();

  constructor(parts: JudgementParts) {
    this.#parts = parts;
  }

  /** Whether an operation whose turn has come is a release that is to be judged first, or again. */
  async takes(waiting: Waiting): Promise<boolean> {
    const { operation, judged, refused } = waiting;
    if (!isActivation(operation) || refused) return false;
    const here = this.#parts.here();
    if (!here.evaluation || refusedUnjudged(here, operation.condition)) return false;
    const { admission, since = here.clock.measured, times = 0 } = judged ?? {};
    if (admission) {
      const asOf = admission.ok && admission.value.kind === "judged" ? admission.value.asOf : undefined;
      if (asOf === undefined || !(await isChangedSince(here.store, asOf))) return false;
      const isLast = times >= mostOvertaken || here.clock.measured - since > longestOvertaken;
      this.#parts.holdBack(isLast ? "everybody" : "givers");
    }
    this.#last = this.#judge(waiting, operation, { since, times: times + 1 });
    return true;
  }

  /** Waits for the end of what is under way. */
  close(): Promise<void> {
    return this.#last;
  }

  async #judge(
    waiting: Waiting,
    { body }: Activation,
    { since, times }: Pick<NonNullable<Waiting["judged"]>, "since" | "times">,
  ): Promise<void> {
    const here = this.#parts.here();
    try {
      const admission = await admit(
        here,
        { release: body.release, accept: body.accept, approval: body.approval?.line },
        here.clock.measured - since,
      );
      const isAdmitted = admission.ok && admission.value.kind === "judged";
      const secrets = isAdmitted ? await resolveSecrets(here, body.release) : undefined;
      this.#parts.submit([{ ...waiting, judged: { admission, secrets, since, times } }]);
    } catch (error) {
      waiting.fail(error);
      this.#parts.submit([]);
    }
  }
}

function isActivation(operation: Operation): operation is Activation {
  return operation.kind === "release" && operation.verb !== "deactivate" && operation.body !== null;
}
