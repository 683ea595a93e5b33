/** What is told of a request to whoever watches a connector, gathered while it is answered. */
import type { HeardRequest } from "../../api/heard.ts";
import type { Result } from "../../model/result.ts";
import { parseBody } from "../../scim/json.ts";
import { maskedParts } from "../../scim/mask.ts";
import type { ConnectorRuntime } from "../releases/runtime.ts";
import type { Answer } from "./call.ts";
import type { Rejected } from "./refusal.ts";

/** Of a larger body it is not told what it holds, in bytes: reading it again costs 7 µs a KiB. */
const mostMasked = 16 * 1024;

const endpoints = new Set([
  "Users",
  "Groups",
  "ServiceProviderConfig",
  "ResourceTypes",
  "Schemas",
  "Me",
  "Bulk",
]);
/** As the agent makes them; whatever else a client puts there may be a name. */
const id = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

type Facts = Pick<HeardRequest, "connector" | "path" | "target" | "outcome" | "code" | "rules" | "hold">;

export class Hearing {
  #facts: Facts = {
    ...{ connector: null, path: "other", target: null, outcome: "turnedAway" },
    ...{ code: null, rules: [], hold: null },
  };
  #types: ConnectorRuntime["types"] | undefined;
  policy: string | undefined;

  /** It came to the address of a connector. */
  reached(connector: string, path: string): void {
    const [name = "", rest] = path.split("/");
    const kind = rest === undefined || rest === ".search" ? path : `${name}/:id`;
    this.#facts = {
      ...this.#facts,
      connector,
      path: endpoints.has(name) || path === ".search" ? kind : "other",
      target: rest !== undefined && id.test(rest) ? rest : null,
    };
  }

  /** It was not let in. */
  turnedAway(code: string): void {
    this.#facts = { ...this.#facts, outcome: "turnedAway", code };
  }

  /** It was let in, and may not do that. */
  forbidden(code: string): void {
    this.#facts = { ...this.#facts, outcome: "refused", code };
  }

  /** @param policy the digest of the policy that answers, where the connector is part of it */
  letIn({ types }: ConnectorRuntime, policy: string | undefined): void {
    this.#types = types;
    this.policy = policy;
    this.#facts = { ...this.#facts, outcome: "done" };
  }

  answered(answer: Result<Answer, Rejected>): void {
    if (answer.ok) {
      const made = answer.value.status === 201 ? answer.value.body?.id : undefined;
      if (typeof made === "string") this.#facts = { ...this.#facts, target: made };
      return;
    }
    const { error } = answer;
    const [code, rules] = ["code" in error ? error.code : null, "rules" in error ? [...error.rules] : []];
    const held = "kind" in error && error.kind === "held";
    this.#facts = {
      ...this.#facts,
      ...{ outcome: held ? "held" : "refused", code, rules, hold: (held && error.id) || null },
    };
  }

  /** All that is told, when it has been answered. */
  end({
    method,
    status,
    body,
  }: {
    method: string;
    status: number;
    body: unknown;
  }): Omit<HeardRequest, "at" | "number"> {
    const { outcome, path } = this.#facts;
    return {
      ...this.#facts,
      ...{ method, status, parts: this.#partsOf(path, body) },
      // what fails before or behind the endpoint: a wrong method, a body that is too large, a store that is away
      outcome: outcome === "done" && status >= 400 ? "refused" : outcome,
    };
  }

  #partsOf(path: string, body: unknown): HeardRequest["parts"] {
    if (!this.#types || !Buffer.isBuffer(body) || body.byteLength > mostMasked) return [];
    const parsed = parseBody(body);
    return parsed.ok
      ? maskedParts(parsed.value, path.startsWith("Groups") ? this.#types.group : this.#types.user)
      : [];
  }
}
