/** A request to a Mercurial host as anybody could send it, and what it is answered: the reason phrase, too, where the extension has its sentence. */
import { randomBytes } from "node:crypto";
import { type IncomingMessage, request as requestHttp, STATUS_CODES } from "node:http";
import { request as requestHttps } from "node:https";
import type { TLSSocket } from "node:tls";
import { whyNoAnswer } from "../../api/http.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import type { Milliseconds, Time } from "../../model/time.ts";

export interface FrontRequest {
  readonly url: URL;
  /** The authority of its certificate, PEM; absent: the public ones. */
  readonly ca?: string | undefined;
  readonly auth?: { readonly account: string; readonly password: string } | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface FrontAnswer {
  readonly status: number;
  /** What a person is told: the reason phrase where it is not the usual one, or else the first words of the body. */
  readonly sentence: string;
  /** All that was answered, in which a nonce may stand. */
  readonly text: string;
  /** When its certificate ends; absent without TLS. */
  readonly certified?: Time | undefined;
}

const patience: Milliseconds = 20_000;
const longestText = 10_000;

/** A password that is nobody's. */
export const noPassword = (): string => randomBytes(18).toString("base64url");

/** Sends a GET, and reads the beginning of the answer; redirects are answers. The error is a sentence. */
export function askFront({
  url,
  ca,
  auth,
  headers = {},
}: FrontRequest): Promise<Result<FrontAnswer, string>> {
  const options = {
    method: "GET",
    agent: false as const,
    signal: AbortSignal.timeout(patience),
    headers: { ...headers, ...(auth && { authorization: basic(auth.account, auth.password) }) },
    ...(ca !== undefined && { ca }),
  };
  return new Promise((resolve) => {
    const giveUp = (error: unknown) => resolve(fail(`no answer: ${whyNoAnswer(error, url).reason}`));
    const send = url.protocol === "https:" ? requestHttps : requestHttp;
    const answered = (incoming: IncomingMessage) => {
      const certified = (incoming.socket as Partial<TLSSocket>).getPeerCertificate?.().valid_to;
      let body = "";
      const end = () => resolve(ok(answerOf(incoming, body, certified)));
      incoming.setEncoding("utf8").on("error", giveUp).on("end", end);
      incoming.on("data", (text: string) => {
        body += text;
        if (body.length > longestText) {
          end();
          incoming.destroy();
        }
      });
    };
    send(url, options, answered).on("error", giveUp).end();
  });
}

const basic = (account: string, password: string) =>
  `Basic ${Buffer.from(`${account}:${password}`).toString("base64")}`;

function answerOf(
  { statusCode: status = 0, statusMessage: reason = "" }: IncomingMessage,
  body: string,
  certified: string | undefined,
): FrontAnswer {
  const [line = ""] = body
    .replace(/<[^>]*>/g, " ")
    .split("\n")
    .map((one) => one.replace(new RegExp(`^\\s*${status}\\b`), "").trim())
    .filter((one) => one.length > 1);
  return {
    status,
    sentence: (reason === STATUS_CODES[status] ? line : reason).slice(0, 300),
    text: `${reason}\n${body}`,
    ...(certified !== undefined && { certified: Date.parse(certified) }),
  };
}
