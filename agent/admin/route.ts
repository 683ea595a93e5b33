/** How a part of the admin API adds its routes. */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Role } from "../../api/contract.ts";
import type { ResourceOperation } from "../operations/operation.ts";
import type { TokenHolder } from "./holder.ts";

/** Who asks, and what every operation that comes of it says of that. */
export interface AskingHolder extends TokenHolder {
  readonly by: Pick<ResourceOperation, "actor" | "traceparent">;
}

/** Adds a route below `/v1` for those of a role and above. */
export type AddRoute = (
  method: "GET" | "PUT" | "POST" | "DELETE",
  url: string,
  role: Role,
  answer: (request: FastifyRequest, reply: FastifyReply, caller: AskingHolder) => Promise<unknown>,
) => unknown;
