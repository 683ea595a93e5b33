/** The declared quirks: each has a test of its name, a page that says so, and its line in the provider's guide. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { guides } from "../../../model/documentation/quirk-table.ts";
import { type Quirk, quirks } from "../../../model/scim/quirks.ts";

const tests = (idp: Quirk["idp"]) => readFileSync(new URL(`./${idp}.test.ts`, import.meta.url), "utf8");

describe.each(guides)("%s", (idp) => {
  const own = quirks.filter((quirk) => quirk.idp === idp);

  test("has a test named after each of its quirks", () => {
    const source = tests(idp);
    // the names are types: a test cannot be of one that is not declared
    expect(own.filter(({ name }) => !source.includes(`quirk("${name}", async`))).toEqual([]);
  });

  test("has no name twice", () => {
    expect(new Set(own.map(({ name }) => name)).size).toBe(own.length);
  });
});

test("every quirk names a page over https", () => {
  for (const { source } of quirks) expect(new URL(source).protocol).toBe("https:");
});
