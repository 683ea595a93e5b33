/**
 * The answers to what never becomes a request: bytes that are not HTTP, too many of them, or too slow ones.
 *
 * Source: RFC 9112, sections 2.2 and 9.3.2; RFC 6585, section 5.
 */
import { once } from "node:events";
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { Milliseconds } from "../../model/time.ts";
import type { ErrorForm } from "./error-form.ts";

/** How long a client may go on sending what is no longer read, so that it still gets the answer. */
const lingering: Milliseconds = 2_000;

/** Answers what Node's server reports as `clientError`, and closes the connection. */
export class ClientErrors {
  readonly #form: ErrorForm;
  readonly #open = new WeakMap<Socket, Map<IncomingMessage, ServerResponse>>();

  constructor(form: ErrorForm) {
    this.#form = form;
  }

  /** Notes a request, until its response is done. */
  note(request: IncomingMessage, response: ServerResponse): void {
    const open = this.#open.get(request.socket) ?? new Map();
    this.#open.set(request.socket, open.set(request, response));
    response.once("close", () => open.delete(request));
  }

  /** The answer comes behind those of earlier requests: a client takes each for that of its next one. */
  async handle({ code }: NodeJS.ErrnoException, socket: Socket): Promise<void> {
    // whatever is written behind the answer must not end the process
    socket.on("error", () => undefined);
    if (code === "ECONNRESET") {
      socket.destroy();
      return;
    }
    const open = [...(this.#open.get(socket) ?? [])];
    // a request that is not whole yet is the one that is wrong
    const earlier = open.filter(([request, response]) => request.complete || response.headersSent);
    await Promise.all(earlier.map(([, response]) => once(response, "close")));
    if (socket.writable) this.#answer(code, socket);
    socket.resume();
    setTimeout(() => socket.destroy(), lingering).unref();
  }

  #answer(code: string | undefined, socket: Socket): void {
    const [status, detail] = wordsFor(code);
    const body = JSON.stringify(this.#form.body(this.#form.of(status, detail)));
    socket.end(
      [
        `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
        `Content-Type: ${this.#form.type()}`,
        `Content-Length: ${Buffer.byteLength(body)}`,
        "Connection: close",
        "",
        body,
      ].join("\r\n"),
    );
  }
}

function wordsFor(code: string | undefined): [status: number, detail: string] {
  if (code === "HPE_HEADER_OVERFLOW") return [431, "the address and the headers are larger than 16 KiB"];
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return [408, "the request took too long to arrive"];
  return [400, "this is not HTTP/1.1"];
}
