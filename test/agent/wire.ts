/** Bytes to a listener and back, for requests that no client library sends; and what a request may have changed. */
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import Database from "libsql";
import type { Harness } from "./harness.ts";

export interface Answer {
  readonly status: number;
  /** By lower-cased name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Sends bytes over plain TCP, at once or as a function writes them, and reads until the other side closes.
 * `Connection: close` in them makes it do so.
 */
export function exchange(
  url: string,
  bytes: string | Uint8Array | ((socket: Socket) => void),
): Promise<Answer[]> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    const socket = connect(Number(port), hostname, () =>
      typeof bytes === "function" ? bytes(socket) : void socket.write(bytes),
    );
    socket.on("data", (part) => parts.push(part));
    // closed while something of ours was still on its way: what came before counts
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "ECONNRESET" && error.code !== "EPIPE") reject(error);
    });
    socket.on("close", () => {
      try {
        resolve(answersIn(Buffer.concat(parts).toString("latin1")));
      } catch (error) {
        reject(error);
      }
    });
    socket.setTimeout(30_000, () => socket.destroy(new Error("no answer, and not closed")));
  });
}

/** An HTTP/1.1 request as text. */
export function requestText(
  method: string,
  target: string,
  headers: readonly string[] = [],
  body = "",
): string {
  const length = body === "" ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  return [
    `${method} ${target} HTTP/1.1`,
    "Host: hg.example.com",
    "Connection: close",
    ...headers,
    ...length,
    "",
    body,
  ].join("\r\n");
}

function answersIn(text: string): Answer[] {
  const answers: Answer[] = [];
  for (let rest = text; rest !== ""; ) {
    const end = rest.indexOf("\r\n\r\n");
    const [line = "", ...lines] = rest.slice(0, end).split("\r\n");
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(line)?.[1]);
    if (end < 0 || !status) throw new Error(`not an HTTP response: ${JSON.stringify(rest.slice(0, 200))}`);
    const headers = Object.fromEntries(
      lines.map((header) => [header.split(":", 1)[0]?.toLowerCase() ?? "", header.replace(/^[^:]*:\s*/, "")]),
    );
    const length = Number(headers["content-length"] ?? 0);
    const body = Buffer.from(rest.slice(end + 4, end + 4 + length), "latin1").toString("utf8");
    answers.push({ status, headers, body });
    rest = rest.slice(end + 4 + length);
  }
  return answers;
}

/** All that a refused request must leave as it was: the store but for its audit, and the access file. */
export function stateOf({ config, accessFile }: Harness): string {
  const database = new Database(join(config.data, "store.db"), { readonly: true });
  const tables = ["users", "groups", "members", "owners", "releases", "activations"];
  const rows = tables.map((table) =>
    database.prepare(`SELECT * FROM ${table}`).raw().all().map(String).sort(),
  );
  database.close();
  return JSON.stringify([rows, accessFile()]);
}
