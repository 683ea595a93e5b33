/** A client that sends all of its body before it reads gets the answer, however early the answer was there. */
import http from "node:http";
import https from "node:https";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Harness, startHarness } from "./harness.ts";
import { exchange } from "./wire.ts";

let h: Harness;
beforeAll(async () => {
  h = await startHarness(["core/api"], { scim: { listen: "127.0.0.1:0", tls: "off" } });
  await h.deploy(await h.release());
});
afterAll(() => h.stop());

const mebibyte = "x".repeat(1024 * 1024);
const size = 24;

/** The whole body first, and only then the answer is read. */
const sendFirst = async (url: string, lines: readonly string[], isChunked: boolean) => {
  const framing = isChunked ? "Transfer-Encoding: chunked" : `Content-Length: ${size * mebibyte.length}`;
  const head = [...lines, "Host: hg.example.com", "Content-Type: application/scim+json", framing, "", ""];
  const part = isChunked ? `100000\r\n${mebibyte}\r\n` : mebibyte;
  const errors: Error[] = [];
  const answers = await exchange(url, (socket) => {
    socket.on("error", (error) => errors.push(error)).pause();
    socket.write(head.join("\r\n"));
    for (let i = 1; i < size; i++) socket.write(part);
    socket.write(isChunked ? `${part}0\r\n\r\n` : part, () => socket.resume());
  });
  // a client that meets one of these forgets what it was answered
  expect(errors).toEqual([]);
  return answers.map(({ status, headers, body }) => [status, headers.connection, JSON.parse(body)]);
};

const tooLarge = [413, "close", expect.objectContaining({ status: "413" })];

test.each([true, false])("a body too large, in chunks %s", async (isChunked) => {
  const lines = ["POST /scim/okta/v2/Users HTTP/1.1", `Authorization: Bearer ${h.tokens.scim}`];
  expect(await sendFirst(h.agent.scim, lines, isChunked)).toEqual([tooLarge]);
  expect(await sendFirst(h.agent.scim, [...lines, "Connection: close"], isChunked)).toEqual([tooLarge]);
});

test.each([true, false])("whoever is not let in, in chunks %s", async (isChunked) => {
  const lines = ["POST /scim/okta/v2/Users HTTP/1.1", "Authorization: Bearer guess", "Connection: close"];
  const answers = await sendFirst(h.agent.scim, lines, isChunked);
  expect(answers).toEqual([[401, "close", expect.objectContaining({ status: "401" })]]);
});

test("a client library is told, and not that the connection broke, without and with TLS", async () => {
  const send = (url: string, token: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
      const options = { method: "POST", headers, agent: false as const };
      const sent = url.startsWith("https:")
        ? https.request(url, { ...options, ca: h.ca })
        : http.request(url, options);
      sent.once("response", (answer) => answer.resume().once("end", () => resolve(answer.statusCode)));
      sent.on("error", reject);
      for (let i = 0; i < size; i++) sent.write(mebibyte);
      sent.end();
    });
  expect(await send(`${h.agent.scim}/scim/okta/v2/Groups`, h.tokens.scim)).toBe(413);
  expect(await send(`${h.agent.admin}/v1/nothing`, h.tokens.deployer)).toBe(413);
});

test("a small body that is refused costs no connection", async () => {
  const body = "{}";
  const refused = [
    "POST /scim/okta/v2/Nothing HTTP/1.1",
    "Host: hg.example.com",
    `Authorization: Bearer ${h.tokens.scim}`,
    `Content-Length: ${body.length}`,
    "",
    body,
  ].join("\r\n");
  const answers = await exchange(h.agent.scim, (socket) => {
    socket.write(refused);
    socket.write(refused.replace("HTTP/1.1\r\n", "HTTP/1.1\r\nConnection: close\r\n"));
  });
  expect(answers.map(({ status }) => status)).toEqual([404, 404]);
});
