/** One attempt to deliver by HTTP: a POST whose answer is its status alone. Nothing that is said of it has the address in it. */
import { request as httpRequest, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { whyNoAnswer } from "../../api/http.ts";
import type { Milliseconds, Time } from "../../model/time.ts";

/** In which a receiver must have answered, however slowly its answer comes. */
const patience: Milliseconds = 10_000;

/** The longest that a receiver may ask us to wait. */
const longestWait: Milliseconds = 86_400_000;

/** What receivers answer whose library verifies signature and time, and takes the one or the other for wrong. */
const refusals: ReadonlySet<number> = new Set([400, 401, 403, 422]);

/** What came of an attempt. */
export type Attempt =
  | { readonly kind: "taken" }
  | {
      readonly kind: "failed";
      /** For people, without address and secret. */
      readonly reason: string;
      /** When the receiver wants to be asked again at the earliest. */
      readonly wait?: Milliseconds;
      /** Whether it never wants to be asked again. */
      readonly isLast?: true;
      /** Whether the receiver has read it and does not take it as it is, such as for its time. */
      readonly isRefused?: true;
    };

/** A failed attempt. */
export function failed(reason: string): Attempt {
  return { kind: "failed", reason };
}

/**
 * Posts a body. A redirect is not followed: the host's configuration allows the address that was given, and no other one.
 *
 * @param now by the clock that the receiver has
 */
export function post(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
  { now, signal }: { readonly now: Time; readonly signal: AbortSignal },
): Promise<Attempt> {
  const deadline = AbortSignal.timeout(patience);
  const options: RequestOptions = {
    method: "POST",
    headers: {
      ...headers,
      "content-type": "application/json",
      "content-length": String(Buffer.byteLength(body)),
      "user-agent": "hgscim",
    },
    agent: false,
    signal: AbortSignal.any([deadline, signal]),
  };
  return new Promise((resolve) => {
    const giveUp = (error: unknown) =>
      resolve(
        failed(
          deadline.aborted
            ? `it did not answer within ${patience / 1_000} s`
            : signal.aborted
              ? "the agent stopped"
              : reasonOf(error),
        ),
      );
    try {
      const send = url.protocol === "https:" ? httpsRequest : httpRequest;
      const outgoing = send(url, options, (incoming) => {
        incoming.on("error", () => undefined);
        resolve(answered(incoming.statusCode ?? 0, incoming.headers["retry-after"], now));
        // what else it says is of no interest, and may be without end
        outgoing.destroy();
      });
      outgoing.on("error", giveUp);
      outgoing.end(body);
    } catch (error) {
      giveUp(error);
    }
  });
}

function answered(status: number, retryAfter: string | undefined, now: Time): Attempt {
  if (status >= 200 && status < 300) return { kind: "taken" };
  if (status >= 300 && status < 400)
    return failed(`it answered ${status}, and redirects are not followed (expected the address itself)`);
  const wait = retryAfter === undefined ? undefined : waitOf(retryAfter, now);
  return {
    ...{ kind: "failed", reason: `it answered ${status}` },
    ...(wait !== undefined && { wait: Math.min(wait, longestWait) }),
    // Standard Webhooks: who answers so wants no more
    ...(status === 410 && { isLast: true }),
    ...(refusals.has(status) && { isRefused: true }),
  };
}

/** RFC 9110, section 10.2.3: seconds, or a date. */
function waitOf(text: string, now: Time): Milliseconds | undefined {
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Why there was no answer. The sentences of others name hosts. */
function reasonOf(error: unknown): string {
  const { reason, untrusted } = whyNoAnswer(error, new URL("https://receiver.invalid"));
  if (untrusted) return "its certificate is not trusted here, or is for another host";
  const { code } = error as NodeJS.ErrnoException;
  if (code?.startsWith("HPE_")) return "what it answered is not HTTP";
  return code === undefined && !(error instanceof AggregateError) ? "the connection failed" : reason;
}
