/** A receiver of webhooks on loopback, which keeps what it is sent and answers as a test says. */
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import { endServer, listenOn } from "../../loopback.ts";
import type { ReleaseShape } from "../harness.ts";

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // a test reads what it expects to be there
  // biome-ignore lint/suspicious/noExplicitAny: bodies of every shape
  readonly body: any;
}

export class Receiver {
  readonly received: Received[] = [];
  /** How it answers the next one; with 204 when absent. */
  answer: ((response: ServerResponse) => void) | undefined;
  #server: Server | undefined;
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}/hook-of-nobody-else`;
  }

  get host(): string {
    return `127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => {
      // a preflight asks whether somebody is there
      if (request.method === "HEAD") return void response.writeHead(405).end();
      let text = "";
      request.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      request.on("end", () => {
        this.received.push({ headers: request.headers, text, body: JSON.parse(text) });
        if (this.answer) this.answer(response);
        else response.writeHead(204).end();
      });
    });
    this.#port = await listenOn(server, this.#port);
    this.#server = server;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    await endServer(server);
  }

  /** What it was sent of one kind. */
  of(kind: string): Received[] {
    return this.received.filter(({ body }) => body.type === `hgscim.${kind}`);
  }
}

/** A secret that signs, of the form that the standard asks for. */
export const signingSecret = `whsec_${Buffer.from("a key of a test, of 32 bytes ...").toString("base64")}`;

/** Has a release send alerts to a receiver; what they say besides is in `parts`. */
export function alerting(receiver: Pick<Receiver, "url">, ...alerts: readonly object[]) {
  return (draft: ReleaseShape) => {
    Object.assign(draft.variables, {
      ALERT_WEBHOOK: { type: "secret", secret: "alert-webhook" },
      ALERT_SECRET: { type: "secret", secret: "alert-secret" },
    });
    process.env.SCIM_TEST_WEBHOOK = receiver.url;
    process.env.SCIM_TEST_SIGNING = signingSecret;
    Object.assign(draft.secrets, {
      "alert-webhook": { refs: ["ref+env://SCIM_TEST_WEBHOOK"] },
      "alert-secret": { refs: ["ref+env://SCIM_TEST_SIGNING"] },
    });
    draft.settings.alerts = alerts.map((alert) => ({
      to: { var: "ALERT_WEBHOOK" },
      secret: { var: "ALERT_SECRET" },
      ...alert,
    }));
  };
}
