/** What the host replaces while the agent runs is looked for now and then: by nobody's word, without a restart, without a gap. */
import type { FastifyBaseLogger } from "fastify";
import type { Health } from "../../api/contract.ts";
import type { Milliseconds } from "../../model/time.ts";
import type { AlertEvent } from "../alerts/event.ts";
import type { Certificates } from "../http/tls/certificates.ts";
import { writeAudit } from "../operations/audit.ts";
import type { Writer } from "../operations/writer.ts";
import { watchCertificates } from "./certificates.ts";
import type { Renewing } from "./renewing.ts";
import { type AdminTokenParts, TokenWatch } from "./tokens.ts";

/** How often it is looked: as late at most something else is noticed. */
const usualPause: Milliseconds = 5_000;

export interface RenewalParts {
  readonly certificates: Certificates;
  /** Where agent.yaml is, which is read for its admin tokens; undefined where the agent was told by no file. */
  readonly file: string | undefined;
  readonly config: AdminTokenParts["config"];
  readonly admins: AdminTokenParts["admins"];
  readonly writer: Pick<Writer, "aside" | "clock" | "active" | "serving" | "health">;
  readonly log: FastifyBaseLogger;
  /** Is told what somebody has to know. */
  readonly raised: (...events: readonly AlertEvent[]) => void;
  /** How often it looks: every 5 seconds when it is absent. */
  readonly every?: Milliseconds | undefined;
}

export interface Renewals {
  /** How the agent is, with what of the host's is not taken. */
  health(): Health;
  /** Looks at once. */
  look(): Promise<void>;
  end(): void;
}

/** Begins to look. */
export function watchRenewals({
  certificates,
  file,
  config,
  admins,
  writer,
  log,
  raised,
  every = usualPause,
}: RenewalParts): Renewals {
  const renewing: Renewing = {
    raised,
    audit: (renewals) => {
      const rows = renewals.map((renewal) => ({
        ...{ at: writer.clock.now(), actor: "agent", outcome: "done" as const },
        ...{ ...renewal, release: writer.active?.active.digest ?? null },
      }));
      writer
        .aside((store) => writeAudit(store, rows))
        .catch((error) => log.error(error, "what was replaced on the host cannot be put into the audit"));
    },
  };
  const shown = watchCertificates(certificates, renewing);
  const tokens =
    file === undefined
      ? undefined
      : new TokenWatch({ file, config, admins, log, serving: () => writer.serving }, renewing);
  let underway: Promise<void> | undefined;
  const look = () => {
    shown.look();
    // a file that does not answer is waited for once
    underway ??= (tokens?.look() ?? Promise.resolve())
      .catch((error) => log.error(error, "agent.yaml cannot be looked at now"))
      .finally(() => {
        underway = undefined;
      });
    return underway;
  };
  const timer = setInterval(look, every).unref();
  return {
    health: () => {
      const { ready, conditions } = writer.health;
      return { ready, conditions: [...conditions, ...shown.conditions(), ...(tokens?.conditions ?? [])] };
    },
    look,
    end: () => clearInterval(timer),
  };
}
