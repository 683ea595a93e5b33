/** One HTTP request, over TLS with an authority of its own; Node's fetch takes none. */
import { request as httpRequest } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";

export interface Sent {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface Sending extends Pick<RequestOptions, "agent" | "ca" | "socketPath"> {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

/** Sends a request on a connection of its own, or on one of the agent that is given. */
export function send(
  url: string,
  { method = "GET", headers = {}, body = "", agent = false, ...options }: Sending = {},
): Promise<Sent> {
  const length = { "Content-Length": String(Buffer.byteLength(body)) };
  const request = url.startsWith("https:") ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      { method, agent, headers: { ...headers, ...length }, ...options },
      (incoming) => {
        let text = "";
        incoming.setEncoding("utf8").on("data", (part: string) => {
          text += part;
        });
        incoming.on("error", reject).on("end", () => {
          const received = new Headers();
          for (const [name, values] of Object.entries(incoming.headersDistinct))
            for (const value of values ?? []) received.append(name, value);
          resolve({ status: incoming.statusCode ?? 0, headers: received, text });
        });
      },
    );
    outgoing.on("error", reject).end(body);
  });
}
