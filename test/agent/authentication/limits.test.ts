/** How much is listened to: requests by connector, guesses by where they come from. */
import { connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import { type Harness, type Reply, startHarness } from "../harness.ts";
import { send } from "../request.ts";
import { Issuer, trusting } from "./issuer.ts";

let time = Date.now();
const clock = () => time;
const pass = (seconds: number) => {
  time += seconds * 1_000;
};

let h: Harness;
afterEach(() => h.stop());

const start = async (settings: Parameters<typeof startHarness>[1] = {}) => {
  h = await startHarness([], settings, { clock });
};
const behindProxy = { scim: { listen: "127.0.0.1:0", tls: "off" } } as const;
const users = (token?: string) => h.scim("GET", "/Users", undefined, token);
const from = (address: string, token: string) =>
  send(`${h.agent.scim}/scim/okta/v2/Users`, {
    headers: { Authorization: `Bearer ${token}`, "X-Forwarded-For": address },
    ca: h.ca,
  });
const answer = ({ status, headers }: Pick<Reply, "status" | "headers">) => [
  status,
  headers.get("retry-after"),
];
const guess = async (count: number, attempt: (i: number) => Promise<Pick<Reply, "status" | "headers">>) => {
  for (let i = 0; i < count; i++) expect((await attempt(i)).status).toBe(401);
};

test("more requests than the rate limit are told when to come again", async () => {
  await start();
  await h.deploy(
    await h.release((draft) => {
      draft.connectors.okta.rateLimit = { requests: 3, per: "1m" };
    }),
  );
  // who is not let in uses nothing of it
  for (let i = 0; i < 5; i++) expect((await users("guess")).status).toBe(401);
  for (let i = 0; i < 3; i++) expect((await users()).status).toBe(200);
  const refused = await h.scim("POST", "/Users", { userName: "ada@example.com" });
  expect(answer(refused)).toEqual([429, "20"]);
  expect(refused.body).toMatchObject({ status: "429", detail: expect.stringContaining("rateLimit") });
  time += 12_500;
  expect(answer(await users())).toEqual([429, "8"]);
  time += 8_000;
  expect((await users()).status).toBe(200);
  expect(answer(await users())).toEqual([429, "20"]);
  pass(3_600);
  const statuses = [];
  for (let i = 0; i < 4; i++) statuses.push((await users()).status);
  expect(statuses).toEqual([200, 200, 200, 429]);
});

test("who guesses is locked out, each time for longer; a token that was let in before is not", async () => {
  await start();
  await h.deploy(await h.release());
  expect((await users()).status).toBe(200);
  for (const seconds of [60, 120, 240, 480, 900, 900]) {
    await guess(10, (i) => users(`guess-${i}`));
    expect(answer(await users("guess"))).toEqual([429, String(seconds)]);
    pass(seconds - 1);
    expect(answer(await users("guess"))).toEqual([429, "1"]);
    expect((await users()).status).toBe(200);
    pass(1);
  }
  pass(3_600);
  await guess(10, (i) => users(`guess-${i}`));
  expect(answer(await users("guess"))).toEqual([429, "60"]);
  const lines = h.logs.filter((line) => line.includes("locked out"));
  expect(lines).toHaveLength(7);
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({ level: 40, connector: "okta", source: "127.0.0.1" });
  expect(h.logs.join("")).not.toMatch(/guess-\d/);
});

test("a valid token is let in from where others guess, the first time too, and guesses stay locked out", async () => {
  await start();
  await h.deploy(await h.release());
  await guess(10, (i) => users(`guess-${i}`));
  expect(answer(await users("guess"))).toEqual([429, "60"]);
  expect((await users()).status).toBe(200);
  expect(answer(await users("guess"))).toEqual([429, "60"]);
});

test("a token that is new in a rotation is let in from where others guess", async () => {
  await start();
  const first = await h.deploy(await h.release());
  expect((await users()).status).toBe(200);
  await guess(10, (i) => users(`guess-${i}`));
  process.env.SCIM_TEST_ROTATED = "rotated-by-somebody";
  await h.deploy(
    await h.release((draft) => {
      draft.secrets["okta-token"].refs.push("ref+env://SCIM_TEST_ROTATED");
    }),
    first,
  );
  delete process.env.SCIM_TEST_ROTATED;
  expect((await users("rotated-by-somebody")).status).toBe(200);
  expect((await users("rotated-by-somebod")).status).toBe(429);
});

test("failures count for a minute", async () => {
  await start();
  await h.deploy(await h.release());
  await guess(9, (i) => users(`guess-${i}`));
  pass(60);
  await guess(10, (i) => users(`guess-${i}`));
  expect((await users("guess")).status).toBe(429);
});

test("a token that was let in and is withdrawn stays refused, and locks nobody out", async () => {
  await start();
  const first = await h.deploy(await h.release());
  expect((await users()).status).toBe(200);
  process.env.SCIM_TEST_REPLACED = "replaced-by-another";
  await h.deploy(
    await h.release((draft) => {
      draft.secrets["okta-token"].refs = ["ref+env://SCIM_TEST_REPLACED"];
    }),
    first,
  );
  delete process.env.SCIM_TEST_REPLACED;
  await guess(12, () => users());
  expect((await users("replaced-by-another")).status).toBe(200);
});

test("the log tells of a first guess and of refusals, and never a token or what a query asks", async () => {
  await start();
  await h.deploy(await h.release());
  await guess(3, () => users("a-guess"));
  await h.scim("GET", "/Users?filter=userName%20eq%20%22ada%22%20and");
  await h.scim("POST", "/Users", { userName: "" });
  const lines = h.logs.map((line) => JSON.parse(line));
  expect(lines.filter(({ msg }) => msg === "a token is not valid")).toHaveLength(1);
  expect(lines.filter(({ status }) => status === 400)).toMatchObject([
    { method: "GET", path: "/scim/okta/v2/Users", scimType: "invalidFilter" },
    { method: "POST", path: "/scim/okta/v2/Users", scimType: "invalidValue", msg: "userName: is required" },
  ]);
  expect(h.logs.join("")).not.toMatch(/a-guess|ada/);
});

test("guesses that come in one write are counted one by one", async () => {
  await start(behindProxy);
  await h.deploy(await h.release());
  const { port } = new URL(h.agent.scim);
  const socket = connect(Number(port), "127.0.0.1");
  socket.write(
    "GET /scim/okta/v2/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer guess\r\n\r\n".repeat(30),
  );
  let text = "";
  for await (const part of socket) {
    text += part;
    if ((text.match(/HTTP\/1\.1 4/g)?.length ?? 0) === 30) break;
  }
  expect(text.match(/HTTP\/1\.1 401/g)).toHaveLength(10);
  expect(text.match(/HTTP\/1\.1 429/g)).toHaveLength(20);
});

test("behind a proxy on this host, the address that it adds last is the source", async () => {
  await start(behindProxy);
  await h.deploy(await h.release());
  await guess(10, (i) => from(`203.0.113.${i}, 198.51.100.7`, "guess"));
  expect(answer(await from("198.51.100.7", "guess"))).toEqual([429, "60"]);
  expect((await from("198.51.100.7, 198.51.100.8", h.tokens.scim)).status).toBe(200);
  // what is no address is not counted as one
  await guess(10, (i) => from(`nowhere-${i}`, "guess"));
  expect((await from("elsewhere", "guess")).status).toBe(429);
  // a network of IPv6 belongs to one customer
  await guess(10, (i) => from(`2001:db8:1:2::${i + 1}`, "guess"));
  expect((await from("2001:DB8:1:2:ffff:0:0:1", "guess")).status).toBe(429);
  expect((await from("2001:db8:1:3::1", "guess")).status).toBe(401);
  await guess(9, () => from("::ffff:192.0.2.1", "guess"));
  await guess(1, () => from("192.0.2.1", "guess"));
  expect((await from("::ffff:192.0.2.1", "guess")).status).toBe(429);
});

test("behind a proxy, nothing but what it adds last is believed, of this host's own addresses too", async () => {
  await start(behindProxy);
  await h.deploy(await h.release());
  await guess(10, (i) => from(`203.0.113.${i}, 127.0.0.2`, "guess"));
  expect((await from("127.0.0.2", "guess")).status).toBe(429);
  expect((await from("203.0.113.1", "guess")).status).toBe(401);
  await guess(10, (i) => from(`203.0.113.${i}, ::1`, "guess"));
  expect((await from("::1", "guess")).status).toBe(429);
  // who comes without the header is the proxy itself, or somebody else on this host
  expect((await users("guess")).status).toBe(401);
});

test("with TLS of our own, nobody is believed where they say they come from", async () => {
  await start();
  await h.deploy(await h.release());
  await guess(10, (i) => from(`198.51.100.${i}`, "guess"));
  expect((await from("192.0.2.1", "guess")).status).toBe(429);
});

test("an issuer's valid tokens are let in from where others guess; one that came from there ends the counting", async () => {
  const issuer = new Issuer(clock);
  await issuer.addKey("RS256", "RS256");
  await issuer.start();
  await start({ egress: [new URL(issuer.keys).host] });
  await h.deploy(await h.release(trusting(issuer)));
  await guess(10, (i) => users(`a.b.${i}`));
  expect(answer(await users("a.b.c"))).toEqual([429, "60"]);
  expect((await users(await issuer.sign())).status).toBe(200);
  await guess(12, (i) => users(`a.b.${i}`));
  expect((await users(await issuer.sign({ claims: { jti: "2" } }))).status).toBe(200);
  await issuer.stop();
});
