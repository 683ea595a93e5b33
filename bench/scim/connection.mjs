/**
 * One kept-alive HTTP/1.1 connection with a request at a time, on a bare socket: whoever makes the load has the same two
 * processors as what is measured, and node:http would take a good part of one.
 */
import { once } from "node:events";
import { connect } from "node:net";

const endOfHead = "\r\n\r\n";

export class Connection {
  #socket;
  #head;
  #base;
  #parts = [];
  #waiting;

  /** Connects to a server: `{ base: "http://host:port/path", token }`. */
  static async open({ base, token }) {
    const { hostname, port, host, pathname } = new URL(base);
    const socket = connect(Number(port), hostname).setNoDelay(true);
    await once(socket, "connect");
    const head = `Host: ${host}\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/scim+json\r\n`;
    return new Connection(socket, pathname, head);
  }

  constructor(socket, base, head) {
    this.#socket = socket;
    this.#base = base.replace(/\/$/, "");
    this.#head = head;
    socket.on("data", (part) => this.#read(part));
    const broken = (error) => this.#waiting?.reject(error ?? new Error("the server closed the connection"));
    socket.on("error", broken).on("close", () => broken());
  }

  /** Answers status, body, and the milliseconds from the first byte sent until the last received. */
  request(method, path, body) {
    const text = body === undefined ? "" : JSON.stringify(body);
    const length = `Content-Length: ${Buffer.byteLength(text)}`;
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject, start: performance.now() };
      this.#socket.write(
        `${method} ${this.#base}${path} HTTP/1.1\r\n${this.#head}${length}${endOfHead}${text}`,
      );
    });
  }

  /** The answer's body as JSON; throws when its status is another. */
  async expect(status, method, path, body) {
    const answer = await this.request(method, path, body);
    if (answer.status !== status)
      throw new Error(`${method} ${path}: ${answer.status} ${answer.body.toString().slice(0, 500)}`);
    return { ...answer, json: answer.body.length > 0 ? JSON.parse(answer.body.toString()) : undefined };
  }

  close() {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #read(part) {
    this.#parts.push(part);
    const received = this.#parts.length === 1 ? part : Buffer.concat(this.#parts);
    this.#parts = [received];
    const end = received.indexOf(endOfHead);
    if (end < 0) return;
    const head = received.latin1Slice(0, end);
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    const start = end + endOfHead.length;
    if (received.length < start + length) return;
    const { resolve, reject, start: sent } = this.#waiting;
    this.#parts = [];
    if (/\r\ntransfer-encoding:/i.test(head)) reject(new Error("an answer in chunks is not understood"));
    else
      resolve({
        status: Number(head.slice(9, 12)),
        body: received.subarray(start, start + length),
        milliseconds: performance.now() - sent,
      });
  }
}
