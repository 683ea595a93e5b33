/** What an agent keeps of the last requests of a connector: bounded, and nothing of what stood in them. */
import { expect, onTestFinished, test } from "vitest";
import { HeardRequests } from "../../agent/http/heard.ts";
import type { HeardPage, HeardRequest } from "../../api/heard.ts";
import { startHarness } from "./harness.ts";

test("each request is told with what came of it, without a value of it; the question is answered as it is meant", async () => {
  const h = await startHarness(["core/api"]);
  onTestFinished(() => h.stop());
  await h.deploy(await h.release());
  const heard = async (after = 0): Promise<HeardPage> => {
    const reply = await h.admin("GET", `/requests?connector=okta&after=${after}`, { token: h.tokens.reader });
    expect(reply.status).toBe(200);
    return reply.body;
  };
  const { id } = (await h.scim("POST", "/Users", { userName: "ann@example.com", password: "pw-7" })).body;
  await h.scim("GET", `/Users/${id}`);
  await h.scim("GET", "/Users/ann@example.com");
  await h.scim("GET", '/Users?filter=userName%20eq%20"ann@example.com"');
  await h.scim("POST", "/Users/.search", { filter: 'userName eq "ann@example.com"' });
  await h.scim("GET", "/ann@example.com/x");
  await h.scim("POST", "/Users", "ann@example.com");
  await h.scim("PUT", "/Users", { userName: "ann@example.com" });
  await h.scim("POST", "/Groups", { displayName: "x".repeat(20_000) });
  await h.scim("POST", "/Users", { userName: "ann@example.com" });
  const { requests, last, run } = await heard();
  const told = requests.map(({ method, path, target, status, outcome, code, parts }) =>
    [
      method,
      path,
      target === id ? "it" : target,
      status,
      outcome,
      code,
      parts.map((one) => one.path).join(" "),
    ].join("|"),
  );
  expect(told).toEqual([
    "POST|Users|it|201|done||userName password",
    "GET|Users/:id|it|200|done||",
    "GET|Users/:id||404|refused||",
    "GET|Users||200|done||",
    "POST|Users/.search||200|done||?",
    "GET|other||404|refused||",
    "POST|Users||400|refused|invalidSyntax|",
    expect.stringMatching(/^PUT\|Users\|\|405\|refused/),
    expect.stringMatching(/^POST\|Groups\|.*\|$/),
    "POST|Users||409|refused|uniqueness|userName",
  ]);
  expect(JSON.stringify(requests)).not.toMatch(/ann|example|pw-7|xxx/);
  expect(await heard(last - 1)).toMatchObject({ run, last, requests: [{ number: last }] });

  const ask = (query: string) => h.admin("GET", `/requests${query}`, { token: h.tokens.reader });
  expect(await ask("?connector=oktaa")).toMatchObject({
    status: 404,
    body: {
      error: { message: 'no connector "oktaa" is served (expected one of okta, did you mean "okta"?)' },
    },
  });
  expect(await ask("?connector=okta&after=x")).toMatchObject({ status: 400 });
  expect(await ask("")).toMatchObject({ status: 400 });
});

test("a body is read again only while somebody watches, and after a start", () => {
  let now = 0;
  const kept = new HeardRequests(() => now);
  expect(kept.isWatched).toBe(true);
  now = 60_000;
  expect(kept.isWatched).toBe(false);
  kept.after("okta", 0);
  expect(kept.isWatched).toBe(true);
});

test("it is bounded, and whoever is not let in pushes nobody out", () => {
  const kept = new HeardRequests();
  const note = (connector: string | null, outcome: HeardRequest["outcome"]) =>
    kept.note({
      ...{ at: 0, connector, method: "GET", path: "Users", target: null, status: 200, outcome },
      ...{ code: null, rules: [], hold: null, parts: [] },
    });
  for (let n = 0; n < 600; n++) note("okta", "done");
  for (let n = 0; n < 600; n++) note("okta", "turnedAway");
  for (let n = 0; n < 600; n++) note(null, "turnedAway");
  note("entra", "done");
  const { requests, last } = kept.after("okta", 0);
  const numbers = requests.map(({ number }) => number);
  expect(last).toBe(1_801);
  expect(numbers).toEqual([
    ...Array.from({ length: 500 }, (_, n) => 101 + n),
    ...Array.from({ length: 50 }, (_, n) => 1_151 + n),
    ...Array.from({ length: 50 }, (_, n) => 1_751 + n),
  ]);
});
