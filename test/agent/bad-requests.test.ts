/** Requests that no identity provider should send: each is a SCIM error with its status, and changes nothing. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { long } from "../long.ts";
import { type Harness, startHarness } from "./harness.ts";
import { exchange, requestText, stateOf } from "./wire.ts";

let h: Harness;
let user: string;
let group: string;
beforeAll(async () => {
  h = await startHarness(["core/api"], { scim: { listen: "127.0.0.1:0", tls: "off" } });
  await h.deploy(await h.release());
  user = (await h.scim("POST", "/Users", { userName: "ada@example.com", externalId: "1" })).body.id;
  const members = [{ value: user }];
  group = (await h.scim("POST", "/Groups", { displayName: "core-team", members })).body.id;
});
afterAll(() => h.stop());

const base = "/scim/okta/v2";
const path = (target: string) => `${base}${target.replace(":user", user).replace(":group", group)}`;
const token = () => `Authorization: Bearer ${h.tokens.scim}`;
const json = "Content-Type: application/scim+json";

/** Sends one request and holds the answer to what every refusal is. */
async function refused(text: string | Uint8Array, status: number, scimType?: string): Promise<string> {
  const before = stateOf(h);
  const logged = h.logs.length;
  const answers = await exchange(h.agent.scim, text);
  expect(answers.map((answer) => answer.status)).toEqual([status]);
  const [{ headers = {}, body = "" } = {}] = answers;
  expect(headers["content-type"]).toMatch(/^application\/scim\+json/);
  const error = JSON.parse(body);
  expect(error).toEqual({
    schemas: ["urn:ietf:params:scim:api:messages:2.0:Error"],
    status: String(status),
    ...(scimType && { scimType }),
    detail: expect.any(String),
  });
  expect(error.detail).not.toBe("");
  expect(body.length).toBeLessThan(4096);
  expect(body).not.toMatch(/FST_|HPE_|SQLITE|node:|\.ts\b|\n/);
  expect(stateOf(h)).toBe(before);
  expect(h.logs.slice(logged).filter((line) => JSON.parse(line).level >= 50)).toEqual([]);
  return error.detail;
}

const send = (method: string, target: string, body: unknown, ...headers: string[]) =>
  requestText(
    method,
    path(target),
    [token(), json, ...headers],
    typeof body === "string" ? body : JSON.stringify(body),
  );
const patch = (...Operations: unknown[]) => ({ Operations });
const nested = (depth: number) => `{"userName":"x","name":${"[".repeat(depth)}${"]".repeat(depth)}}`;

describe("bodies", () => {
  test.each<[string, string, string, unknown, number, string | undefined]>([
    ["none", "POST", "/Users", "", 400, "invalidSyntax"],
    ["white space", "POST", "/Users", " \n ", 400, "invalidSyntax"],
    ["half of JSON", "POST", "/Users", '{"userName": "ann@exa', 400, "invalidSyntax"],
    ["more than JSON", "POST", "/Users", '{"userName":"ann@example.com"}}', 400, "invalidSyntax"],
    ["JavaScript", "POST", "/Users", "{userName: 'ann@example.com'}", 400, "invalidSyntax"],
    ["XML", "POST", "/Users", "<user/>", 400, "invalidSyntax"],
    ["NaN", "POST", "/Users", '{"userName": NaN}', 400, "invalidSyntax"],
    ["a byte order mark", "POST", "/Users", '\uFEFF{"userName":7}', 400, "invalidValue"],
    ["an array", "POST", "/Users", [{ userName: "ann@example.com" }], 400, "invalidSyntax"],
    ["text", "POST", "/Users", '"ann"', 400, "invalidSyntax"],
    ["null", "POST", "/Users", "null", 400, "invalidSyntax"],
    ["too deep", "POST", "/Users", nested(40), 400, "invalidSyntax"],
    ["5,000 brackets", "POST", "/Users", nested(5_000), 400, "invalidSyntax"],
    [
      "a million brackets that are never closed",
      "POST",
      "/Groups",
      "[".repeat(1_000_000),
      400,
      "invalidSyntax",
    ],
    ["no userName", "POST", "/Users", {}, 400, "invalidValue"],
    ["only what no schema knows", "POST", "/Users", { shoeSize: 44 }, 400, "invalidValue"],
    ["userName is a number", "POST", "/Users", { userName: 7 }, 400, "invalidValue"],
    ["userName is a list", "POST", "/Users", { userName: ["a", "b"] }, 400, "invalidValue"],
    ["userName is an object", "POST", "/Users", { userName: { a: 1 } }, 400, "invalidValue"],
    ["userName with NUL", "POST", "/Users", { userName: "a\0@example.com" }, 400, "invalidValue"],
    [
      "userName with half a character",
      "POST",
      "/Users",
      '{"userName":"\\ud800@example.com"}',
      400,
      "invalidValue",
    ],
    [
      "a userName of 900 kB",
      "POST",
      "/Users",
      { userName: `${"a".repeat(900_000)}@example.com` },
      400,
      "invalidValue",
    ],
    ["active is a number", "POST", "/Users", { userName: "b@example.com", active: 1 }, 400, "invalidValue"],
    ["emails is a number", "POST", "/Users", { userName: "b@example.com", emails: 7 }, 400, "invalidValue"],
    [
      "an email is a list of lists",
      "POST",
      "/Users",
      { userName: "b@example.com", emails: [[[], []]] },
      400,
      "invalidValue",
    ],
    ["name is a list", "POST", "/Users", { userName: "b@example.com", name: [1, 2] }, 400, "invalidValue"],
    [
      "schemas is an object",
      "POST",
      "/Users",
      { schemas: {}, userName: "b@example.com" },
      400,
      "invalidSyntax",
    ],
    [
      "schemas of another thing",
      "POST",
      "/Users",
      { schemas: ["urn:x"], userName: "b@example.com" },
      400,
      "invalidSyntax",
    ],
    [
      "everything wrong at once",
      "POST",
      "/Users",
      { userName: 1, active: {}, name: 1, emails: {}, title: [1, 2], meta: 7 },
      400,
      "invalidValue",
    ],
    [
      "__proto__",
      "POST",
      "/Users",
      '{"userName":"b@example.com","__proto__":{"active":false}}',
      400,
      "invalidSyntax",
    ],
    [
      "__proto__ deep down",
      "POST",
      "/Users",
      '{"userName":"b@example.com","name":{"__proto__":{}}}',
      400,
      "invalidSyntax",
    ],
    [
      "constructor",
      "POST",
      "/Users",
      '{"userName":"b@example.com","constructor":{"prototype":{}}}',
      400,
      "invalidSyntax",
    ],
    [
      "one attribute in two cases",
      "POST",
      "/Users",
      '{"userName":"b@example.com","USERNAME":"c"}',
      400,
      "invalidSyntax",
    ],
    [
      "a user of more than 1 MiB",
      "POST",
      "/Users",
      { userName: "b@example.com", title: "x".repeat(1_100_000) },
      413,
      undefined,
    ],
    [
      "2,000 values",
      "POST",
      "/Users",
      { userName: "b@example.com", roles: Array(2_000).fill("x") },
      400,
      "invalidValue",
    ],
    ["a user of another domain", "POST", "/Users", { userName: "b@evil.example" }, 400, "invalidValue"],
    ["a userName that is taken", "POST", "/Users", { userName: "ADA@example.com" }, 409, "uniqueness"],
    ["PUT without a userName", "PUT", "/Users/:user", { active: true }, 400, "invalidValue"],
    [
      "PUT of a group onto a user",
      "PUT",
      "/Users/:user",
      { schemas: ["urn:ietf:params:scim:schemas:core:2.0:Group"], displayName: "x" },
      400,
      "invalidSyntax",
    ],
    ["a group without a name", "POST", "/Groups", { members: [] }, 400, "invalidValue"],
    ["members is a number", "POST", "/Groups", { displayName: "x", members: 7 }, 400, "invalidValue"],
    ["a member without an id", "POST", "/Groups", { displayName: "x", members: [{}] }, 400, "invalidValue"],
    [
      "a member that is nobody",
      "POST",
      "/Groups",
      { displayName: "x", members: [{ value: "nobody" }] },
      400,
      "invalidValue",
    ],
    [
      "a member with a long id",
      "POST",
      "/Groups",
      { displayName: "x", members: ["m".repeat(100_000)] },
      400,
      "invalidValue",
    ],
    [
      "a group in a group",
      "POST",
      "/Groups",
      { displayName: "x", members: [{ value: "g", type: "Group" }] },
      400,
      "invalidValue",
    ],
    ["a group's name that is taken", "POST", "/Groups", { displayName: "Core-Team" }, 409, "uniqueness"],
  ])("%s", async (_, method, target, body, status, scimType) => {
    await refused(send(method, target, body), status, scimType);
  });

  test.each<[string, string, unknown]>([
    ["POST", "/Users", { userName: "b@example.com" }],
    ["PUT", "/Groups/:group", { displayName: "lunch" }],
    ["PATCH", "/Users/:user", patch({ op: "replace", path: "active", value: false })],
  ])("%s that cannot be answered as it asks", async (method, target, body) => {
    await refused(send(method, `${target}?attributes=id&excludedAttributes=name`, body), 400, "invalidValue");
  });

  test("not UTF-8", async () => {
    const [head = "", body = ""] = send("POST", "/Users", '{"userName":"b\u00ff@example.com"}').split(
      "\r\n\r\n",
    );
    const latin1 = `${head.replace(/Content-Length: \d+/, `Content-Length: ${body.length}`)}\r\n\r\n${body}`;
    expect(await refused(Buffer.from(latin1, "latin1"), 400, "invalidSyntax")).toBe("the body is not UTF-8");
  });

  test("more than 16 MiB, said before or found on the way", async () => {
    const huge = 17 * 1024 * 1024;
    const headers = [token(), json];
    await refused(requestText("POST", path("/Users"), [...headers, `Content-Length: ${huge}`]), 413);
    const chunk = "a".repeat(1024 * 1024);
    const chunks = Array(17).fill(`100000\r\n${chunk}\r\n`).join("");
    await refused(
      requestText("POST", path("/Groups"), [...headers, "Transfer-Encoding: chunked"], "").concat(chunks),
      413,
    );
  });
});

describe("PATCH", () => {
  const path5000 = `emails[${"(".repeat(1000)}type eq "work"${")".repeat(1000)}]`;
  test.each<[string, string, unknown, number, string | undefined]>([
    ["no operations", "/Users/:user", {}, 400, "invalidSyntax"],
    ["operations is an object", "/Users/:user", { Operations: {} }, 400, "invalidSyntax"],
    ["an operation is a number", "/Users/:user", patch(7), 400, "invalidSyntax"],
    [
      "an operation of another kind",
      "/Users/:user",
      patch({ op: "move", path: "title" }),
      400,
      "invalidSyntax",
    ],
    ["op is a list", "/Users/:user", patch({ op: ["add"], path: "title", value: "x" }), 400, "invalidSyntax"],
    ["path is a number", "/Users/:user", patch({ op: "add", path: 7, value: "x" }), 400, "invalidPath"],
    [
      "path is __proto__",
      "/Users/:user",
      patch({ op: "add", path: "__proto__.active", value: true }),
      400,
      "invalidPath",
    ],
    [
      "path is constructor",
      "/Users/:user",
      patch({ op: "add", path: "constructor.prototype.x", value: 1 }),
      400,
      "invalidPath",
    ],
    [
      "path is half of one",
      "/Users/:user",
      patch({ op: "add", path: 'emails[type eq "wo', value: "x" }),
      400,
      "invalidPath",
    ],
    [
      "path with an empty filter",
      "/Users/:user",
      patch({ op: "add", path: "emails[]", value: "x" }),
      400,
      "invalidFilter",
    ],
    [
      "path with 1,000 parentheses",
      "/Users/:user",
      patch({ op: "add", path: path5000, value: "x" }),
      400,
      "invalidFilter",
    ],
    [
      "path of 10,000 characters",
      "/Users/:user",
      patch({ op: "add", path: "x".repeat(10_000), value: "x" }),
      400,
      "invalidPath",
    ],
    ["path with NUL", "/Users/:user", patch({ op: "add", path: "title\0", value: "x" }), 400, "invalidPath"],
    [
      "filter on __proto__",
      "/Users/:user",
      patch({ op: "add", path: 'emails[__proto__ eq "x"].value', value: "x" }),
      400,
      "invalidFilter",
    ],
    [
      "filter of a wrong type",
      "/Users/:user",
      patch({ op: "remove", path: "emails[primary gt true]" }),
      400,
      "invalidFilter",
    ],
    ["add without a value", "/Users/:user", patch({ op: "add", path: "title" }), 400, "invalidValue"],
    ["add without path or object", "/Users/:user", patch({ op: "add", value: "x" }), 400, "invalidValue"],
    ["remove without a path", "/Users/:user", patch({ op: "remove" }), 400, "noTarget"],
    [
      "what is read-only",
      "/Users/:user",
      patch({ op: "replace", path: "id", value: "7" }),
      400,
      "mutability",
    ],
    ["what is required", "/Users/:user", patch({ op: "remove", path: "userName" }), 400, "mutability"],
    [
      "a wrong type",
      "/Users/:user",
      patch({ op: "replace", path: "active", value: "perhaps" }),
      400,
      "invalidValue",
    ],
    [
      "a value with __proto__",
      "/Users/:user",
      '{"Operations":[{"op":"add","value":{"__proto__":{"x":1}}}]}',
      400,
      "invalidSyntax",
    ],
    [
      "300 operations",
      "/Users/:user",
      patch(...Array(300).fill({ op: "add", path: "title", value: "x" })),
      413,
      undefined,
    ],
    [
      "a right one before a wrong one",
      "/Users/:user",
      patch({ op: "replace", path: "title", value: "x" }, { op: "add", path: "nickName", value: 1 }),
      400,
      "invalidValue",
    ],
    [
      "members that are nobody",
      "/Groups/:group",
      patch({ op: "add", path: "members", value: ["nobody"] }),
      400,
      "invalidValue",
    ],
    [
      "members of a wrong type",
      "/Groups/:group",
      patch({ op: "replace", path: "members", value: 7 }),
      400,
      "invalidValue",
    ],
    [
      "a filter on members",
      "/Groups/:group",
      patch({ op: "replace", path: 'members[value eq "x"]', value: "y" }),
      400,
      "invalidPath",
    ],
    [
      "members that leave before a wrong operation",
      "/Groups/:group",
      patch({ op: "remove", path: "members" }, { op: "jump" }),
      400,
      "invalidSyntax",
    ],
    ["nobody's resource", "/Users/nobody", patch({ op: "add", path: "title", value: "x" }), 404, undefined],
  ])("%s", async (_, target, body, status, scimType) => {
    await refused(send("PATCH", target, body), status, scimType);
  });
});

describe("addresses", () => {
  const filter = (text: string) => `/Users?filter=${encodeURIComponent(text)}`;
  test.each<[string, string, string, number, string | undefined]>([
    ["an unknown type", "GET", "/Devices", 404, undefined],
    ["a type of JavaScript's", "GET", "/constructor", 404, undefined],
    ["no such type", "GET", "/Devices", 404, undefined],
    ["what SCIM 1.1 asks first", "GET", "/ServiceProviderConfigs", 404, undefined],
    ["too many parts", "GET", "/Users/:user/groups", 404, undefined],
    ["dots", "GET", "/Users/../Groups", 404, undefined],
    ["nobody", "GET", "/Users/nobody", 404, undefined],
    ["an id of 8,000 characters", "GET", `/Users/${"x".repeat(8_000)}`, 404, undefined],
    ["an id with a slash", "GET", "/Users/a%2Fb", 404, undefined],
    ["an id with NUL", "GET", "/Users/%00", 404, undefined],
    ["DELETE of an id with NUL", "DELETE", "/Users/%00", 404, undefined],
    ["an id that is cut off", "GET", "/Users/%", 400, undefined],
    ["an id that is not percent-encoded", "DELETE", "/Users/%zz", 400, undefined],
    ["an id that is not UTF-8", "GET", "/Users/%ff%fe", 400, undefined],
    ["an id with quotes", "GET", "/Users/'%20OR%201=1--", 404, undefined],
    ["a filter of nothing", "GET", "/Users?filter=", 400, "invalidFilter"],
    ["half of a filter", "GET", filter("userName eq"), 400, "invalidFilter"],
    ["a filter with an open string", "GET", filter('userName eq "x'), 400, "invalidFilter"],
    ["a filter on __proto__", "GET", filter('__proto__ eq "x"'), 400, "invalidFilter"],
    ["a filter on constructor", "GET", filter('constructor.name eq "Object"'), 400, "invalidFilter"],
    ["a filter on a password", "GET", filter('password eq "x"'), 400, "invalidFilter"],
    ["a filter of a wrong type", "GET", filter("userName eq 7"), 400, "invalidFilter"],
    ["5,000 parentheses", "GET", `/Users?filter=${"(".repeat(5_000)}`, 400, "invalidFilter"],
    [
      "a filter of 10,000 characters",
      "GET",
      `/Users?filter=userName%20eq%20%22${"x".repeat(10_000)}%22`,
      400,
      "invalidFilter",
    ],
    ["a filter that is not percent-encoded", "GET", "/Users?filter=%zz%", 400, "invalidFilter"],
    ["two filters", "GET", "/Users?filter=a&filter=b", 400, "invalidValue"],
    ["two counts", "GET", "/Groups?count=1&count=2", 400, "invalidValue"],
    ["a count that is none", "GET", "/Users?count=abc", 400, "invalidValue"],
    ["half a count", "GET", "/Groups?count=1.5", 400, "invalidValue"],
    ["a hexadecimal count", "GET", "/Users?count=0x10", 400, "invalidValue"],
    ["a startIndex that is none", "GET", "/Groups?startIndex=first", 400, "invalidValue"],
    ["an infinite startIndex", "GET", "/Users?startIndex=Infinity", 400, "invalidValue"],
    ["the root, with a count that is none", "GET", "?count=abc", 400, "invalidValue"],
    ["attributes in and out", "GET", "/Users?attributes=id&excludedAttributes=name", 400, "invalidValue"],
  ])("%s", async (_, method, target, status, scimType) => {
    await refused(requestText(method, path(target), [token()]), status, scimType);
  });

  test.each([
    "/Users?count=-7&startIndex=-3",
    "/Users?count=&startIndex=",
    "/Users?count=%205&startIndex=%2B1",
    "/Users?count=99999999999999999999&startIndex=-99999999999999999999",
    "/Users?startIndex=9007199254740991",
    "/Users?attributes=__proto__,constructor,,%00,x.y.z&__proto__=1&constructor=2",
    `/Users?attributes=${"name,".repeat(1_500)}`,
    "/Users/?count=1",
  ])("what is only odd is answered: %s", async (target) => {
    const before = stateOf(h);
    const [answer] = await exchange(h.agent.scim, requestText("GET", path(target), [token()]));
    expect(answer?.status).toBe(200);
    expect(JSON.parse(answer?.body ?? "").schemas).toEqual([
      "urn:ietf:params:scim:api:messages:2.0:ListResponse",
    ]);
    expect(stateOf(h)).toBe(before);
  });

  test("outside of every connector", async () => {
    for (const target of ["/", "/scim", "/scim/okta/v2x/Users", "//scim/okta/v2/Users", "/v1/release", "*"])
      await refused(requestText("GET", target, [token()]), 404);
  });
});

describe("methods and headers", () => {
  test.each(["PUT", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "PURGE", "M-SEARCH"])(
    "%s on a list",
    async (method) => {
      await refused(send(method, "/Users", ""), 405);
    },
  );

  test("HEAD has no body, let in or not", async () => {
    for (const [headers, status] of [
      [[token()], 200],
      [[], 401],
    ] as const) {
      const [answer] = await exchange(h.agent.scim, requestText("HEAD", path("/Users"), [...headers]));
      expect(answer).toMatchObject({ status, body: "" });
    }
  });

  test.each([
    "",
    "Bearer",
    "Bearer ",
    "Basic YTpi",
    "Bearer wrong",
    `Bearer ${"x".repeat(4_000)}`,
    "Bearer a b",
    "bearer\twrong",
  ])("authorization %j", async (authorization) => {
    const body = JSON.stringify({ userName: "b@example.com" });
    await refused(requestText("POST", path("/Users"), [json, `Authorization: ${authorization}`], body), 401);
  });

  test("without a token nothing is read: a body of 16 MiB is refused at its first byte", async () => {
    const headers = [json, `Content-Length: ${16 * 1024 * 1024}`];
    await refused(requestText("POST", path("/Users"), headers).concat("{"), 401);
  });

  test.each([
    "text/plain",
    "text/html; charset=utf-8",
    "application/xml",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/jsonp",
    "nonsense",
    "application/",
  ])("content type %s", async (type) => {
    const body = JSON.stringify({ userName: "b@example.com" });
    await refused(requestText("POST", path("/Users"), [token(), `Content-Type: ${type}`], body), 415);
  });

  test("where no body is read, its type does not matter", async () => {
    const headers = [token(), "Content-Type: text/plain"];
    const [answer] = await exchange(h.agent.scim, requestText("GET", path("/Users"), headers));
    expect(answer?.status).toBe(200);
  });

  test("content encoding", async () => {
    await refused(send("POST", "/Users", { userName: "b@example.com" }, "Content-Encoding: gzip"), 415);
  });

  test("the content types of JSON, or none, are taken", async () => {
    for (const type of [
      "application/scim+json",
      "application/json; charset=utf-8",
      "Application/SCIM+JSON",
      "",
    ]) {
      const headers = type === "" ? [token()] : [token(), `Content-Type: ${type}`];
      const [answer] = await exchange(
        h.agent.scim,
        requestText("POST", path("/Users"), headers, '{"userName":7}'),
      );
      expect(answer?.status).toBe(400);
      expect(answer?.body).toContain("userName: expected a string");
    }
  });
});

describe("what is not HTTP", () => {
  const good = () => requestText("GET", path("/Users"), [token()]).replace("Connection: close\r\n", "");
  test.each<[string, (text: string) => string, number]>([
    ["noise", () => "\x00\x01\x02\xff\r\n\r\n", 400],
    ["TLS", () => "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400],
    ["another protocol", () => "SSH-2.0-OpenSSH_9.2\r\n", 400],
    ["another version", (text) => text.replace("HTTP/1.1", "HTTP/9.9"), 400],
    ["a method that is none", (text) => text.replace("GET", "G\0T"), 400],
    ["a space in the address", (text) => text.replace("/Users", "/Users x"), 400],
    ["a header without a colon", (text) => text.replace("Host:", "Host"), 400],
    ["NUL in a header", (text) => text.replace("Host: hg", "Host: \0hg"), 400],
    ["a folded header", (text) => text.replace("Host: hg", "Host:\r\n hg"), 400],
    ["two lengths", (text) => text.replace("Host:", "Content-Length: 1\r\nContent-Length: 2\r\nHost:"), 400],
    [
      "a length and chunks",
      (text) => text.replace("Host:", "Content-Length: 1\r\nTransfer-Encoding: chunked\r\nHost:"),
      400,
    ],
    ["a length that is none", (text) => text.replace("Host:", "Content-Length: -1\r\nHost:"), 400],
    [
      "an unknown transfer encoding",
      (text) => text.replace("Host:", "Transfer-Encoding: gzip\r\nHost:"),
      400,
    ],
    ["a header of 20 kB", (text) => text.replace("Host:", `X: ${"x".repeat(20_000)}\r\nHost:`), 431],
    ["an address of 100 kB", (text) => text.replace("/Users", `/Users/${"x".repeat(100_000)}`), 431],
    ["a filter of 60 kB", (text) => text.replace("/Users", `/Users?filter=${"(".repeat(60_000)}`), 431],
  ])("%s", async (_, change, status) => {
    await refused(Buffer.from(change(good()), "latin1"), status);
  });

  test("garbage behind a good request is refused on its own, after it", async () => {
    const before = stateOf(h);
    const answers = await exchange(h.agent.scim, `${good()}GARBAGE\0\r\n\r\n`);
    const statuses = answers.map(({ status }) => status);
    // the good one is answered, or nothing is: an answer is never another request's
    expect([[200, 400], [200], []]).toContainEqual(statuses);
    for (const { status, body } of answers) if (status === 400) expect(JSON.parse(body).status).toBe("400");
    expect(stateOf(h)).toBe(before);
  });

  test("many requests in one go are answered in their order", async () => {
    const ids = Array.from({ length: 20 }, (_, i) => `nobody-${i}`);
    const requests = ids.map((id) => requestText("GET", path(`/Users/${id}`), [token()]));
    const text = requests.map((one, i) => (i < 19 ? one.replace("Connection: close\r\n", "") : one)).join("");
    const answers = await exchange(h.agent.scim, text);
    expect(answers.map(({ body }) => JSON.parse(body).detail)).toEqual(
      ids.map((id) => `there is no user ${id}`),
    );
  });
});

long("thousands of refusals leave no memory behind", async () => {
  const body = JSON.stringify({ userName: `${"a".repeat(200_000)}@example.com` });
  const rounds = async (count: number) => {
    for (let i = 0; i < count; i++) await exchange(h.agent.scim, send("POST", "/Users", body));
    gc();
    return process.memoryUsage().heapUsed + process.memoryUsage().external;
  };
  const before = await rounds(50);
  const after = await rounds(500);
  // 500 such bodies are 100 MB
  expect(after - before).toBeLessThan(30_000_000);
});

function gc(): void {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
}
