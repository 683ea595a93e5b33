/** Why a policy may not come to an environment yet, in words. */
import type { AdminError } from "../api/error.ts";
import type { EntryDifference } from "../model/difference.ts";
import type { Promotion } from "../model/environment/delivery.ts";
import type { Sources } from "../model/load.ts";
import type { Milliseconds, Time } from "../model/time.ts";
import { describeEntry } from "./difference.ts";
import { describeDuration } from "./duration.ts";
import { addressPart, promotionAdvice } from "./refusal.ts";
import { digestOrNone } from "./release.ts";
import { indented, listed } from "./words.ts";

/** What stands between a policy and the environment that it is to come to. */
export type Obstacle =
  /** The address of the other agent cannot be resolved here, or may not be. */
  | {
      readonly kind: "no address";
      readonly part: "url" | "token" | "ca";
      readonly reason: string;
      readonly advice: readonly string[];
    }
  /** It was asked, and does not say. */
  | { readonly kind: "no answer"; readonly error: AdminError }
  | {
      readonly kind: "another policy";
      readonly policy: string;
      readonly active: string | null;
      /** What the policy changes of the one that is active there; empty when that is not told. */
      readonly differences: readonly EntryDifference[];
    }
  | {
      readonly kind: "too early";
      readonly policy: string;
      readonly since: Time;
      /** For how long it runs there by now, and for how long it still must. */
      readonly ran: Milliseconds;
      readonly missing: Milliseconds;
    }
  | {
      readonly kind: "not tried";
      /** In the order of the release. */
      readonly connectors: readonly UntriedConnector[];
    };

/** A connector of which steps have not come and been done. */
export interface UntriedConnector {
  readonly connector: string;
  readonly steps: readonly {
    readonly name: string;
    /** What to press at the identity provider. */
    readonly press: string;
    /** What is known of it, as a sentence without a subject. */
    readonly why: string;
  }[];
}

export interface DescribedObstacle {
  /** The part of `promote` that lets the policy not pass. */
  readonly setting: string;
  readonly summary: string;
  /** Groups of lines. */
  readonly detail: readonly (readonly string[])[];
}

/** Words for an obstacle. */
export function describeObstacle(
  obstacle: Obstacle,
  { from }: Promotion,
  sources: Sources,
): DescribedObstacle {
  const unasked = `${from} cannot be asked whether it runs this policy`;
  switch (obstacle.kind) {
    case "no address":
      return {
        setting: `agent.${obstacle.part}`,
        summary: unasked,
        detail: [[`${obstacle.reason}.`], obstacle.advice],
      };
    case "no answer": {
      const { error } = obstacle;
      return {
        setting: `agent.${addressPart[error.kind] ?? "url"}`,
        summary: unasked,
        detail: [[`${error.message}.`], [`${promotionAdvice(error, from)}.`]],
      };
    }
    case "another policy": {
      const { policy, active, differences } = obstacle;
      const lines = indented(differences.map((entry) => describeEntry(entry, sources)));
      return {
        setting: "from",
        summary: `${from} does not run this policy`,
        detail: [
          indented([`this policy  ${policy}`, `${from} runs ${digestOrNone(active)}`]),
          lines.length > 0
            ? [`What ${from} does not have yet (+), has besides (-) or has otherwise (~):`, ...lines]
            : [],
          [`Deploy it to ${from} first.`],
        ],
      };
    }
    case "too early": {
      const { policy, since, ran, missing } = obstacle;
      return {
        setting: "soak",
        summary: `${from} must run this policy for another ${describeDuration(missing)}`,
        detail: [
          indented([policy]),
          [`${from} runs it since ${new Date(since).toISOString()}, that is for ${describeDuration(ran)}.`],
        ],
      };
    }
    case "not tried": {
      const { connectors } = obstacle;
      const names = connectors.map(({ connector }) => connector);
      return {
        setting: "connectorTest",
        summary: `${names.length === 1 ? "connector" : "connectors"} ${listed(names)} must be tried at ${from}`,
        detail: connectors.flatMap(({ connector, steps }) => [
          indented(steps.map(({ name, why }) => `${connector}: ${name} ${why}`)),
          [
            `Run hgscim connector test ${from} ${connector}, and press meanwhile:`,
            ...indented(steps.map(({ name, press }) => `${name}: ${press}`)),
          ],
        ]),
      };
    }
  }
}

/** What `promote` asks. */
export function describePromotion({ from, soak, connectorTest }: Promotion, environment: string): string {
  const tried = connectorTest
    ? `, and that its connectors were tried there within ${connectorTest.within}`
    : "";
  return `promote asks that ${from} has run a policy for ${soak} before it comes to ${environment}${tried}`;
}
