/** A request as a client that is not hg could send it, with headers as they are. */
import { once } from "node:events";
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { password } from "../../agent/mercurial/world.ts";

export interface Asked {
  /** Who authenticates; nobody where it is absent. */
  readonly as?: string | undefined;
  readonly path?: string;
  readonly method?: string;
  /** A list is a header that comes several times. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Buffer;
  /** Without TLS, as nobody but a proxy speaks to gunicorn. */
  readonly plain?: boolean;
}

export interface Answered {
  readonly status: number;
  readonly reason: string;
  readonly body: string;
}

export async function ask(port: number, asked: Asked): Promise<Answered> {
  const { as, path = "/core/api?cmd=heads", method = "GET", headers = {}, body, plain = false } = asked;
  const options = {
    port,
    path,
    method,
    host: "127.0.0.1",
    agent: false as const,
    rejectUnauthorized: false,
    ...(as === undefined ? {} : { auth: `${as}:${password}` }),
    headers: headers as Record<string, string | string[]>,
  };
  const sent = plain ? requestHttp(options) : requestHttps(options);
  sent.end(body);
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  let text = "";
  for await (const part of answer.setEncoding("utf8")) text += part;
  return { status: answer.statusCode ?? 0, reason: answer.statusMessage ?? "", body: text };
}
