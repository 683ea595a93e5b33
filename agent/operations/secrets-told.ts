/** What is wrong with secrets while what needs them goes on: told at once when it begins, and in the log when it ends. */
import type { FastifyBaseLogger } from "fastify";
import type { Release } from "../../model/release.ts";
import type { StoreFailure } from "../../secrets/stores/failure.ts";
import type { Resolved } from "../../secrets/stores/stores.ts";
import type { AlertEvent } from "../alerts/event.ts";
import type { SecretProblem } from "../releases/secrets.ts";

/** A secret that cannot be read now. */
export interface StandingProblem {
  /** The entry of the release, or the key of the agent's configuration. */
  readonly secret: string;
  /** Whether the last value stands in. */
  readonly hasLast: boolean;
}

/** A reference of the host's own configuration. */
interface OwnSecret extends Resolved {
  /** The key that it stands under. */
  readonly what: string;
}

export class SecretsTold {
  readonly #log: FastifyBaseLogger;
  readonly #raised: (event: AlertEvent) => void;
  #standing: readonly StandingProblem[] = [];
  #matters: ReadonlySet<string> = new Set();

  constructor(log: FastifyBaseLogger, raised: (event: AlertEvent) => void) {
    this.#log = log;
    this.#raised = raised;
  }

  /** The secrets that cannot be read now. */
  get standing(): readonly StandingProblem[] {
    return this.#standing;
  }

  /**
   * Tells what is new of it.
   *
   * @param away why a store is, by what it was asked beside secrets
   * @param secrets those of the release, with their owners
   */
  tell(
    problems: readonly SecretProblem[],
    own: readonly OwnSecret[],
    { away, secrets }: { readonly away: StoreFailure | undefined; readonly secrets: Release["secrets"] },
  ): void {
    const all: readonly SecretProblem[] = [
      ...problems,
      ...own.flatMap(({ what, value, problem }) =>
        problem
          ? {
              ...{ secret: what, problem: `${what} of agent.yaml: ${problem.reason}`, away: problem.away },
              hasLast: value !== undefined,
            }
          : [],
      ),
    ];
    this.#standing = all;
    // one that was never there, on the host itself, is told by whoever needs it
    const worth = all.filter((one) => one.hasLast || one.away !== undefined);
    const matters = new Map<string, SecretProblem[]>();
    for (const one of worth) {
      const matter = one.away ?? one.problem;
      matters.set(matter, [...(matters.get(matter) ?? []), one]);
    }
    if (away?.away !== undefined && !matters.has(away.away)) matters.set(away.away, []);
    for (const [matter, some] of matters)
      if (!this.#matters.has(matter)) this.#tellNew(matter, some, secrets);
    for (const matter of this.#matters)
      if (!matters.has(matter)) this.#log.info(`${matter}: that is over, and secrets are read as ever`);
    this.#matters = new Set(matters.keys());
  }

  #tellNew(matter: string, some: readonly SecretProblem[], secrets: Release["secrets"]): void {
    const named = (hasLast: boolean) =>
      [...new Set(some.filter((one) => one.hasLast === hasLast).map(({ secret }) => secret))].join(", ");
    const [kept, lacking] = [named(true), named(false)];
    const summary = [
      matter,
      ...(kept === "" ? [] : [`what runs goes on with the last value of ${kept}`]),
      ...(lacking === "" ? [] : [`there is no value of ${lacking}`]),
      "the agent asks again by itself",
    ].join("; ");
    this.#log.error(summary);
    const owners = new Set(
      some.flatMap(({ secret }) => (Object.hasOwn(secrets, secret) ? (secrets[secret]?.owner ?? []) : [])),
    );
    const owner = owners.size > 0 ? [...owners].sort().join(", ") : undefined;
    this.#raised({ kind: "secrets", owner, subject: matter, summary, detail: summary });
  }
}
