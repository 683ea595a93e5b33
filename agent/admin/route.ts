/** How a route of the admin API is added: below `/v1`, for whoever has the role. */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Role } from "../../api/contract.ts";
import type { TokenHolder } from "./holder.ts";

export type AddRoute = (
  method: "GET" | "PUT" | "POST" | "DELETE",
  url: string,
  role: Role,
  answer: (request: FastifyRequest, reply: FastifyReply, holder: TokenHolder) => Promise<unknown>,
) => void;
