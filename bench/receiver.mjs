/** Where alerts go while something is measured: a webhook on loopback that verifies what it takes, and may be slow. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { Webhook } from "standardwebhooks";

/**
 * Starts one.
 *
 * @param {{ delay?: number, told?: (alert: object, at: number) => void }} options after how many milliseconds it answers; who is
 *   told of each alert, once, when it has come whole
 * @returns `egress` and `secrets`, which the agent is to be started with; `alert(release, entry)`, by which a release tells it;
 *   `taken`, the alerts by their ids; `refused`, why others were not taken; `repeats`, how many came again
 */
export async function startReceiver({ delay = 0, told = () => undefined } = {}) {
  const secret = `whsec_${randomBytes(32).toString("base64")}`;
  const verifier = new Webhook(secret);
  const [taken, refused] = [new Map(), []];
  const state = { taken, refused, repeats: 0 };
  const server = createServer(async (request, response) => {
    // a preflight asks whether somebody is there
    if (request.method === "HEAD") return response.writeHead(405).end();
    let text = "";
    for await (const part of request.setEncoding("utf8")) text += part;
    const at = performance.now();
    try {
      const alert = verifier.verify(text, request.headers);
      const id = request.headers["webhook-id"];
      if (taken.has(id)) state.repeats++;
      else {
        taken.set(id, alert);
        told(alert, at);
      }
    } catch (error) {
      refused.push(String(error));
    }
    if (delay > 0) await sleep(delay);
    response.writeHead(204).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  return Object.assign(state, {
    egress: [`127.0.0.1:${port}`],
    secrets: { SCIM_ALERT_WEBHOOK: `http://127.0.0.1:${port}/hook`, SCIM_ALERT_SECRET: secret },
    alert(release, entry) {
      Object.assign(release.variables, {
        ALERT_WEBHOOK: { type: "secret", secret: "alert-webhook" },
        ALERT_SECRET: { type: "secret", secret: "alert-secret" },
      });
      Object.assign(release.secrets, {
        "alert-webhook": { refs: ["ref+env://SCIM_ALERT_WEBHOOK"] },
        "alert-secret": { refs: ["ref+env://SCIM_ALERT_SECRET"] },
      });
      release.settings.alerts = [{ to: { var: "ALERT_WEBHOOK" }, secret: { var: "ALERT_SECRET" }, ...entry }];
    },
    stop() {
      server.close();
      server.closeAllConnections();
    },
  });
}
