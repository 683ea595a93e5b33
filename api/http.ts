/**
 * One HTTP exchange by Node's own client: a whole request, a whole answer, or the reason why there is none in words.
 * No library, since the provider is started several times in each run of terraform.
 */
import { request as httpRequest, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { certificateNames } from "../model/certificate-names.ts";
import { fail, ok, type Result } from "../model/result.ts";
import type { Milliseconds } from "../model/time.ts";
import { socketAddress } from "./local-socket.ts";

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  /** The socket of this host that is asked instead of the URL's host. */
  readonly socketPath?: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Certificate authorities, PEM, in place of the public ones. */
  readonly ca?: string | undefined;
  /** In which the answer must be complete. */
  readonly timeout: Milliseconds;
}

export interface HttpAnswer {
  readonly status: number;
  /** The reason phrase. */
  readonly reason: string;
  readonly body: string;
}

/** Why there is no answer. */
export interface NoAnswer {
  readonly reason: string;
  /** Whether somebody answers there, whose certificate is not what was expected. */
  readonly untrusted: boolean;
}

/** Sends a request and reads the whole answer. Redirects are answers like any other. */
export function exchange(request: HttpRequest): Promise<Result<HttpAnswer, NoAnswer>> {
  const { url, body = "", timeout } = request;
  // node:tls takes text without a certificate in it for no authority at all
  if (request.ca !== undefined && !request.ca.includes(pemBegin))
    return Promise.resolve(
      fail({ reason: `\`ca\` holds no certificate (expected PEM: ${pemBegin})`, untrusted: true }),
    );
  const deadline = AbortSignal.timeout(timeout);
  const options: RequestOptions & { ca?: string } = {
    method: request.method,
    headers: { ...request.headers, "content-length": String(Buffer.byteLength(body)) },
    signal: deadline,
    // a connection each: one that was kept may be closed by the other side just as a request goes out on it
    agent: false,
    ...(request.ca === undefined ? {} : { ca: request.ca }),
    ...(request.socketPath === undefined ? {} : { socketPath: socketAddress(request.socketPath) }),
  };
  return new Promise((resolve) => {
    const giveUp = (error: unknown) =>
      resolve(
        fail(
          deadline.aborted
            ? { reason: `no answer within ${Math.round(timeout / 10) / 100} s`, untrusted: false }
            : whyNoAnswer(error, url),
        ),
      );
    try {
      const send = url.protocol === "https:" ? httpsRequest : httpRequest;
      const outgoing = send(url, options, (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("error", giveUp);
        incoming.on("end", () =>
          resolve(
            ok({
              status: incoming.statusCode ?? 0,
              reason: incoming.statusMessage ?? "",
              body: Buffer.concat(chunks).toString(),
            }),
          ),
        );
      });
      outgoing.on("error", giveUp);
      outgoing.end(body);
    } catch (error) {
      giveUp(error);
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
  ENOENT: "nothing listens there",
  EACCES: "this user may not connect to it",
  EPROTO: "it does not speak TLS",
  ERR_SSL_WRONG_VERSION_NUMBER: "it does not speak TLS",
};

const pemBegin = "-----BEGIN CERTIFICATE-----";
const unknownAuthority = "its certificate is not signed by a known authority (expected one of `ca`)";

/** By OpenSSL's codes for what a certificate lacks, as node:tls reports them. */
const certificateReasons: Record<string, string> = {
  CERT_HAS_EXPIRED: "its certificate has expired",
  CERT_NOT_YET_VALID: "its certificate is not valid yet",
  CERT_SIGNATURE_FAILURE: unknownAuthority,
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
};

/** The error of a request that got no answer, in words. */
export function whyNoAnswer(error: unknown, { protocol, hostname }: URL): NoAnswer {
  // several addresses tried: what the last one said stands for all
  const cause = error instanceof AggregateError ? (error.errors.at(-1) ?? error) : error;
  const { code = "", message } = cause as NodeJS.ErrnoException;
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return {
      reason: `its certificate is for ${namesOf(cause)} (expected one for ${hostname})`,
      untrusted: true,
    };
  const wrong = certificateReasons[code];
  if (wrong) return { reason: wrong, untrusted: true };
  if (code === "ECONNRESET" && protocol === "http:")
    return { reason: `${reasons.ECONNRESET} (is it an https address?)`, untrusted: false };
  return { reason: reasons[code] ?? (code || message), untrusted: false };
}

/** The hosts that a certificate is for, which node:tls hands over with its complaint. */
function namesOf(cause: { readonly cert?: { readonly subjectaltname?: string } }): string {
  const names = certificateNames(cause.cert?.subjectaltname);
  return names.length > 0 ? names.slice(0, 5).join(", ") : "another host";
}
