/**
 * Answers to requests whose body is still on its way, on connections that close after the answer. A connection that is
 * closed with bytes unread is reset, and a reset takes from the client what it has not read yet: it learns that the
 * connection broke, and not why. So what comes is read and thrown away for a while.
 *
 * Source: RFC 9112, section 9.6.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Milliseconds } from "../../model/time.ts";

/** How long nothing may come, and how long a client may go on sending, before the connection is closed in any case. */
const lingering: Readonly<Record<"idle" | "atMost", Milliseconds>> = { idle: 1_000, atMost: 30_000 };

/** Whether an answer to a request has to wait for its body: no more of it will be read, and the connection closes. */
export function mustLinger(request: IncomingMessage, response: ServerResponse, status: number): boolean {
  // who keeps the connection is asked for nothing: Node reads the rest before the next request
  return !request.complete && (status === 413 || !response.shouldKeepAlive);
}

/** Sends the whole answer at once, and closes the connection when the body has come, or does not come. */
export function answerAndLinger(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string | number | string[] | undefined>>,
  body: string,
): void {
  const given = Object.entries(headers).filter(([, value]) => value !== undefined);
  response.writeHead(status, {
    ...(Object.fromEntries(given) as Record<string, string>),
    "Content-Length": Buffer.byteLength(body),
    Connection: "close",
  });
  response.write(body);
  const end = () => {
    for (const timer of timers) clearTimeout(timer);
    response.end();
  };
  let parts = 0;
  const idle = setTimeout(() => {
    const before = parts;
    // what came while this process was busy is read before it counts as nothing
    setImmediate(() => (parts === before ? end() : idle.refresh()));
  }, lingering.idle).unref();
  const timers = [idle, setTimeout(end, lingering.atMost).unref()];
  request
    .on("data", () => {
      parts++;
      idle.refresh();
    })
    .once("end", end)
    .once("close", end)
    .on("error", end);
}
