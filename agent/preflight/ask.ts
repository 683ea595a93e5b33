/**
 * One request to a server, of which each step is told: whether its name is known, who answers, by which certificate, and at what time
 * by its clock. Nothing is sent to one whose certificate is not in order, and redirects are answers.
 */
import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import { connect as connectPlain, isIP, type Socket } from "node:net";
import { connect as connectTls, rootCertificates, type TLSSocket } from "node:tls";
import { whyNoAnswer } from "../../api/http.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import type { Milliseconds, Time } from "../../model/time.ts";
import type { Fault } from "../../preflight/check.ts";
import { judgeCertificate } from "./certificate.ts";
import { addressesOf } from "./lookup.ts";

export interface ServerRequest {
  readonly url: URL;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Certificate authorities, PEM, beside those that are known to everybody. */
  readonly authorities?: readonly string[] | undefined;
  /** Ends it at once. */
  readonly signal: AbortSignal;
  /** What time it is by this system. */
  readonly now: () => Time;
}

export interface ServerAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The beginning of it. */
  readonly text: string;
  /** How much the server's clock is ahead of this system's, where it says what time it is (RFC 9110, section 6.6.1). */
  readonly ahead: Milliseconds | undefined;
  /** Until when the certificates are valid; undefined without TLS. */
  readonly until: Time | undefined;
  /** It works, and not for long any more. */
  readonly soon: Fault | undefined;
}

/** In which one server has to answer. */
const patience: Milliseconds = 4_000;

const longestText = 1024 * 1024;

/** Asks. */
export async function askServer(asked: ServerRequest): Promise<Result<ServerAnswer, readonly Fault[]>> {
  const { url, now } = asked;
  const begun = performance.now();
  const signal = AbortSignal.any([asked.signal, AbortSignal.timeout(patience)]);
  // whoever is in a hurry gives it less than its time
  const late = () => {
    const spent = Math.min(performance.now() - begun, patience);
    return `does not answer within ${Math.round(spent / 100) / 10} s`;
  };
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const addresses = await addressesOf(host, signal);
  if (!addresses.ok)
    return fail([
      unreachable(`${host}: ${addresses.error}`, "correct the host in the address, or the name server"),
    ]);
  const opened = await open(asked, host, addresses.value, { signal, late });
  if (!opened.ok) return opened;
  const { socket, until, soon } = opened.value;
  try {
    const sent = now();
    const { incoming, text } = await exchanged(asked, socket, signal);
    const between = sent + (now() - sent) / 2;
    const date = Date.parse(incoming.headers.date ?? "");
    return ok({
      status: incoming.statusCode ?? 0,
      headers: incoming.headers,
      text,
      ahead: Number.isNaN(date) ? undefined : date - between,
      until,
      soon,
    });
  } catch (error) {
    const why = signal.aborted ? late() : whyNoAnswer(error, url).reason;
    return fail([unreachable(`${url.host}: ${why}`, "start the server, or let this host reach it")]);
  } finally {
    socket.destroy();
  }
}

function unreachable(found: string, mend: string): Fault {
  return { found, expected: "an answer", mend };
}

interface Opened {
  readonly socket: Socket;
  readonly until: Time | undefined;
  readonly soon: Fault | undefined;
}

/** A connection to one of the addresses, whose certificate is in order where there is one. */
async function open(
  { url, authorities, now }: ServerRequest,
  host: string,
  addresses: readonly string[],
  { signal, late }: { readonly signal: AbortSignal; readonly late: () => string },
): Promise<Result<Opened, readonly Fault[]>> {
  let last: unknown;
  const isTls = url.protocol === "https:";
  for (const address of addresses) {
    const to = { host: address, port: Number(url.port || (isTls ? 443 : 80)) };
    const socket = isTls
      ? connectTls({
          ...to,
          ...(isIP(host) ? {} : { servername: host }),
          ...(authorities && authorities.length > 0 && { ca: [...rootCertificates, ...authorities] }),
          // it is judged here, to tell all that is wrong with it
          rejectUnauthorized: false,
        })
      : connectPlain(to);
    try {
      await connected(socket, isTls ? "secureConnect" : "connect", signal);
    } catch (error) {
      last = error;
      socket.destroy();
      if (signal.aborted) break;
      continue;
    }
    if (!isTls) return ok({ socket, until: undefined, soon: undefined });
    const { faults, soon, until } = judgeCertificate(socket as TLSSocket, host, now());
    if (faults.length === 0) return ok({ socket, until, soon });
    socket.destroy();
    return fail(faults.map((fault) => ({ ...fault, found: `${url.host}: ${fault.found}` })));
  }
  const why = signal.aborted ? late() : whyNoAnswer(last, url).reason;
  return fail([
    unreachable(`${url.host}: ${why}`, "start the server, correct the port, or let this host reach it"),
  ]);
}

function connected(socket: Socket, event: "connect" | "secureConnect", signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => socket.destroy(new Error("late"));
    if (signal.aborted) end();
    signal.addEventListener("abort", end, { once: true });
    socket
      .on("error", reject)
      .once(event, resolve)
      .once("close", () => reject(closed()));
  });
}

function closed(): Error {
  return Object.assign(new Error("closed"), { code: "ECONNRESET" });
}

function exchanged(
  { url, method = "GET", headers = {}, body = "" }: ServerRequest,
  socket: Socket,
  signal: AbortSignal,
): Promise<{ readonly incoming: IncomingMessage; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const outgoing: ClientRequest = request(
      {
        createConnection: () => socket,
        method,
        path: `${url.pathname}${url.search}`,
        headers: {
          host: url.host,
          "user-agent": "hgscim-preflight",
          connection: "close",
          ...headers,
          ...(body !== "" && { "content-length": String(Buffer.byteLength(body)) }),
        },
        signal,
      },
      (incoming) => {
        let text = "";
        const end = () => resolve({ incoming, text });
        incoming.setEncoding("utf8").on("error", reject).on("end", end);
        incoming.on("data", (part: string) => {
          text += part;
          if (text.length > longestText) end();
        });
      },
    );
    // a server that has refused a body early closes while the rest of it is sent
    outgoing.on("error", (error) => setImmediate(() => reject(error)));
    outgoing.end(body);
  });
}
