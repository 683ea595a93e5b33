import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { adminClient } from "../../api/client.ts";
import { selfSignedCertificate } from "../../x509/self-signed.ts";

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

async function servingTls({ key, pem }: { readonly key: string; readonly pem: string }) {
  const requests: unknown[] = [];
  const server = createTlsServer({ key, cert: pem }, ({ url }, response) => {
    requests.push(url);
    response.end("{}");
  });
  return { url: `https://localhost:${await listen(server)}`, ca: pem, requests };
}

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

test.each([301, 302, 303, 307, 308])(
  "a redirect by %i is not followed, so that no token goes elsewhere",
  async (status) => {
    const seen: unknown[] = [];
    const elsewhere = await serve(({ url }, response) => {
      seen.push(url);
      response.end('{"environment":"staging"}');
    });
    const url = await serve((_, response) =>
      response.writeHead(status, { location: `${elsewhere}/v1/agent` }).end(),
    );
    const answer = await adminClient({ url, token, environment: "staging" }).history();
    expect(answer).toMatchObject({ ok: false, error: { kind: "nonsense", status } });
    expect(seen).toEqual([]);
  },
);

test("no active release is what the agent says in its own words, not any 404", async () => {
  const of = async (body: string) => adminClient({ url: await answering(404, body), token }).activeRelease();
  expect(await of(refusal("no release is active"))).toEqual({ ok: true, value: null });
  expect(await of("<html>Not Found</html>")).toMatchObject({ ok: false, error: { kind: "nonsense" } });
});

test("whose agent it is is asked before anything else, once, and what is another one's is left alone", async () => {
  const seen: unknown[] = [];
  const url = await serve(({ method, url: path }, response) => {
    seen.push(`${method} ${path}`);
    response.end(path === "/v1/agent" ? '{"environment":"production"}' : '{"entries":[]}');
  });
  const release = { environment: "staging" } as never;
  const wrong = adminClient({ url, token, environment: "staging" });
  for (const answer of [
    await wrong.history(),
    await wrong.activeRelease(),
    await wrong.impact(null),
    await wrong.activate({ release, origin: {} }, null),
    await wrong.deactivate("sha256:00"),
  ])
    expect(answer).toMatchObject({
      ok: false,
      error: {
        kind: "misdirected",
        message: `the agent at ${url} is that of production (expected that of staging)`,
      },
    });
  expect(new Set(seen)).toEqual(new Set(["GET /v1/agent"]));

  seen.length = 0;
  const right = adminClient({ url, token, environment: "production" });
  expect([await right.history(), await right.history()]).toMatchObject([{ ok: true }, { ok: true }]);
  expect(seen).toEqual(["GET /v1/agent", "GET /v1/history", "GET /v1/history"]);
});

test("an agent that does not say whose it is gets nothing, and has no release either", async () => {
  const older = await answering(404, refusal("there is no GET /v1/agent"));
  const unknown = await answering(401, refusal("who are you"));
  const of = (url: string) => adminClient({ url, token, environment: "staging" }).activeRelease();
  expect(await of(older)).toMatchObject({ ok: false, error: { kind: "nonsense", status: 404 } });
  expect(await of(unknown)).toMatchObject({ ok: false, error: { kind: "unauthorized" } });
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
  await client.releaseOwner("ann", "keep");
  await client.confirmOwner("a/b c", { user: "2f1c" });
  await client.renumber("okta", null);
  await client.audit(7);
  const bearer = `Bearer ${token}`;
  expect(seen).toEqual([
    ["DELETE", "/prefix/v1/release", '"sha256:00"', undefined, bearer],
    ["PUT", "/prefix/v1/release", '"sha256:00"', undefined, bearer],
    ["PUT", "/prefix/v1/release", undefined, "*", bearer],
    ["DELETE", "/prefix/v1/owners/a%2Fb%20c", undefined, undefined, bearer],
    ["DELETE", "/prefix/v1/owners/ann?memberships=keep", undefined, undefined, bearer],
    ["POST", "/prefix/v1/owners/a%2Fb%20c", undefined, undefined, bearer],
    ["PUT", "/prefix/v1/renumberings/okta", undefined, undefined, bearer],
    ["GET", "/prefix/v1/audit?after=7", undefined, undefined, bearer],
  ]);
});

test("an agent that cannot be reached is a value with a reason, and no message has the token", async () => {
  const port = await listen(createServer());
  servers.splice(0).forEach((server) => void server.close());
  const silent = await serve(() => {});
  const dropping = await serve((request) => request.socket.destroy());
  const { url: tls } = await servingTls(selfSignedCertificate());

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
  expect(await reason({ url: tls.replace("https", "http") })).toContain(
    "the connection broke off (is it an https address?)",
  );
  expect(await reason({ url: dropping.replace("http", "https") })).toContain("https://127.0.0.1");
  expect(await reason({ url: silent, token: "line\nbreak" })).toContain("cannot be sent");
  const socket = join(tmpdir(), `hgscim-${process.pid}.sock`);
  expect(await reason({ url: `unix:${socket}` })).toBe(
    `no answer from the agent at unix:${socket}: nothing listens there`,
  );
});

test("a certificate that does not match is told with what is wrong with it, and nothing is sent", async () => {
  const day = 24 * 3600_000;
  const good = await servingTls(selfSignedCertificate({ hosts: ["localhost", "127.0.0.1"] }));
  const elsewhere = await servingTls(selfSignedCertificate({ hosts: ["hg.example.com", "10.0.0.5"] }));
  const expired = await servingTls(selfSignedCertificate({ now: Date.now() - 60 * day }));
  const early = await servingTls(selfSignedCertificate({ now: Date.now() + day }));
  for (const [{ url }, ca, reason] of [
    [good, undefined, "not signed by a known authority (expected one of `ca`)"],
    [good, selfSignedCertificate().pem, "not signed by a known authority (expected one of `ca`)"],
    [good, "/etc/hgscim/ca.pem", "`ca` holds no certificate (expected PEM: -----BEGIN CERTIFICATE-----)"],
    [good, "", "`ca` holds no certificate (expected PEM: -----BEGIN CERTIFICATE-----)"],
    [elsewhere, elsewhere.ca, "its certificate is for hg.example.com, 10.0.0.5 (expected one for localhost)"],
    [expired, expired.ca, "its certificate has expired"],
    [early, early.ca, "its certificate is not valid yet"],
  ] as const) {
    const answer = await adminClient({ url, token, ca }).history();
    expect(answer).toMatchObject({
      ok: false,
      error: { kind: "untrusted", status: 0, message: expect.stringContaining(`the agent at ${url}: `) },
    });
    expect(answer.ok ? "" : answer.error.message).toContain(reason);
  }
  expect([good, elsewhere, expired, early].flatMap(({ requests }) => requests)).toEqual([]);

  // without the line end that a shell takes away, and by address
  const address = good.url.replace("localhost", "127.0.0.1");
  for (const [url, ca] of [
    [good.url, good.ca],
    [address, good.ca.trimEnd()],
  ] as const) {
    const trusted = await adminClient({ url, token, ca }).history();
    expect(trusted).toMatchObject({ ok: false, error: { kind: "nonsense" } });
  }
  expect(good.requests).toHaveLength(2);
});

test("over a socket goes the name of whoever asks, and no token", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hgscim client "));
  const seen: unknown[] = [];
  const server = createServer(({ method, url, headers }, response) => {
    seen.push([method, url, headers["hgscim-user"], headers.authorization]);
    response.writeHead(404).end(refusal("no release is active"));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(join(folder, "agent.sock"), resolve));
  const client = adminClient({ url: `unix:${folder}/agent.sock`, user: "ada" });
  expect(await client.activeRelease()).toEqual({ ok: true, value: null });
  expect(seen).toEqual([["GET", "/v1/release", "ada", undefined]]);
  rmSync(folder, { recursive: true });
});
