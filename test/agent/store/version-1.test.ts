/** A store of an agent from before is opened by this one, and nobody notices: all answers are those that it gave. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startAgent } from "../../../agent/agent.ts";
import { type Harness, startHarness } from "../harness.ts";
import { send } from "../request.ts";
import { recorded, tokensOfVersion1, writeVersion1 } from "./version-1.ts";

let h: Harness;
beforeAll(async () => {
  Object.assign(process.env, tokensOfVersion1);
  const repositories = ["core/api", "core/archive/old", "docs", "releases/2026"];
  h = await startHarness(repositories);
  await h.agent.stop();
  for (const suffix of ["", "-wal", "-shm"])
    rmSync(join(h.config.data, `store.db${suffix}`), { force: true });
  writeVersion1(join(h.config.data, "store.db"));
  // tokens are as old as they were then
  h.agent = await startAgent(h.config, pino({ enabled: false }), { clock: () => recorded.at });
});
afterAll(async () => {
  await h.stop();
  for (const name of Object.keys(tokensOfVersion1)) delete process.env[name];
});

test.each(Object.keys(recorded.admin))("GET /v1%s", async (path) => {
  const { status, body } = await h.admin("GET", path, { token: h.tokens.reader });
  expect(status).toBe(200);
  if (path === "/audit") expect(body).toEqual(withoutStatus(recorded.admin[path]));
  // by its dates, until the last write of then
  else if (path.startsWith("/policies/"))
    expect(body).toEqual({ ...recorded.admin[path], ran: 106, tried: {} });
  // an agent of then did not verify
  else if (path === "/release")
    expect(body).toEqual({ ...recorded.admin[path], verification: { state: "settled", missing: [] } });
  else if (path === "/tokens")
    // nobody has noted when they were used
    expect(body.tokens).toEqual(
      (recorded.admin[path] as { tokens: object[] }).tokens.map((one) => ({ ...one, lastUsed: null })),
    );
  else expect(body).toEqual(recorded.admin[path]);
});

/** The audit as it is told now: by codes, which rows of then have none of. */
function withoutStatus(page: unknown) {
  const { rows } = page as { rows: Record<string, unknown>[] };
  return {
    rows: rows.map(({ status: _, ...row }) => ({ ...row, code: null, rule: null, traceparent: null })),
  };
}

test.each(Object.keys(recorded.scim))("GET /scim%s", async (path) => {
  const token = path.startsWith("/okta/")
    ? tokensOfVersion1.SCIM_TEST_OKTA
    : tokensOfVersion1.SCIM_TEST_ENTRA;
  const { status, headers, text } = await send(`${h.agent.scim}/scim${path}`, {
    headers: { Authorization: `Bearer ${token}` },
    ca: h.ca,
  });
  expect({ status, etag: headers.get("etag"), body: JSON.parse(text) }).toEqual(recorded.scim[path]);
});

test("the access file", () => {
  const { patterns, ...file } = h.accessFile();
  const { patterns: _, ...then } = recorded.accessFile;
  expect(file).toEqual(then);
  // the patterns of the release itself, where regular expressions made of them were: test/model/pattern.test.ts
  expect(patterns).toEqual([
    "archive,core/archive,core/archive/**,0",
    "core,core,core/**,0",
    "core,core/archive,core/archive/**,1",
    "docs,docs,docs,0",
    "releases,releases,releases/*,0",
  ]);
});

test("and it goes on: accounts of users who are gone stay reserved, and the audit is continued", async () => {
  const reply = await send(`${h.agent.scim}/scim/okta/v2/Users`, {
    method: "POST",
    headers: {
      Authorization: `Bearer ${tokensOfVersion1.SCIM_TEST_OKTA}`,
      "Content-Type": "application/scim+json",
    },
    body: JSON.stringify({ userName: "eve@example.com" }),
    ca: h.ca,
  });
  expect(reply.status).toBe(201);
  const { rows } = (await h.admin("GET", "/audit?last=1")).body;
  expect(rows).toMatchObject([{ sequence: 59, operation: "user.create", outcome: "done" }]);
  expect(rows[0].detail).toContain("account eve is withheld: it belongs to another identity");
  expect(h.accessFile().accounts).toContain("eve,0");
});
