import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Harness, startHarness } from "../harness.ts";

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const badge = "urn:example:params:scim:schemas:extension:badge:2.0:User";
const names = Array.from({ length: 30 }, (_, i) => `U${String(i).padStart(2, "0")}`);

let h: Harness;
/** The ids of all users and groups by name, and as `middle` the time at which U09 was made. */
const ids: Record<string, string> = {};

beforeAll(async () => {
  h = await startHarness();
  await h.deploy(
    await h.release((release) => {
      release.variables.SCIM_PAGE_SIZE.value = 50;
      release.connectors.okta.idp = "scim";
      release.connectors.okta.extensions = {
        badge: {
          schema: badge,
          attributes: {
            level: { type: "integer" },
            since: { type: "dateTime" },
            tags: { type: "string", multiValued: true },
          },
        },
      };
    }),
  );
  for (const [i, name] of names.entries()) {
    const created = await h.scim("POST", "/Users", {
      userName: `${name}@example.com`,
      active: i % 10 !== 0,
      ...(i < 20 && { externalId: `Ext-${i % 15}` }),
      ...(i % 3 === 0 && { displayName: `Person ${29 - i}`, title: i % 2 === 0 ? "Engineer" : "manager" }),
      name: { familyName: i % 2 === 0 ? "Lee" : "Ångström", ...(i > 25 && { givenName: `Z${i}` }) },
      emails: [
        { value: `${name}@home.example`, type: "home" },
        { value: `${name}@work.example`, type: "work", primary: true },
      ],
      ...(i === 7 && { emails: [{ value: "U08@work.example", type: "home" }] }),
      ...(i > 0 && { [enterprise]: { employeeNumber: `E${i}`, manager: { value: ids.U00 ?? "" } } }),
      ...(i < 5 && {
        [badge]: { level: i * 10, since: `2020-01-0${i + 1}T00:00:00+02:00`, tags: [`t${i}`, "All"] },
      }),
    });
    expect(created.status, JSON.stringify(created.body)).toBe(201);
    ids[name] = created.body.id;
    if (i === 9) ids.middle = created.body.meta.created;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  for (const [displayName, members] of [
    ["Core", ["U01", "U02", "U03"]],
    ["docs", ["U03"]],
    ["Empty", []],
  ] as const) {
    const group = { displayName, members: members.map((name) => ({ value: ids[name] })) };
    ids[displayName] = (await h.scim("POST", "/Groups", group)).body.id;
  }
}, 60_000);
afterAll(() => h.stop());

/** The filter with ids in place of names in braces. */
const withIds = (text: string) => text.replace(/\{(\w+)\}/g, (_, name) => String(ids[name]));
const get = (endpoint: string, query: Record<string, string>) =>
  h.scim("GET", `/${endpoint}?${new URLSearchParams(query)}`);
const nameOf = (resource: { userName?: string; displayName: string }) =>
  resource.userName?.replace("@example.com", "") ?? resource.displayName;
const namesOf = (body: { Resources: { userName?: string; displayName: string }[] }) =>
  body.Resources.map(nameOf).join(" ");

async function namesFor(endpoint: string, query: Record<string, string>): Promise<string> {
  const { status, body } = await get(endpoint, query);
  return status === 200 ? namesOf(body) : `${status} ${body.scimType}`;
}

const all = names.join(" ");
const but = (...some: string[]) => names.filter((name) => !some.includes(name)).join(" ");

describe("filters", () => {
  test.each([
    ['userName eq "u05@EXAMPLE.com"', "U05"],
    ['username NE "u05@example.com"', but("U05")],
    ['userName sw "U1"', "U10 U11 U12 U13 U14 U15 U16 U17 U18 U19"],
    ['userName co "0@" and userName ew ".COM"', "U00 U10 U20"],
    ['userName gt "u27" and userName le "u29@example.com"', "U27 U28 U29"],
    ['userName sw ""', all],
    ['userName ew ""', all],
    ["userName pr", all],
    ['externalId eq "Ext-3"', "U03 U18"],
    ['externalId eq "ext-3"', ""],
    ['externalId ne "Ext-3" and userName lt "u05"', "U00 U01 U02 U04"],
    ["not (externalId pr)", names.slice(20).join(" ")],
    ["externalId eq null", names.slice(20).join(" ")],
    ['id eq "{U04}"', "U04"],
    ['id eq "nobody"', ""],
    ['emails co "u08@"', "U07 U08"],
    ['emails.value eq "u08@WORK.example"', "U07 U08"],
    ['emails[type eq "work"].value eq "u08@work.example"', "U08"],
    ['emails[type eq "work" and value co "@home"]', ""],
    ['emails[type eq "home" and value sw "u08"] or emails[value eq "u02@home.example"]', "U02 U07 U08"],
    ['emails[not (type eq "work")] and userName sw "u08"', "U08"],
    ['emails.type ne "home" and userName sw "u07"', ""],
    ['emails[primary eq true] and id eq "{U07}"', ""],
    ['displayName eq "PERSON 26"', "U03"],
    ['displayName ne "person 26" and userName le "u03@example.com"', "U00 U01 U02"],
    ['title eq "Manager"', "U03 U09 U15 U21 U27"],
    ['title eq "MANAGER" and not (displayName sw "person 2")', "U15 U21"],
    ['name.familyName sw "ÅNG" and userName co "u2"', "U21 U23 U25 U27 U29"],
    ["name.givenName pr", "U26 U27 U28 U29"],
    ["active eq false", "U00 U10 U20"],
    ['active ne "True"', "U00 U10 U20"],
    [`${enterprise}:employeeNumber eq "e12"`, "U12"],
    ['employeeNumber eq "E12"', "U12"],
    [`id eq "{U12}" and ${enterprise}:manager eq "{U00}"`, "U12"],
    [`${enterprise}:manager.value ne "{U00}"`, "U00"],
    [`${badge}:level gt 20`, "U03 U04"],
    ["level ge 20 and not (level eq 30)", "U02 U04"],
    [`${badge}:tags eq "ALL"`, "U00 U01 U02 U03 U04"],
    [`${badge}:since le "2020-01-01T22:00:00Z"`, "U00 U01"],
    [`${badge} pr and groups pr`, "U01 U02 U03"],
    ['groups.value eq "{Core}"', "U01 U02 U03"],
    ['groups[value eq "{docs}"]', "U03"],
    ['groups.display co "DOC"', "U03"],
    [`schemas eq "${badge}"`, "U00 U01 U02 U03 U04"],
    ['meta.resourceType eq "User" and meta.created le "{middle}"', names.slice(0, 10).join(" ")],
    ['meta.lastModified gt "{middle}" and userName sw "u1"', names.slice(10, 20).join(" ")],
    ['title eq "manager" or userName eq "u04@example.com" and active eq true', "U03 U04 U09 U15 U21 U27"],
  ])("%s", async (filter, expected) => {
    const text = withIds(filter);
    expect(await namesFor("Users", { filter: text })).toBe(expected);
    // and without resources
    const total = expected === "" ? 0 : expected.split(" ").length;
    expect((await get("Users", { filter: text, count: "0" })).body).toMatchObject({
      totalResults: total,
      itemsPerPage: 0,
    });
  });

  test.each([
    ['displayName eq "CORE"', "Core"],
    ['members eq "{U03}"', "Core docs"],
    ['members.value eq "{U03}" and displayName co "o"', "Core docs"],
    ['id eq "{Core}" and members eq "{U03}"', "Core"],
    ['id eq "{Empty}" and members eq "{U03}"', ""],
    ['members[value eq "{U01}" and type eq "User"]', "Core"],
    ['members.display sw "u02"', "Core"],
    ["not (members pr)", "Empty"],
    ['members.value ne "{U03}"', "Core Empty"],
  ])("of groups: %s", async (filter, expected) => {
    expect(await namesFor("Groups", { filter: withIds(filter) })).toBe(expected);
  });
});

describe("sorting", () => {
  const backwards = [...names].reverse().join(" ");
  test.each([
    ["userName", "ascending", all],
    ["USERNAME", "Descending", backwards],
    ["id", "ascending", undefined],
    ["meta.created", "descending", backwards],
    ["meta.lastModified", "ascending", all],
    ["emails", "descending", undefined],
    [`${enterprise}:employeeNumber`, "ascending", undefined],
  ])("by %s, %s", async (sortBy, sortOrder, expected) => {
    const found = await namesFor("Users", { sortBy, sortOrder });
    if (expected) expect(found).toBe(expected);
    expect(found.split(" ").sort().join(" ")).toBe(all);
  });

  test("who has no value comes last, or first in descending order", async () => {
    expect(await namesFor("Users", { sortBy: "name.givenName", count: "5" })).toBe("U26 U27 U28 U29 U00");
    expect(
      await namesFor("Users", { sortBy: "name.givenName", sortOrder: "descending", startIndex: "26" }),
    ).toBe("U00 U29 U28 U27 U26");
    // compared with regard to case, and equal ones in the order in which they were made
    expect(await namesFor("Users", { sortBy: "externalId", count: "6" })).toBe("U00 U15 U01 U16 U10 U11");
    expect(await namesFor("Users", { sortBy: "externalId", startIndex: "21", count: "2" })).toBe("U20 U21");
    expect(
      await namesFor("Users", {
        sortBy: "externalId",
        sortOrder: "descending",
        startIndex: "10",
        count: "2",
      }),
    ).toBe("U20 U09");
  });

  test("by the primary value, else the first", async () => {
    const filter = 'userName sw "u07" or userName sw "u08" or userName sw "u09"';
    // U07 has only one, which is the work address and not the first one of U08
    expect(await namesFor("Users", { filter, sortBy: "emails.value" })).toBe("U07 U08 U09");
    expect(await namesFor("Users", { filter, sortBy: "emails.type" })).toBe("U07 U08 U09");
    expect(await namesFor("Users", { filter, sortBy: "emails.primary" })).toBe("U08 U09 U07");
  });

  test("of numbers, and of groups", async () => {
    expect(
      await namesFor("Users", { sortBy: `${badge}:level`, sortOrder: "descending", startIndex: "26" }),
    ).toBe("U04 U03 U02 U01 U00");
    expect(await namesFor("Groups", { sortBy: "displayName" })).toBe("Core docs Empty");
  });
});

describe("pages", () => {
  test.each([
    [{}, "1 30 30"],
    [{ startIndex: "29" }, "29 2 30"],
    [{ startIndex: "31" }, "31 0 30"],
    [{ startIndex: "0", count: "1" }, "1 1 30"],
    [{ startIndex: "-4", count: "-1" }, "1 0 30"],
    [{ count: "0" }, "1 0 30"],
    [{ count: "", startIndex: "" }, "1 30 30"],
    // behind the last one, and not the first page again
    [{ startIndex: "9007199254740992" }, "9007199254740991 0 30"],
    [{ startIndex: "99999999999999999999", sortBy: "title" }, "9007199254740991 0 30"],
    [{ count: "9007199254740993" }, "1 30 30"],
    [{ filter: "title pr", startIndex: "4", count: "3" }, "4 3 10"],
    [{ filter: "title pr", startIndex: "11" }, "11 0 10"],
    [{ sortBy: "title", startIndex: "30" }, "30 1 30"],
  ])("%o", async (query, expected) => {
    const { body } = await get("Users", query as Record<string, string>);
    expect(`${body.startIndex} ${body.itemsPerPage} ${body.totalResults}`).toBe(expected);
    expect(body.Resources).toHaveLength(body.itemsPerPage);
    expect(body).not.toHaveProperty("nextCursor");
  });

  test.each([
    {},
    { filter: 'userName co "1"' },
    { filter: "title pr or active eq false" },
    { sortBy: "externalId", sortOrder: "descending" },
    { sortBy: "title" },
  ])("cursors go over the list of %o", async (query) => {
    const found: string[] = [];
    for (let cursor: string | undefined = ""; cursor !== undefined; ) {
      const { body } = await get("Users", { ...(query as object), cursor, count: "7" });
      expect(body).not.toHaveProperty("startIndex");
      expect(body.itemsPerPage).toBe(body.Resources.length);
      if (body.Resources.length > 0) found.push(namesOf(body));
      cursor = body.nextCursor;
      // RFC 9865, section 2: unreserved characters
      if (cursor !== undefined) expect(cursor).toMatch(/^[\w.~-]+$/);
    }
    expect(found.join(" ")).toBe(await namesFor("Users", query as Record<string, string>));
  });
});

describe("what is refused", () => {
  test.each([
    [{ filter: 'shoeSize eq "1"' }, "invalidFilter"],
    [{ filter: "active ge true" }, "invalidFilter"],
    [{ filter: `${badge}:level co 1` }, "invalidFilter"],
    [{ filter: `${badge}:level eq "one"` }, "invalidFilter"],
    [{ filter: 'password sw "a"' }, "invalidFilter"],
    [{ sortBy: "password" }, "invalidValue"],
    [{ sortBy: "shoeSize" }, "invalidValue"],
    [{ sortBy: "" }, "invalidValue"],
    [{ sortBy: "name" }, "invalidValue"],
    [{ sortBy: "title", sortOrder: "up" }, "invalidValue"],
    [{ cursor: "", startIndex: "1" }, "invalidValue"],
    [{ cursor: "x" }, "invalidCursor"],
    [{ cursor: "W10" }, "invalidCursor"],
    [{ cursor: "%00" }, "invalidCursor"],
    [{ cursor: "", count: "many" }, "invalidCount"],
  ])("%o", async (query, scimType) => {
    expect(await namesFor("Users", query as Record<string, string>)).toBe(`400 ${scimType}`);
  });

  test("nothing of a page of none: that asks for the total (RFC 9865, section 2)", async () => {
    const { totalResults } = (await get("Users", { count: "1" })).body;
    const { nextCursor } = (await get("Users", { cursor: "", count: "2" })).body;
    for (const query of [{ cursor: "" }, { cursor: nextCursor }, { cursor: "", filter: "title pr" }])
      for (const count of ["0", "-5"]) {
        const { status, body } = await get("Users", { ...query, count });
        const total = "filter" in query ? 10 : totalResults;
        expect([status, body.totalResults, body.Resources]).toEqual([200, total, []]);
        expect(body).not.toHaveProperty("nextCursor");
      }
  });

  test("a cursor of another list", async () => {
    const { nextCursor } = (await get("Users", { cursor: "", count: "2", sortBy: "userName" })).body;
    expect(await namesFor("Users", { cursor: nextCursor, count: "3", sortBy: "userName" })).toBe(
      "U02 U03 U04",
    );
    expect(await namesFor("Users", { cursor: nextCursor })).toBe("400 invalidCursor");
    expect(await namesFor("Users", { cursor: nextCursor, sortBy: "userName", filter: "title pr" })).toBe(
      "400 invalidCursor",
    );
    expect(await namesFor("Groups", { cursor: nextCursor, sortBy: "userName" })).toBe("400 invalidCursor");
  });

  test("not a cursor from before the agent started again", async () => {
    const { nextCursor } = (await get("Users", { cursor: "", count: "2" })).body;
    await h.restart();
    expect(await namesFor("Users", { cursor: nextCursor, count: "1" })).toBe("U02");
  });
});

describe(".search", () => {
  const schemas = ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"];
  const search = (endpoint: string, body: object) => h.scim("POST", `/${endpoint}/.search`, body);

  test("answers as a list does", async () => {
    const { status, headers, body } = await search("Users", {
      schemas,
      attributes: ["userName", "name.familyName"],
      FILTER: "title pr",
      sortBy: "userName",
      sortOrder: "descending",
      startIndex: 2,
      count: 2,
      cursor: null,
    });
    expect(status).toBe(200);
    expect(headers.get("content-type")).toContain("application/scim+json");
    expect(body).toMatchObject({ totalResults: 10, startIndex: 2, itemsPerPage: 2 });
    expect(namesOf(body)).toBe("U24 U21");
    expect(body.Resources[0]).toEqual({
      ...{ schemas: expect.any(Array), id: ids.U24 },
      ...{ userName: "U24@example.com", name: { familyName: "Lee" } },
    });
    const groups = await search("Groups", { excludedAttributes: ["members"] });
    expect(namesOf(groups.body)).toBe("Core docs Empty");
    expect(groups.body.Resources[0]).not.toHaveProperty("members");
    const first = (await search("Users", { schemas, cursor: "", count: 4 })).body;
    expect(namesOf((await search("Users", { schemas, cursor: first.nextCursor, count: 1 })).body)).toBe(
      "U04",
    );
  });

  test.each([
    [{ schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"] }, "invalidSyntax"],
    [[], "invalidSyntax"],
    [{ schemas, attributes: "userName" }, "invalidValue"],
    [{ schemas, attributes: [7] }, "invalidValue"],
    [{ schemas, attributes: ["id"], excludedAttributes: ["name"] }, "invalidValue"],
    [{ schemas, filter: 7 }, "invalidValue"],
    [{ schemas, filter: "userName" }, "invalidFilter"],
    [{ schemas, count: "two" }, "invalidValue"],
    [{ schemas, count: "two", cursor: "" }, "invalidCount"],
    [{ schemas, count: true }, "invalidValue"],
    [{ schemas, startIndex: 1.5 }, "invalidValue"],
    [{ schemas, sortBy: ["title"] }, "invalidValue"],
    [{ schemas, cursor: "x" }, "invalidCursor"],
  ])("refuses %o", async (body, scimType) => {
    const answer = await search("Users", body);
    expect([answer.status, answer.body.scimType]).toEqual([400, scimType]);
  });

  test("takes numbers as a query has them, however large", async () => {
    const { body } = await search("Users", { schemas, count: "2", startIndex: "29" });
    expect(namesOf(body)).toBe("U28 U29");
    expect((await search("Users", { schemas, startIndex: 2 ** 60 })).body).toMatchObject({
      totalResults: 30,
      Resources: [],
    });
  });

  test("takes POST alone", async () => {
    expect((await h.scim("GET", "/Users/.search")).status).toBe(405);
  });
});
