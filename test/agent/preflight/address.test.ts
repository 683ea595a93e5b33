/** What stands between an identity provider and the agent, in the real nginx: each way to set it up wrongly is found before a release is active. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { PreflightCheck } from "../../../api/preflight.ts";
import { type Harness, type ReleaseShape, startHarness } from "../harness.ts";
import { send } from "../request.ts";
import { type Nginx, startNginx } from "./nginx.ts";
import { type Edit, expectTold, preflight, type Told } from "./world.ts";

const forwards = "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; client_max_body_size 16m;";
const on = "proxy_pass $agent;";
const ways = {
  right: `${forwards} ${on}`,
  "without Authorization": `${forwards} proxy_set_header Authorization ""; ${on}`,
  "with a password of its own": `auth_basic hg; auth_basic_user_file /dev/null; ${on}`,
  "with nginx's own bound": `proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; ${on}`,
  "without the path": `${forwards} rewrite ^/scim/okta/v2(/.*)$ $1 break; ${on}`,
  "without the query": `${forwards} set $to $agent; proxy_pass $to$uri;`,
  "sending away": "return 301 https://hg.example.com$request_uri;",
  "sending two slashes away": `${forwards} if ($request_uri ~ "//") { return 301 /scim/okta/v2/Users; } ${on}`,
  "without PATCH": `${forwards} if ($request_method = PATCH) { return 405; } ${on}`,
  "without DELETE": `${forwards} limit_except GET POST PUT PATCH { deny all; } ${on}`,
  "with another type": `${forwards} proxy_set_header Content-Type text/plain; ${on}`,
  "with somebody else behind": 'return 200 "{}";',
  "with nobody behind": "proxy_pass http://127.0.0.1:9;",
  "without X-Forwarded-For": `client_max_body_size 16m; ${on}`,
} as const;
type Way = keyof typeof ways;

let h: Harness;
let nginx: Nginx;
let before: readonly PreflightCheck[];
beforeAll(async () => {
  h = await startHarness([], { scim: { listen: "127.0.0.1:0", tls: "off" }, egress: [] });
  nginx = await startNginx(h.agent.scim, ways);
  h.config.egress?.push(...Object.values(nginx.origins).map((origin) => new URL(origin).host));
  before = await preflight(h, by("right"));
});
afterAll(async () => {
  await nginx.stop();
  await h.stop();
});

const by =
  (way: Way): Edit =>
  (release: ReleaseShape) => {
    release.variables.SCIM_API_BASE_URL.value = `${nginx.origins[way]}/scim/okta/v2`;
  };

const told: Readonly<Partial<Record<Way, Omit<Told, "name">>>> = {
  "without Authorization": { found: /^Authorization does not come through/, mend: /hand it on/ },
  "with a password of its own": {
    found: /^401 \(nginx.*nothing came to the agent/,
    mend: /hand this path on/,
  },
  "with nginx's own bound": { found: /^413 .*1\.1 MB/, mend: /client_max_body_size/ },
  "without the path": {
    found: /comes as \/Users, and was sent to \/scim\/okta\/v2\/Users/,
    mend: /whole path/,
  },
  "without the query": { found: /nothing came|filter in the query/, mend: /proxy/ },
  "sending away": { found: /^301 .*sends elsewhere \(https:\/\/hg\.example\.com/, mend: /hand it on/ },
  "sending two slashes away": { found: /^301 /, mend: /hand it on/ },
  "without PATCH": { found: /^405 .*PATCH is refused/, mend: /pass these methods/ },
  "without DELETE": { found: /^403 .*DELETE is refused/, mend: /pass these methods/ },
  "with another type": { found: /Content-Type comes as text\/plain/, mend: /hand on Content-Type/ },
  "with somebody else behind": { found: /^200 .*nothing came to the agent/, mend: /hand this path on/ },
  "with nobody behind": { found: /^502 .*nothing came to the agent/, mend: /hand this path on/ },
  "without X-Forwarded-For": {
    found: /X-Forwarded-For does not come/,
    mend: /proxy_add_x_forwarded_for/,
    state: "warning",
  },
};

test.each(Object.entries(told))("a proxy %s", async (way, one) => {
  const checks = await preflight(h, by(way as Way));
  expectTold(checks, before, { name: "SCIM_API_BASE_URL", ...one });
});

test("a proxy that is right, and no proxy at all, are said to be so; a nonce is known once", async () => {
  const [check, ...more] = before.filter(({ subject }) => subject === "address");
  expect([check?.state, more]).toEqual(["ok", []]);
  expect(check?.found).toContain("Authorization, methods and 1.1 MB come through");
  const direct = (release: ReleaseShape) => {
    release.variables.SCIM_API_BASE_URL.value = `${h.agent.scim}/scim/okta/v2/`;
  };
  const found = (await preflight(h, direct)).filter(({ subject }) => subject === "address");
  // nobody stands between who could add it
  expect(found.map((one) => one.found)).toEqual([expect.stringContaining("X-Forwarded-For does not come")]);
  // whoever makes one up is anybody
  const reply = await send(`${h.agent.scim}/scim/okta/v2/Users?hgscim-preflight=${"0".repeat(32)}`);
  expect(reply.status).toBe(503);
  expect(h.logs.join("")).not.toContain("preflight-");
});

test("an address that agent.yaml does not let the agent ask is not asked, nor one that is new to a reader", async () => {
  const elsewhere = (release: ReleaseShape) => {
    release.variables.SCIM_API_BASE_URL.value = "https://hg.example.com/scim/okta/v2";
  };
  const of = async (edit: Edit, token?: string) =>
    (await preflight(h, edit, token)).filter(({ subject }) => subject === "address");
  expect(await of(elsewhere)).toMatchObject([
    { state: "unknown", mend: expect.stringContaining("hg.example.com added to egress") },
  ]);
  expect(await of(by("right"), h.tokens.reader)).toMatchObject([
    { state: "unknown", found: expect.stringContaining("deployer's token") },
  ]);
  const digest = await h.deploy(await h.release(by("right")));
  expect(digest).toMatch(/^sha256:/);
  expect(await of(by("right"), h.tokens.reader)).toMatchObject([{ state: "ok" }]);
});
