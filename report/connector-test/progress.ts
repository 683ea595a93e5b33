/** Which steps of a connector's test the requests are that came, and what came of each. */
import type { HeardRequest } from "../../api/heard.ts";
import type { Connector } from "../../model/environment/connector.ts";
import type { ConnectorStep } from "../../model/environment/connector-step.ts";
import { type StepGuide, stepNames, stepsOfConnector } from "./steps.ts";

/** What every write may have, and what says nothing of an update. */
const besides = new Set(["active", "schemas", "id", "externalId", "password", "?"]);

export interface StepState extends StepGuide {
  readonly step: ConnectorStep;
  readonly name: string;
  /** The last request that was one. */
  readonly came: HeardRequest | undefined;
}

type Written = Pick<HeardRequest, "method" | "target" | "parts">;

/** Follows the requests of one connector. */
export class TestProgress {
  readonly #guides: ReturnType<typeof stepsOfConnector>;
  readonly #came = new Map<ConnectorStep, HeardRequest>();
  readonly #requests: HeardRequest[] = [];
  /** Users who were deactivated while it was watched. */
  readonly #inactive = new Set<string | null>();
  /** Groups that came without members, and those that have had some. */
  readonly #empty = new Set<string | null>();
  readonly #filled = new Set<string | null>();

  constructor(connector: Pick<Connector, "idp" | "auth">) {
    this.#guides = stepsOfConnector(connector);
  }

  /** Takes the next request; answers the steps that it was, of those that are waited for. */
  take(request: HeardRequest): ConnectorStep[] {
    this.#requests.push(request);
    if (request.connector === null) return [];
    const steps = this.#stepsOf(request).filter((step) => this.#guides.some((guide) => guide.step === step));
    for (const step of steps) this.#came.set(step, request);
    return steps;
  }

  get requests(): readonly HeardRequest[] {
    return this.#requests;
  }

  get states(): readonly StepState[] {
    return this.#guides.map((guide) => ({
      ...guide,
      name: stepNames[guide.step],
      came: this.#came.get(guide.step),
    }));
  }

  /** Whether all came, and were done. */
  get isWell(): boolean {
    return this.states.every(({ came }) => came?.outcome === "done");
  }

  #stepsOf(request: HeardRequest): ConnectorStep[] {
    const { method, path, outcome, code } = request;
    if (method === "GET" || method === "HEAD" || path.endsWith(".search"))
      // of one resource that is gone, 404 is a good answer; and whoever may not read groups is connected
      return outcome === "refused" && (path.endsWith("/:id") || code === "insufficientScope")
        ? []
        : ["connection"];
    if (outcome === "turnedAway") return ["connection"];
    // some providers read nothing before they write
    const connects = outcome === "done" && this.#came.get("connection")?.outcome !== "done";
    return [...(connects ? (["connection"] as const) : []), ...this.#writes(request)];
  }

  #writes({ method, path, target, outcome, parts }: HeardRequest): ConnectorStep[] {
    const isTaken = outcome === "done" || outcome === "held";
    switch (`${method} ${path}`) {
      case "POST Users":
        return ["create"];
      case "PUT Users/:id":
      case "PATCH Users/:id":
        return this.#userSteps({ method, target, parts }, isTaken);
      case "POST Groups":
      case "PUT Groups/:id":
      case "PATCH Groups/:id":
        return this.#groupSteps({ method, target, parts }, isTaken);
      case "DELETE Users/:id":
      case "DELETE Groups/:id":
        return ["delete"];
      default:
        return [];
    }
  }

  #groupSteps({ method, target, parts }: Written, isTaken: boolean): ConnectorStep[] {
    const members = parts.filter(({ path }) => /^members\b/.test(path));
    const isFilled = members.some(({ is }) => is !== "0 values");
    const isNew = method === "POST" || this.#empty.has(target);
    const [wasFilled, others] = [this.#filled.has(target), this.#filled.size > 0];
    if (isTaken && isFilled) {
      this.#empty.delete(target);
      this.#filled.add(target);
    } else if (isTaken && method === "POST") this.#empty.add(target);
    // the first members of a group are part of its push; of a second group they are another role besides
    if (isNew) return isFilled && others ? ["group", "role"] : ["group"];
    // a whole group without members has none any more
    if (members.length === 0) return method === "PUT" && wasFilled ? ["role"] : ["group"];
    const isPush = parts.some(({ path }) => path === "displayName") && !this.#came.has("group");
    return isPush ? ["group", "role"] : ["role"];
  }

  #userSteps({ method, target, parts }: Written, isTaken: boolean): ConnectorStep[] {
    const active = parts.find(({ path }) => path === "active")?.is;
    if (active === "false") {
      if (isTaken) this.#inactive.add(target);
      return ["deactivate"];
    }
    const steps: ConnectorStep[] = [];
    if (active === "true" && this.#inactive.has(target)) {
      if (isTaken) this.#inactive.delete(target);
      steps.push("reactivate");
    } else if (method === "PUT" || parts.some(({ path }) => !besides.has(path))) steps.push("update");
    if (method === "PATCH" && parts.some(({ path }) => /^(roles|entitlements)\b/.test(path)))
      steps.push("role");
    return steps;
  }
}
