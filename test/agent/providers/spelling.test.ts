/** What clients write that is not quite SCIM, and can mean one thing alone. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Harness, startHarness } from "../harness.ts";
import { send } from "../request.ts";

let h: Harness;
let id: string;
beforeAll(async () => {
  h = await startHarness(["core/api"]);
  await h.deploy(
    await h.release((draft) => {
      draft.connectors.okta.extensions = {
        hr: {
          schema: "urn:example:hr:2.0:User",
          attributes: { level: { type: "integer" }, share: { type: "decimal" }, code: { type: "string" } },
        },
      };
    }),
  );
  id = (await h.scim("POST", "/Users", { userName: "ada@example.com" })).body.id;
});
afterAll(() => h.stop());

const raw = (method: string, path: string) =>
  send(`${h.agent.scim}/scim/okta/v2${path}`, {
    method,
    headers: { Authorization: `Bearer ${h.tokens.scim}` },
    ca: h.ca,
  });

describe("slashes", () => {
  test.each(["//Users", "/Users/", "/Users//", "///Users//", "/Users?count=1", "//Users/?count=1"])(
    "GET %s is the list of users",
    async (path) => {
      const { status, body } = await h.scim("GET", path);
      expect([status, body.totalResults]).toEqual([200, 1]);
    },
  );

  test.each([(user: string) => `/Users/${user}/`, (user: string) => `//Users//${user}`])(
    "a user is found behind them: %s",
    async (path) => {
      expect(await h.scim("GET", path(id))).toMatchObject({ status: 200, body: { id } });
      const body = { Operations: [{ op: "replace", path: "title", value: "Countess" }] };
      expect((await h.scim("PATCH", path(id), body)).status).toBe(200);
    },
  );

  test.each(["/Users/.search/", "//Users/.search"])("POST %s searches", async (path) => {
    const body = { schemas: ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"] };
    expect(await h.scim("POST", path, body)).toMatchObject({ status: 200, body: { totalResults: 1 } });
  });

  test.each(["/Users/%2F", "/Users/a/b", "/User"])("%s is nothing all the same", async (path) => {
    expect((await h.scim("GET", path)).status).toBe(404);
  });
});

test.each([() => "/Users", () => `/Users/${id}`, () => "/Schemas", () => `/Users/${id}?attributes=userName`])(
  "HEAD has the head of GET and no body (RFC 9110, section 9.3.2)",
  async (path) => {
    const [head, get] = [await raw("HEAD", path()), await raw("GET", path())];
    expect(head.status).toBe(200);
    expect(head.text).toBe("");
    for (const name of ["content-type", "content-length", "etag", "location"])
      expect([name, head.headers.get(name)]).toEqual([name, get.headers.get(name)]);
  },
);

test("HEAD of what is not there, or is only written, says so", async () => {
  expect((await raw("HEAD", "/Users/nobody")).status).toBe(404);
  const search = await raw("HEAD", "/Users/.search");
  expect([search.status, search.headers.get("allow")]).toEqual([405, "POST"]);
  expect((await raw("PUT", "/Users")).headers.get("allow")).toBe("GET, HEAD, POST");
});

describe("numbers as text", () => {
  const hr = "urn:example:hr:2.0:User";
  const put = (level: unknown, share: unknown = 1, code: unknown = "5") =>
    h.scim("PUT", `/Users/${id}`, { userName: "ada@example.com", [hr]: { level, share, code } });

  test.each([
    ["5", 5],
    ["-17", -17],
    [" 5 ", undefined],
    ["5.5", undefined],
    ["0x10", undefined],
    ["", undefined],
    ["9007199254740993", undefined],
    ["many", undefined],
  ])("%j as a whole number is %j", async (given, expected) => {
    const { status, body } = await put(given);
    expect([status, body[hr]?.level]).toEqual(expected === undefined ? [400, undefined] : [200, expected]);
  });

  test.each([
    ["2.5", 2.5],
    ["-1e3", -1000],
    ["1e999", undefined],
    ["half", undefined],
  ])("%j as a number is %j", async (given, expected) => {
    const { status, body } = await put(1, given);
    expect([status, body[hr]?.share]).toEqual(expected === undefined ? [400, undefined] : [200, expected]);
  });

  test("a text stays one, and a number is found as either", async () => {
    const { body } = await put("7", "2.5", "7");
    expect(body[hr]).toEqual({ level: 7, share: 2.5, code: "7" });
    for (const filter of [`${hr}:level eq 7`, `${hr}:level eq "7"`, `${hr}:code eq "7"`]) {
      const found = await h.scim("GET", `/Users?filter=${encodeURIComponent(filter)}`);
      expect([filter, found.body.totalResults]).toEqual([filter, 1]);
    }
  });
});

describe("schemas of SCIM 1.1, as OneLogin still sends them", () => {
  const old = "urn:scim:schemas:core:1.0";
  test("name a user or group by the address", async () => {
    const user = await h.scim("POST", "/Users", { schemas: [old], userName: "bob@example.com" });
    expect(user.status).toBe(201);
    expect(user.body.schemas).toEqual(["urn:ietf:params:scim:schemas:core:2.0:User"]);
    const group = { schemas: [old, "urn:scim:schemas:extension:enterprise:1.0"], displayName: "old" };
    expect((await h.scim("POST", "/Groups", group)).status).toBe(201);
  });

  test("beside none of their own, others are refused as before", async () => {
    const wrong = { schemas: ["urn:ietf:params:scim:schemas:core:2.0:Group"], userName: "eve@example.com" };
    expect((await h.scim("POST", "/Users", wrong)).body.scimType).toBe("invalidSyntax");
  });
});
