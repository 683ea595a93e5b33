/** Evaluation for everybody: in threads, until a deadline, while everything else is answered. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { type Harness, type ReleaseShape, startHarness } from "../harness.ts";

let h: Harness;
afterEach(() => h.stop());

const emails = Array.from({ length: 250 }, (_, i) => ({ value: `ann${i}@example.com` }));
const pairs =
  "user.?emails.orValue([]).all(a, user.?emails.orValue([]).all(b, has(a.value) || has(b.value)))";

/** Within the budget of each expression, and together far longer than any deadline here. */
function costly(release: ReleaseShape, groups = 3_000): void {
  for (let i = 0; i < groups; i++) release.connectors.okta.groups.push({ name: `slow-${i}`, when: pairs });
}

async function withAnn(deadline: number): Promise<string> {
  h = await startHarness(["core/a"], {}, { deadline });
  await threadIsThere();
  const digest = await h.deploy(await h.release());
  const ann = { userName: "ann@example.com", externalId: "1", active: true, emails };
  expect((await h.scim("POST", "/Users", ann)).status).toBe(201);
  return digest;
}

/** A busy machine takes seconds to start one. */
async function threadIsThere(): Promise<void> {
  while ((await h.admin("GET", "/access")).status !== 200);
}

test("an impact that takes too long is refused, and meanwhile everybody is answered", async () => {
  await withAnn(4_000);
  const { reader: token } = h.tokens;
  let isOver = false;
  const impact = h
    .admin("POST", "/impact", { token, body: { release: await h.release((one) => costly(one)) } })
    .finally(() => {
      isOver = true;
    });
  await sleep(300);
  for (let i = 0; i < 10; i++) expect((await h.scim("GET", "/Users")).status).toBe(200);
  const eve = { userName: "eve@example.com", externalId: "2" };
  expect((await h.scim("POST", "/Users", eve)).status).toBe(201);
  expect((await h.admin("GET", "/release")).status).toBe(200);
  expect(isOver).toBe(false);
  const { status, body } = await impact;
  expect([status, body.error.code]).toEqual([422, "tookTooLong"]);
  expect(body.error.message).toBe("evaluating it for everybody takes longer than 4 s");
  // the next one finds a thread again
  await threadIsThere();
  const next = await h.admin("POST", "/impact", { token, body: { release: await h.release() } });
  expect([next.status, next.body.failures]).toEqual([200, []]);
});

test("an activation that takes too long changes nothing, and writes go on after it", async () => {
  const digest = await withAnn(4_000);
  const before = h.accessFile();
  const release = await h.release((one) => costly(one));
  const refused = await h.admin("PUT", "/release", {
    body: { release, origin: {} },
    headers: { "If-Match": `"${digest}"` },
  });
  expect([refused.status, refused.body.error]).toMatchObject([422, { code: "tookTooLong", problems: [] }]);
  expect(h.accessFile()).toEqual(before);
  expect((await h.admin("GET", "/release")).body.digest).toBe(digest);
  expect((await h.admin("GET", "/history")).body.entries).toHaveLength(1);
  const [last] = (await h.admin("GET", "/audit?last=1")).body.rows;
  expect(last).toMatchObject({ operation: "release.activate", outcome: "refused", code: "tookTooLong" });
  expect((await h.scim("POST", "/Users", { userName: "eve@example.com", externalId: "2" })).status).toBe(201);
});

test("whoever leaves while a release is judged is shut out at once, and by that release", async () => {
  const digest = await withAnn(100_000);
  const bob = await h.scim("POST", "/Users", { userName: "bob@example.com", externalId: "2", active: true });
  const release = await h.release((one) => costly(one, 60));
  let isOver = false;
  const activated = h
    .admin("PUT", "/release", { body: { release, origin: {} }, headers: { "If-Match": `"${digest}"` } })
    .finally(() => {
      isOver = true;
    });
  await sleep(200);
  const left = await h.scim("PATCH", `/Users/${bob.body.id}`, {
    Operations: [{ op: "replace", path: "active", value: false }],
  });
  expect([left.status, isOver]).toEqual([200, false]);
  expect(h.accessFile().accounts).toEqual(["ann,1", "bob,0"]);
  expect((await activated).status).toBe(200);
  expect(h.accessFile().accounts).toEqual(["ann,1", "bob,0"]);
  const { rows } = (await h.admin("GET", "/audit?last=2")).body;
  expect(rows.map(({ operation }: { operation: string }) => operation)).toEqual([
    "user.update",
    "release.activate",
  ]);
});

test("an agent stops while it evaluates", async () => {
  const digest = await withAnn(100_000);
  const release = await h.release((one) => costly(one));
  const under = [
    h.admin("POST", "/impact", { body: { release } }).catch(() => undefined),
    h
      .admin("PUT", "/release", { body: { release, origin: {} }, headers: { "If-Match": `"${digest}"` } })
      .catch(() => undefined),
  ];
  await sleep(500);
  const started = performance.now();
  await h.restart();
  // no measurement: it would be 100 s
  expect(performance.now() - started).toBeLessThan(30_000);
  await Promise.all(under);
  expect((await h.scim("GET", "/Users")).body.totalResults).toBe(1);
});

test("what is committed just before an activation is judged with it", async () => {
  await withAnn(100_000);
  const release = await h.release((one) => {
    one.connectors.okta.mapping.account = '"all"';
  });
  const { digest } = (await h.admin("GET", "/release")).body;
  const [created, activated] = await Promise.all([
    h.scim("POST", "/Users", { userName: "eve@example.com", externalId: "2" }),
    sleep(1).then(() =>
      h.admin("PUT", "/release", { body: { release, origin: {} }, headers: { "If-Match": `"${digest}"` } }),
    ),
  ]);
  expect(created.status).toBe(201);
  expect([activated.status, activated.body.error.code]).toEqual([422, "peopleDoNotFit"]);
});

test("a body that is no release is told so", async () => {
  h = await startHarness();
  for (const body of ["{", "[]", { release: { permissions: 1 } }]) {
    const reply = await h.admin("POST", "/impact", { body });
    expect([reply.status, reply.body.error.code]).toEqual([400, "invalidRequest"]);
  }
});
