/**
 * One HTTP exchange by Node's own client: a whole request, a whole answer, or the reason why there is none in words.
 * No library, since the provider is started several times in each run of terraform.
 */
import { request as httpRequest, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Certificate authorities, PEM, in place of the public ones. */
  readonly ca?: string | undefined;
  /** Milliseconds in which the answer must be complete. */
  readonly timeout: number;
}

export type HttpAnswer =
  | { readonly ok: true; readonly status: number; readonly body: string }
  | { readonly ok: false; readonly reason: string };

/** Sends a request and reads the whole answer. Redirects are answers like any other. */
export function exchange(request: HttpRequest): Promise<HttpAnswer> {
  const { url, body = "", timeout } = request;
  const deadline = AbortSignal.timeout(timeout);
  const options: RequestOptions & { ca?: string } = {
    method: request.method,
    headers: { ...request.headers, "content-length": String(Buffer.byteLength(body)) },
    signal: deadline,
    // a connection each: one that was kept may be closed by the other side just as a request goes out on it
    agent: false,
    ...(request.ca === undefined ? {} : { ca: request.ca }),
  };
  return new Promise((resolve) => {
    const fail = (error: unknown) =>
      resolve({
        ok: false,
        reason: deadline.aborted ? `no answer within ${timeout / 1000} s` : reasonOf(error),
      });
    try {
      const send = url.protocol === "https:" ? httpsRequest : httpRequest;
      const outgoing = send(url, options, (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("error", fail);
        incoming.on("end", () =>
          resolve({ ok: true, status: incoming.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
        );
      });
      outgoing.on("error", fail);
      outgoing.end(body);
    } catch (error) {
      fail(error);
    }
  });
}

const reasons: Record<string, string> = {
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "the connection broke off",
  EPIPE: "the connection broke off",
  ENOTFOUND: "no such host",
  EAI_AGAIN: "the host's name cannot be looked up",
  ETIMEDOUT: "the host does not answer",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "no route to the host",
  ERR_INVALID_CHAR: "the token holds characters that cannot be sent (expected printable ASCII)",
  EPROTO: "it does not speak TLS",
  CERT_HAS_EXPIRED: "its certificate has expired",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is not signed by a known authority (expected one of `ca`)",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is not signed by a known authority (expected one of `ca`)",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    "its certificate is not signed by a known authority (expected one of `ca`)",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    "its certificate is not signed by a known authority (expected one of `ca`)",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another host",
};

function reasonOf(error: unknown): string {
  // several addresses tried: what the last one said stands for all
  const cause = error instanceof AggregateError ? (error.errors.at(-1) ?? error) : error;
  const { code, message } = cause as NodeJS.ErrnoException;
  return reasons[code ?? ""] ?? code ?? message;
}
