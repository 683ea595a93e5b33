/** How a request comes over a connection: whole, in chunks, slowly, or cut off. */
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export interface Delivery {
  readonly method: string;
  /** Below the connector's base URL. */
  readonly target: string;
  readonly query: string;
  readonly headers: readonly string[];
  /** The characters U+F780 to U+F7FF stand for the bytes 80 to FF. */
  readonly body: string;
  /** `right` stands for the token. */
  readonly authorization: string;
  readonly isChunked: boolean;
  /** Comes in pieces, the headers too. */
  readonly isSlow: boolean;
  /** How much of it comes before the client is gone: of 1 all. */
  readonly part: number;
}

/** Writes a request to a connection, as it says how. */
export async function deliver(
  socket: Socket,
  base: string,
  token: string,
  { method, target, query, headers, body, authorization, isChunked, isSlow, part }: Delivery,
): Promise<void> {
  const content = bytesOf(body);
  const credentials = authorization === "right" ? `Bearer ${token}` : authorization;
  const head = [
    `${method} ${base}${target}${query && `?${query}`} HTTP/1.1`,
    "Host: hg.example.com",
    "Connection: close",
    ...(credentials ? [`Authorization: ${credentials}`] : []),
    ...headers,
    ...(content.length === 0
      ? []
      : [isChunked ? "Transfer-Encoding: chunked" : `Content-Length: ${content.length}`]),
    ...["", ""],
  ].join("\r\n");
  const all = Buffer.concat([Buffer.from(head, "latin1"), isChunked ? inChunks(content) : content]);
  const sent = all.subarray(0, Math.floor(all.length * part));
  const size = isSlow ? Math.ceil(sent.length / 4) : sent.length;
  for (let at = 0; at < sent.length && socket.writable; at += size) {
    socket.write(sent.subarray(at, at + size));
    if (isSlow) await sleep(2);
  }
  if (part < 1) socket.end();
}

function bytesOf(text: string): Buffer {
  return Buffer.concat(
    text
      .split(/([\uf780-\uf7ff])/)
      .map((piece, i) => (i % 2 === 1 ? Buffer.from([piece.charCodeAt(0) & 0xff]) : Buffer.from(piece))),
  );
}

function inChunks(content: Buffer): Buffer {
  const size = Math.max(1, Math.ceil(content.length / 5));
  const parts: Buffer[] = [];
  for (let at = 0; at < content.length; at += size) {
    const part = content.subarray(at, at + size);
    parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from("\r\n"));
  }
  return content.length === 0 ? content : Buffer.concat([...parts, Buffer.from("0\r\n\r\n")]);
}
