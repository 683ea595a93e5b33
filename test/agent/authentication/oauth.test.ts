/** The issuer of signed tokens: its keys when they change, when they cannot be had, and where they may be. */
import Database from "libsql";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Dated, digestOfHistory } from "../../../agent/store/history.ts";
import { canonicalJson } from "../../../model/canonical.ts";
import { digestOfText } from "../../../model/digest.ts";
import { rowsOf } from "../alerts/store.ts";
import { until } from "../alerts/until.ts";
import { type Harness, type ReleaseShape, startHarness } from "../harness.ts";
import { Issuer, trusting } from "./issuer.ts";

let time = Date.now();
const now = () => time;
const pass = (seconds: number) => {
  time += seconds * 1_000;
};

let issuer: Issuer;
let h: Harness;
beforeEach(async () => {
  time = Date.now();
  issuer = new Issuer(now);
  await issuer.addKey("RS256", "RS256");
  await issuer.start();
  h = await startHarness([], { egress: [new URL(issuer.keys).host] }, { clock: now });
});
afterEach(async () => {
  await h.stop();
  await issuer.stop();
});

const users = (token: string) => h.scim("GET", "/Users", undefined, token);

test("a new key is fetched when a token names it, and a withdrawn one ends with the cache", async () => {
  await h.deploy(await h.release(trusting(issuer)));
  const old = await issuer.sign();
  expect((await users(old)).status).toBe(200);
  await issuer.addKey("two", "RS256");
  issuer.withdrawKey("RS256");
  const fresh = await issuer.sign({ header: { kid: "two" } });
  // anybody can name a key that nobody knows: the issuer is not asked each time
  for (let i = 0; i < 3; i++) expect((await users(fresh)).status).toBe(401);
  expect(issuer.fetched).toBe(1);
  pass(31);
  expect((await users(fresh)).status).toBe(200);
  expect(issuer.fetched).toBe(2);
  expect((await users(old)).status).toBe(401);
  pass(601);
  expect((await users(fresh)).status).toBe(200);
  expect(issuer.fetched).toBe(3);
});

test("allow bounds what a token may do, whatever its scopes", async () => {
  await h.deploy(await h.release(trusting(issuer, { allow: ["groups"] })));
  const token = await issuer.sign();
  expect((await h.scim("GET", "/Groups", undefined, token)).status).toBe(200);
  const reply = await users(token);
  expect(reply.status).toBe(403);
  expect(reply.headers.get("www-authenticate")).toBe('Bearer error="insufficient_scope"');
});

test.each<[string, Issuer["instead"] | "down"]>([
  ["it does not answer", "down"],
  ["it fails", { status: 500, text: "" }],
  ["its answer is no key set", { status: 200, text: '{"keys": 7}' }],
  ["its answer is no JSON", { status: 200, text: "<html>" }],
  ["it sends us elsewhere", { status: 302, headers: { Location: "http://127.0.0.1:1/keys" }, text: "" }],
])("while the keys of the issuer cannot be had (%s), nobody can tell", async (_what, instead) => {
  await h.deploy(await h.release(trusting(issuer)));
  if (instead === "down") await issuer.stop();
  else issuer.instead = instead;
  for (const token of [await issuer.sign(), await issuer.sign({ header: { kid: "two" } })]) {
    const reply = await users(token);
    expect(reply.status).toBe(503);
    // at random, so that not all come at once
    expect(Number(reply.headers.get("retry-after"))).toBeGreaterThanOrEqual(5);
    expect(Number(reply.headers.get("retry-after"))).toBeLessThanOrEqual(10);
  }
  // it is not asked at every request
  expect(issuer.fetched).toBeLessThanOrEqual(1);
  if (instead === "down") await issuer.start();
  issuer.instead = undefined;
  pass(11);
  expect((await users(await issuer.sign())).status).toBe(200);
});

test("keys that cannot be had are asked for slower and slower, and after the third attempt somebody is told", async () => {
  await h.deploy(await h.release(trusting(issuer)));
  issuer.instead = { status: 500, text: "" };
  const token = await issuer.sign();
  const events = () => rowsOf(h, "SELECT connector, subject, summary FROM events WHERE kind = 'auth-failed'");
  for (const [attempt, seconds] of [10, 20, 40].entries()) {
    expect((await users(token)).status).toBe(503);
    expect(issuer.fetched).toBe(attempt + 1);
    if (attempt === 2) break;
    expect(events()).toEqual([]);
    pass(seconds / 2 - 1);
    expect((await users(token)).status).toBe(503);
    expect(issuer.fetched).toBe(attempt + 1);
    pass(seconds / 2 + 1);
  }
  await until(() => events().length > 0);
  expect(events()).toMatchObject([
    { connector: "okta", subject: "issuerKeys", summary: expect.stringContaining("3 attempts failed") },
  ]);
});

test("keys that are known go on while the issuer is down", async () => {
  await h.deploy(await h.release(trusting(issuer)));
  const token = await issuer.sign();
  expect((await users(token)).status).toBe(200);
  await issuer.stop();
  pass(60);
  expect((await users(token)).status).toBe(200);
  expect((await users(await issuer.sign({ header: { kid: "two" } }))).status).toBe(503);
  expect((await users(token)).status).toBe(200);
});

test("a release cannot make the agent connect to where its configuration does not let it", async () => {
  const elsewhere = await h.release(trusting({ keys: "https://127.0.0.1:1/keys" }));
  const told =
    "connectors.okta.auth.oauth.jwks: the agent's configuration does not allow to connect to 127.0.0.1:1 (see egress in agent.yaml)";
  const plan = await h.admin("POST", "/impact", { body: { release: elsewhere } });
  expect(plan.body.failures).toContain(told);
  await expect(h.deploy(elsewhere)).rejects.toThrow(told);

  // what is active already, and forbidden since then, is not asked either
  await h.deploy(await h.release(trusting(issuer)));
  (h.config as { egress?: string[] }).egress = ["login.example.com", "*.0.0.1"];
  await h.restart();
  const reply = await users(await issuer.sign());
  expect(reply.status).toBe(503);
  expect(issuer.fetched).toBe(0);
  expect(h.logs.join("")).toContain("does not allow to connect to");
});

describe("two connectors that take the same access tokens", () => {
  const twins = (draft: ReleaseShape) => {
    trusting(issuer)(draft);
    draft.variables.SCIM_TWIN_URL = { type: "url", value: "https://127.0.0.1:7480/scim/twin/v2" };
    draft.connectors.twin = {
      ...structuredClone(draft.connectors.okta),
      endpoint: { var: "SCIM_TWIN_URL" },
      groups: [],
    };
  };
  const told =
    'connectors.twin.auth.oauth.audience: an access token of this issuer for this audience opens connector "okta" too (expected an audience of its own, or scopes in both of which none is the other\'s)';

  test("are refused with their release, at plan too", async () => {
    const release = await h.release(twins);
    const refused = await h.admin("PUT", "/release", {
      body: { release, origin: {} },
      headers: { "If-None-Match": "*" },
    });
    expect(refused.body.error).toMatchObject({ code: "releaseInvalid", problems: [told] });
    expect((await h.admin("POST", "/impact", { body: { release } })).body.failures).toEqual([told]);
  });

  test("are told where an older version has let them be, and go on", async () => {
    await h.deploy(await h.release());
    const release = canonicalJson(await h.release(twins));
    const digest = digestOfText(release);
    await h.restart(() => {
      const database = new Database(`${h.config.data}/store.db`);
      for (const table of ["releases", "release_copy"])
        database.prepare(`UPDATE ${table} SET digest = ?, release = ?`).run(digest, release);
      database.prepare("UPDATE activations SET digest = ?").run(digest);
      const activations = database.prepare("SELECT * FROM activations ORDER BY sequence").all() as Dated[];
      database.prepare("UPDATE active SET digest = ?, history = ?").run(digest, digestOfHistory(activations));
      database.close();
    });
    const errors = h.logs.map((line) => JSON.parse(line)).filter(({ level }) => level >= 50);
    expect(errors.map(({ msg }) => msg)).toEqual([
      `${told}: each lets in who has a token of the other until another release is activated`,
    ]);
    expect((await h.scim("GET", "/Users", undefined, await issuer.sign())).status).toBe(200);
  });
});
