/** Operations as HTTP writes them (RFC 7644, section 3.2): which one a method asks for at a path, and what is answered. */
import type { JsonObject } from "../../scim/json.ts";
import type { ResourceOperation } from "../operations/operation.ts";
import type { Outcome } from "../operations/outcome.ts";
import { answerOf } from "./refusal.ts";

/** A request that writes, below a connector's base URL: `PATCH /Users/17`. */
export interface WriteRequest {
  readonly method: "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body: JsonObject;
}

/** The operation that a request asks for; undefined where nothing answers the method at the path. */
export function operationAt(
  { method, path, body }: WriteRequest,
  { actor, connector }: Pick<ResourceOperation, "actor" | "connector">,
): ResourceOperation | undefined {
  const [, endpoint, id = ""] = /^\/(Users|Groups)(?:\/([^/]+))?$/.exec(path) ?? [];
  if (endpoint === undefined || (method === "POST") !== (id === "")) return undefined;
  const common = { actor, connector, kind: endpoint === "Users" ? "user" : "group" } as const;
  switch (method) {
    case "POST":
      return { ...common, verb: "create", body };
    case "PUT":
      return { ...common, verb: "replace", id, body };
    case "PATCH":
      return { ...common, verb: "modify", id, body };
    case "DELETE":
      return { ...common, verb: "delete", id };
  }
}

/** The HTTP status of an answer that shows whatever a request without parameters shows. */
export function statusOf({ kind, verb }: ResourceOperation, outcome: Outcome): number {
  if (outcome.kind !== "done") return answerOf(outcome).status;
  if (verb === "create") return 201;
  // a group of thousands is not read back to say that one joined (RFC 7644, section 3.5.2 allows 204)
  return verb === "delete" || (verb === "modify" && kind === "group") ? 204 : 200;
}
