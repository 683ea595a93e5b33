/** Bodies that nobody should send to the admin listener: not read without a token, and refused however wrong they are. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { AdminRefusal } from "../../api/contract.ts";
import { type Harness, startHarness } from "./harness.ts";
import { exchange, requestText, stateOf } from "./wire.ts";

let h: Harness;
beforeAll(async () => {
  h = await startHarness([], { admin: { listen: "127.0.0.1:0", tls: "off" } });
});
afterAll(() => h.stop());

const token = (role: "reader" | "deployer") => `Authorization: Bearer ${h.tokens[role]}`;

test.each<[string, string, string, () => string[], number]>([
  ["no token", "PUT", "/v1/release", () => [], 401],
  ["another token", "POST", "/v1/impact", () => ["Authorization: Bearer no-such-token"], 401],
  ["no token, and no such address", "POST", "/v1/nothing", () => [], 401],
  ["a token that may not do this", "PUT", "/v1/release", () => [token("reader")], 403],
])("nothing is read of a body with %s", async (_, method, target, headers, status) => {
  // the body never comes: who waits for it has no answer
  const text = requestText(method, target, [...headers(), "Content-Length: 1000000"]);
  const [answer] = await exchange(h.agent.admin, text);
  expect(answer?.status).toBe(status);
  expect(JSON.parse(answer?.body ?? "").error.message).not.toBe("");
  if (status === 401) expect(answer?.headers["www-authenticate"]).toBe("Bearer");
});

const condition = "If-None-Match: *";
const nowhere = `sha256:${"0".repeat(64)}`;
test.each<[string, string, string[], string, number, string]>([
  ["PUT", "/v1/release", [], "", 428, "conditionMissing"],
  ["DELETE", "/v1/release", [], "", 428, "conditionMissing"],
  ["PUT", "/v1/release", [condition], "{", 400, "invalidRequest"],
  ["PUT", "/v1/release", [condition, `Content-Length: ${2 ** 25}`], "", 413, "tooLarge"],
  ["PUT", "/v1/release", [`X: ${"x".repeat(20_000)}`], "", 431, "tooLarge"],
  ["POST", "/v1/impact", [], "{}", 400, "invalidRequest"],
  ["GET", "/v1/release", [], "", 404, "noRelease"],
  ["GET", "/v1/realease?after=1", [], "", 404, "notThere"],
  ["GET", "/v1/%zz", [], "", 400, "invalidRequest"],
  ["GET", "/v1/audit?after=x", [], "", 400, "invalidRequest"],
  ["GET", "/v1/policies/x", [], "", 400, "invalidRequest"],
  ["GET", `/v1/releases/${nowhere}`, [], "", 404, "notThere"],
])("why it is refused is told by a code: %s %s %j", async (method, target, headers, body, status, code) => {
  const text = requestText(method, target, [token("deployer"), ...headers], body);
  const [answer] = await exchange(h.agent.admin, text);
  const { error } = AdminRefusal.parse(JSON.parse(answer?.body ?? ""));
  expect([answer?.status, error.code]).toEqual([status, code]);
  // without a person's name, which may stand in a query
  expect(answer?.body).not.toContain("?");
});

test("a token that is unknown, and one whose role is not enough, have codes of their own", async () => {
  const codes = [];
  for (const headers of [[], [token("reader")]]) {
    const [answer] = await exchange(h.agent.admin, requestText("PUT", "/v1/release", headers));
    codes.push(JSON.parse(answer?.body ?? "").error.code);
  }
  expect(codes).toEqual(["unauthorized", "forbidden"]);
});

test.each(["/v1/release", "/v1/impact"])(
  "more mistakes than anybody could count are a 400: %s",
  async (target) => {
    const release = (await h.release()) as { permissions: Record<string, unknown> };
    const groups = JSON.stringify(Array.from({ length: 300_000 }, () => 1));
    const before = stateOf(h);
    const logged = h.logs.length;
    const body = JSON.stringify({ release, ...(target === "/v1/release" && { origin: {} }) }).replace(
      /"read":\[[^\]]*\]/,
      `"read":${groups}`,
    );
    const [answer] = await exchange(
      h.agent.admin,
      requestText(
        target === "/v1/release" ? "PUT" : "POST",
        target,
        [token("deployer"), "If-None-Match: *"],
        body,
      ),
    );
    expect(answer?.status).toBe(400);
    const { problems } = JSON.parse(answer?.body ?? "").error;
    // a thread can collect more of them
    expect(problems.slice(100)).toEqual(
      problems.length === 1 ? [] : ["there are more (only the first 100 problems are told)"],
    );
    expect(h.logs.slice(logged).filter((line) => JSON.parse(line).level >= 50)).toEqual([]);
    expect(stateOf(h)).toBe(before);
  },
);

test("of many mistakes the first hundred are told", async () => {
  const release = (await h.release()) as { permissions: Record<string, { read?: unknown[] }> };
  const core = { ...release.permissions.core, read: Array.from({ length: 500 }, () => 1) };
  const body = JSON.stringify({ release: { ...release, permissions: { core } } });
  const [answer] = await exchange(h.agent.admin, requestText("POST", "/v1/impact", [token("reader")], body));
  expect(answer?.status).toBe(400);
  const { problems } = JSON.parse(answer?.body ?? "").error;
  expect(problems).toHaveLength(101);
  expect(problems[100]).toBe("there are more (only the first 100 problems are told)");
});
