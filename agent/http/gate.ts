/**
 * What stands before and behind the routes of every listener: who is let in before a body is read, and how whoever is
 * not, or asks for what is not there, or meets a failure, is answered.
 */
import type { FastifyRequest } from "fastify";
import fastifyPlugin from "fastify-plugin";
import type { Result } from "../../model/result.ts";
import type { ErrorForm, HttpError } from "./error-form.ts";
import { answerAndLinger, mustLinger } from "./lingering.ts";

declare module "fastify" {
  interface FastifyReply {
    /** Answers with an error in the listener's own form, and logs it. */
    refuse(error: HttpError): FastifyReply;
  }
}

export interface GateOptions {
  readonly form: ErrorForm;
  /** Judges a request by its headers. What it answers for one that is let in is the request's decorator `admitted`. */
  admit(request: FastifyRequest): Promise<Result<unknown, HttpError>>;
  /** What is told where there is no route. */
  nothingHere(request: FastifyRequest): HttpError;
  /** What is told of an error that is no client's mistake, and for which it is worth to come again; undefined for any other. */
  unavailable(error: Error): string | undefined;
}

/** In how many seconds a client shall come again that is told 503 (RFC 9110, section 10.2.3). */
const retryAfter = { soon: "1", later: "30" };

/** The fastify plugin that does all this for the server that it is registered with. */
export const gate = fastifyPlugin<GateOptions>(
  async (server, { form, admit, nothingHere, unavailable }) => {
    server.decorateReply("refuse", function (error) {
      const { log, method, url, headers } = this.request;
      const { status, detail } = error;
      // without the query, in which people's names stand; and nothing of who is not let in: guesses would fill the log
      if (status !== 401 && status !== 429)
        log.info({ method, path: url.split("?")[0]?.slice(0, 300), status, ...form.facts(error) }, detail);
      const body = JSON.stringify(form.body(error));
      this.code(status)
        .headers({ ...(status === 503 && { "Retry-After": retryAfter.later }), ...error.headers })
        .type(form.type(headers.accept));
      if (!mustLinger(this.request.raw, this.raw, status)) return this.send(body);
      answerAndLinger(this.request.raw, this.raw, status, this.getHeaders(), body);
      return this.hijack();
    });

    server.decorateRequest("admitted");
    // before the body is read: what is not let in costs nothing
    server.addHook("onRequest", async (request, reply) => {
      const admission = await admit(request);
      if (!admission.ok) return reply.refuse(admission.error);
      request.setDecorator("admitted", admission.value);
    });

    server.setNotFoundHandler((request, reply) => reply.refuse(nothingHere(request)));

    server.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
      const again = unavailable(error);
      // whoever says it in other words than the error's has not put that into the log
      if (again !== undefined && again !== error.message) request.log.error(error);
      if (again !== undefined)
        return reply.refuse({ ...form.of(503, again), headers: { "Retry-After": retryAfter.soon } });
      if (error.statusCode !== undefined && error.statusCode < 500)
        return reply.refuse(form.of(error.statusCode, error.message));
      request.log.error(error);
      return reply.refuse(form.of(500, "the agent failed; its log says why"));
    });
  },
  { name: "gate", fastify: "5.x" },
);

/** What `admit` answered for a request that was let in. */
export function admitted<T>(request: FastifyRequest): T {
  return request.getDecorator<T>("admitted");
}
