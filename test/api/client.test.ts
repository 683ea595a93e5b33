import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { afterEach, expect, test } from "vitest";
import { adminClient } from "../../api/client.ts";
import { selfSignedCertificate } from "../../provider/plugin/certificate.ts";

const token = "a-token-that-must-not-show";
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

async function serve(answer: RequestListener): Promise<string> {
  return `http://127.0.0.1:${await listen(createServer(answer))}`;
}

const answering = (status: number, body: string) =>
  serve((_, response) => response.writeHead(status, { "content-type": "application/json" }).end(body));

const refusal = (message: string, ...problems: string[]) => JSON.stringify({ error: { message, problems } });

test.each([
  [401, refusal("who are you"), "unauthorized"],
  [401, "", "unauthorized"],
  [403, refusal("not you"), "forbidden"],
  [412, refusal("it moved"), "moved"],
  [422, refusal("not so", "first", "second"), "refused"],
  [500, refusal("broken"), "failed"],
  [502, "<html>Bad Gateway</html>", "failed"],
  [302, "", "nonsense"],
  [200, "<html>Welcome</html>", "nonsense"],
  [200, "{}", "nonsense"],
  [404, '{"message":"Route not found","error":"Not Found"}', "nonsense"],
])("status %i with %s is %s", async (status, body, kind) => {
  const url = await answering(status, body);
  const answer = await adminClient({ url, token }).impact(null);
  expect(answer).toMatchObject({ ok: false, error: { kind, status } });
  if (answer.ok) return;
  expect(answer.error.message).toContain(`POST ${url}/v1/impact`);
  expect(answer.error.problems).toEqual(status === 422 ? ["first", "second"] : []);
});

test("no active release is what the agent says in its own words, not any 404", async () => {
  const of = async (body: string) => adminClient({ url: await answering(404, body), token }).activeRelease();
  expect(await of(refusal("no release is active"))).toEqual({ ok: true, value: null });
  expect(await of("<html>Not Found</html>")).toMatchObject({ ok: false, error: { kind: "nonsense" } });
});

test("the condition, the token and the path go over the wire as the contract says", async () => {
  const seen: unknown[] = [];
  const url = await serve((request, response) => {
    const { "if-match": match, "if-none-match": noneMatch, authorization } = request.headers;
    seen.push([request.method, request.url, match, noneMatch, authorization]);
    response.writeHead(204).end();
  });
  const client = adminClient({ url: `${url}/prefix/`, token });
  const release = { environment: "x" } as never;
  await client.deactivate("sha256:00");
  await client.activate({ release, origin: {} }, "sha256:00");
  await client.activate({ release, origin: {} }, null);
  await client.releaseOwner("a/b c");
  await client.audit(7);
  const bearer = `Bearer ${token}`;
  expect(seen).toEqual([
    ["DELETE", "/prefix/v1/release", '"sha256:00"', undefined, bearer],
    ["PUT", "/prefix/v1/release", '"sha256:00"', undefined, bearer],
    ["PUT", "/prefix/v1/release", undefined, "*", bearer],
    ["DELETE", "/prefix/v1/owners/a%2Fb%20c", undefined, undefined, bearer],
    ["GET", "/prefix/v1/audit?after=7", undefined, undefined, bearer],
  ]);
});

test("an agent that cannot be reached is a value with a reason, and no message has the token", async () => {
  const port = await listen(createServer());
  servers.splice(0).forEach((server) => void server.close());
  const silent = await serve(() => {});
  const dropping = await serve((request) => request.socket.destroy());
  const { key, pem } = selfSignedCertificate();
  const tls = `https://localhost:${await listen(createTlsServer({ key, cert: pem }, (_, response) => response.end("{}")))}`;
  const other = selfSignedCertificate().pem;

  const reason = async (options: { url: string; token?: string; ca?: string; timeout?: number }) => {
    const answer = await adminClient({ token, ...options }).history();
    expect(answer).toMatchObject({ ok: false, error: { kind: "unreachable", status: 0 } });
    expect(JSON.stringify(answer)).not.toContain(options.token ?? token);
    return answer.ok ? "" : answer.error.message;
  };
  expect(await reason({ url: `http://user:password@127.0.0.1:${port}` })).toBe(
    `no answer from the agent at http://127.0.0.1:${port}: nothing listens there`,
  );
  expect(await reason({ url: silent, timeout: 50 })).toContain("no answer within 0.05 s");
  expect(await reason({ url: dropping })).toContain("the connection broke off");
  expect(await reason({ url: "http://no-such-host.invalid" })).toMatch(/no such host|cannot be looked up/);
  expect(await reason({ url: tls })).toContain("not signed by a known authority");
  expect(await reason({ url: tls, ca: other })).toMatch(/not signed by a known authority|signature/);
  expect(await reason({ url: tls, ca: "garbage" })).toContain("not");
  expect(await reason({ url: tls.replace("https", "http") })).toContain("http://localhost");
  expect(await reason({ url: dropping.replace("http", "https") })).toContain("https://127.0.0.1");
  expect(await reason({ url: silent, token: "line\nbreak" })).toContain("cannot be sent");

  const trusted = await adminClient({ url: tls, token, ca: pem }).history();
  expect(trusted).toMatchObject({ ok: false, error: { kind: "nonsense" } });
});
