/**
 * What an agent counts while it works, for Prometheus: a registry of its own, so that two agents in one process are two. No label
 * names a person or a repository, and each has few values: connectors of releases, verbs, outcomes, codes.
 */
import { Counter, Histogram, Registry } from "prom-client";
import type { Operation } from "../operations/operation.ts";
import type { Outcome } from "../operations/outcome.ts";
import type { Watch } from "../operations/writer.ts";

/** In seconds: from what takes no disk to what a client does not wait for. */
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]);

export class Metrics {
  readonly registry = new Registry();
  readonly #operations: Counter<"connector" | "kind" | "verb" | "outcome" | "code">;
  readonly #seconds: Histogram<"kind" | "verb">;
  readonly #requests: Counter<"connector" | "method" | "status">;
  readonly #accessWrites: Counter;
  readonly #verifications: Counter<"result">;
  /** When those that wait began to, the first one first. */
  readonly #waiting = new Map<Operation, number>();

  constructor() {
    const registers = [this.registry];
    this.#operations = new Counter({
      name: "hgscim_operations_total",
      help: "Writes by what came of them: done, undone (only what they take away, of more), refused, held, unavailable.",
      labelNames: ["connector", "kind", "verb", "outcome", "code"],
      registers,
    });
    this.#seconds = new Histogram({
      name: "hgscim_operation_seconds",
      help: "How long a write took, from its request until it was stored and enforced.",
      labelNames: ["kind", "verb"],
      buckets,
      registers,
    });
    this.#requests = new Counter({
      name: "hgscim_scim_requests_total",
      help: "Requests of identity providers by their HTTP status; connector is empty where nobody was let in.",
      labelNames: ["connector", "method", "status"],
      registers,
    });
    this.#accessWrites = new Counter({
      name: "hgscim_access_file_writes_total",
      help: "How often the access file was written.",
      registers,
    });
    this.#verifications = new Counter({
      name: "hgscim_verifications_total",
      help: "Looks whether Mercurial goes by what is stored: same, differs, unknown (not all of it could be looked at).",
      labelNames: ["result"],
      registers,
    });
  }

  /** Counts a look whether Mercurial goes by what is stored. */
  readonly looked = (result: "same" | "differs" | "unknown"): void => this.#verifications.inc({ result });

  /** How many operations wait or are performed. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** For how many seconds the first of them has waited; 0 where none does. */
  get oldest(): number {
    const [first] = this.#waiting.values();
    return first === undefined ? 0 : (performance.now() - first) / 1_000;
  }

  /** Counts operations, for the writer. */
  readonly watch: Watch = (operation) => {
    const start = performance.now();
    this.#waiting.set(operation, start);
    const { kind, verb } = operation;
    const connector = "connector" in operation ? operation.connector : "";
    return (outcome) => {
      this.#waiting.delete(operation);
      this.#operations.inc({ connector, kind, verb, ...cameTo(outcome) });
      this.#seconds.observe({ kind, verb }, (performance.now() - start) / 1_000);
    };
  };

  /** Counts a request that was answered. */
  requested(connector: string, method: string, status: number): void {
    this.#requests.inc({ connector, method: methods.has(method) ? method : "other", status: String(status) });
  }

  /** Counts a write of the access file. */
  accessWritten(): void {
    this.#accessWrites.inc();
  }
}

function cameTo(outcome: Outcome | undefined): { readonly outcome: string; readonly code: string } {
  if (!outcome) return { outcome: "unavailable", code: "" };
  if (outcome.kind !== "done") return { outcome: outcome.kind, code: outcome.code };
  const { undone, isAllAsked } = outcome;
  return undone && !isAllAsked ? { outcome: "undone", code: undone.code } : { outcome: "done", code: "" };
}
