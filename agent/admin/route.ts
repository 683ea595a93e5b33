/** How a part of the admin API adds its routes. */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Role } from "../../api/contract.ts";
import type { TokenHolder } from "./holder.ts";

/** Adds a route below `/v1` for those of a role and above. */
export type AddRoute = (
  method: "GET" | "PUT" | "POST" | "DELETE",
  url: string,
  role: Role,
  answer: (request: FastifyRequest, reply: FastifyReply, holder: TokenHolder) => Promise<unknown>,
) => unknown;
