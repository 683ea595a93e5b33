/** What an agent is like when somebody asks: read then, and kept by nobody. */
import { Counter, Gauge } from "prom-client";
import type { Health } from "../../api/contract.ts";
import { version } from "../../model/package.ts";
import { countDeliveries } from "../alerts/deliveries.ts";
import { tokensOf } from "../authentication/token-list.ts";
import type { Certificates } from "../http/tls/certificates.ts";
import { certificateEnd } from "../http/tls/pair.ts";
import { standingFailures } from "../operations/failures/standing.ts";
import type { SecretWatch } from "../operations/secret-watch.ts";
import type { Writer } from "../operations/writer.ts";
import type { Store } from "../store/schema.ts";
import { heldNow } from "./held.ts";
import type { Metrics } from "./metrics.ts";

const second = 1_000;

export interface StateParts {
  readonly certificates: Certificates;
  /** How the agent is. */
  readonly health: () => Health;
  readonly reads: Store;
  readonly writer: Writer;
  /** What is wrong with secrets now. */
  readonly secrets: SecretWatch["told"];
}

/** Adds what is read at each scrape to the counters; answers how to read it. */
export function stateOf(
  metrics: Metrics,
  { certificates, health, reads, writer, secrets }: StateParts,
): () => Promise<string> {
  const { registry } = metrics;
  const gauge = <T extends string>(name: string, help: string, ...labelNames: readonly T[]) =>
    new Gauge({ name: `hgscim_${name}`, help, labelNames, registers: [registry] });
  gauge("build_info", "The version of the agent.", "version").set({ version }, 1);
  const waiting = gauge("operations_waiting", "Writes that wait or are performed.");
  const oldest = gauge("operations_oldest_seconds", "For how long the first of them has waited.");
  const ready = gauge("ready", "Whether Mercurial goes by all that is stored: 1, or 0.");
  const condition = gauge(
    "condition",
    "What the agent does not do now, as in /v1/health: 1 for each.",
    "code",
  );
  const active = gauge("release_active", "Whether a release is active: 1, or 0.");
  const failures = gauge("failures_standing", "Failures that still stand.", "connector", "what");
  const people = gauge("failing_people", "For how many users and groups they stand.", "connector", "what");
  const held = gauge("held", "Writes that are held.", "connector");
  const heldFor = gauge("held_oldest_seconds", "For how long the first of them has been held.", "connector");
  const alerts = gauge("alerts", "Alerts that wait for their receiver, and that were given up.", "state");
  const quarantined = gauge("quarantined", "1 for a connector that only takes access away.", "connector");
  const tokens = gauge(
    "token_left_seconds",
    "Seconds until the last token of a connector ends; less than 0 where it has. None without a lifetime.",
    "connector",
  );
  const unread = gauge(
    "secret_unread",
    "1 for a secret that is unreadable now; value is last where its last value stands in, or none.",
    "secret",
    "value",
  );
  const left = gauge(
    "certificate_left_seconds",
    "Seconds until the certificate ends that a listener shows.",
    "listener",
  );
  const memory = new Gauge({
    name: "process_resident_memory_bytes",
    help: "Memory of the agent's process.",
    registers: [registry],
  });
  const cpu = new Counter({
    name: "process_cpu_seconds_total",
    help: "Processor time of the agent's process since it started.",
    registers: [registry],
  });

  return async () => {
    waiting.set(metrics.waiting);
    oldest.set(metrics.oldest);
    const { ready: isReady, conditions } = health();
    ready.set(Number(isReady));
    condition.reset();
    for (const { code } of conditions) condition.set({ code }, 1);
    active.set(Number(writer.active !== null));
    const now = writer.clock.now();
    failures.reset();
    people.reset();
    for (const { connector, what, count, standing } of await standingFailures(reads, now)) {
      failures.set({ connector, what }, count);
      people.set({ connector, what }, standing);
    }
    held.reset();
    heldFor.reset();
    for (const { connector, count, oldest } of await heldNow(reads)) {
      held.set({ connector }, count);
      heldFor.set({ connector }, (now - oldest) / second);
    }
    const { waiting: undelivered, dead } = await countDeliveries(reads);
    alerts.set({ state: "waiting" }, undelivered);
    alerts.set({ state: "dead" }, dead);
    quarantined.reset();
    for (const { connector } of writer.quarantined) quarantined.set({ connector }, 1);
    tokens.reset();
    for (const [connector, seconds] of leftOfTokens(writer, now)) tokens.set({ connector }, seconds);
    unread.reset();
    for (const { secret, hasLast } of secrets.standing)
      unread.set({ secret, value: hasLast ? "last" : "none" }, 1);
    left.reset();
    // by the system's clock, as clients judge them
    for (const { listeners, served } of certificates.all)
      for (const listener of listeners)
        left.set({ listener }, (certificateEnd(served.pair) - Date.now()) / second);
    memory.set(process.memoryUsage.rss());
    const { user, system } = process.cpuUsage();
    cpu.reset();
    cpu.inc((user + system) / 1e6);
    return registry.metrics();
  };
}

/** Of each connector of the release, the seconds until none of its tokens is valid any more. */
function leftOfTokens({ serving }: Writer, now: number): ReadonlyMap<string, number> {
  const seconds = new Map<string, number>();
  for (const { connector, expires, takesAwayOnly } of tokensOf(serving.active?.connectors ?? [], [], now))
    if (!takesAwayOnly)
      seconds.set(
        connector,
        Math.max(seconds.get(connector) ?? -Infinity, ((expires ?? Infinity) - now) / second),
      );
  // that nothing ends is no number
  return new Map([...seconds].filter(([, left]) => Number.isFinite(left)));
}
