/**
 * What came of each step of a connector the last time that it came while somebody watched: what a promotion may ask for. The agent keeps
 * what it has seen itself, of the connector as it was in the policy then. Each who watches has rows of their own, so that nobody takes
 * the room of what others have seen.
 */
import type { HeardRequest, TriedStep } from "../../api/heard.ts";
import { connectorDigest, type ReleaseData } from "../../model/digest.ts";
import type { Release } from "../../model/release.ts";
import { TestProgress } from "../../report/connector-test/progress.ts";
import type { Store } from "../store/schema.ts";

/** Of how many forms of one connector somebody has rows: each change of its policy is another one. */
const mostForms = 5;

export class TriedSteps {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Keeps what the requests of a connector were.
   *
   * @param requests that came under this policy, in their order
   * @param asker who watched
   */
  async keep(
    release: Release,
    connector: string,
    requests: readonly HeardRequest[],
    asker: string,
  ): Promise<TriedStep[]> {
    const [declared, policy] = [
      release.connectors[connector],
      connectorDigest(release as ReleaseData, connector),
    ];
    if (!declared || policy === undefined) return [];
    const progress = new TestProgress(declared);
    // anybody can be turned away, and says nothing of the connector by that
    for (const request of requests) if (request.outcome !== "turnedAway") progress.take(request);
    const steps = progress.states.flatMap(({ step, came }): TriedStep[] =>
      came ? [{ step, outcome: came.outcome, at: came.at }] : [],
    );
    for (const { step, outcome, at } of steps)
      await this.#store
        .insertInto("tried_steps")
        .values({ asker, connector, policy, step, outcome, at })
        .onConflict((conflict) =>
          conflict.columns(["asker", "connector", "policy", "step"]).doUpdateSet({ outcome, at }),
        )
        .execute();
    await this.#makeRoom(asker, connector);
    return steps;
  }

  /** By the names of the connectors of a release that were tried as they are in it: what came of each step last, whoever watched. */
  async of(release: Release): Promise<Record<string, TriedStep[]>> {
    const tried: Record<string, TriedStep[]> = {};
    for (const connector of Object.keys(release.connectors)) {
      const rows = await this.#store
        .selectFrom("tried_steps")
        .select(["step", "outcome", "at"])
        .where("connector", "=", connector)
        .where("policy", "=", connectorDigest(release as ReleaseData, connector) ?? "")
        .orderBy("at")
        .execute();
      const last = new Map(rows.map((row) => [row.step, row]));
      if (last.size > 0) tried[connector] = [...last.values()];
    }
    return tried;
  }

  /** Forgets the forms of a connector whose steps somebody saw longest ago. */
  async #makeRoom(asker: string, connector: string): Promise<void> {
    const forms = await this.#store
      .selectFrom("tried_steps")
      .select(({ fn }) => ["policy", fn.max("at").as("last")])
      .where("asker", "=", asker)
      .where("connector", "=", connector)
      .groupBy("policy")
      .orderBy("last", "desc")
      .execute();
    for (const { policy } of forms.slice(mostForms))
      await this.#store
        .deleteFrom("tried_steps")
        .where("asker", "=", asker)
        .where("connector", "=", connector)
        .where("policy", "=", policy)
        .execute();
  }
}
