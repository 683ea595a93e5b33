import { describe, expect, it } from "vitest";
import { userNode } from "../../scim/attribute.ts";
import { parsePath } from "../../scim/patch/path.ts";

const certificates = [
  { value: "AbC=", type: "tls", primary: true },
  { value: "aBc=", display: "Old" },
  { type: "" },
];
const values = { emails: certificates, x509Certificates: certificates };

/** The places of the elements that the filter selects. */
const selected = (name: "emails" | "x509Certificates", filter: string) => {
  const path = parsePath(userNode, `${name}[${filter}]`);
  if (!path.ok) return `${path.error.code}: ${path.error.detail}`;
  return values[name].flatMap((element, index) => (path.value?.filter?.matches(element) ? [index] : []));
};

describe("value filters", () => {
  it.each([
    ['value eq "abc="', [0, 1]],
    ['value ne "abc="', [2]],
    ['VALUE CO "BC"', [0, 1]],
    ['value sw "ab"', [0, 1]],
    ['value ew "="', [0, 1]],
    ['value gt "abb"', [0, 1]],
    ['value le "abc="', [0, 1]],
    ["value pr", [0, 1]],
    ["type pr", [0]],
    ["type eq null", [1, 2]],
    ["type ne null", [0]],
    ["primary eq true", [0]],
    ['primary eq "True"', [0]],
    ["primary ne true", [1, 2]],
    ['not (type eq "tls") and value pr', [1]],
    ['display eq "old" or primary eq true', [0, 1]],
  ])("select by %s", (filter, expected) => {
    expect(selected("emails", filter)).toEqual(expected);
  });

  it("regard case where the attribute does", () => {
    expect(selected("x509Certificates", 'value eq "AbC="')).toEqual([0]);
  });

  it.each([
    ['value gt "AQID"', "invalidFilter: x509Certificates.value is a binary: it cannot be compared by gt"],
    ["primary co true", "invalidFilter: x509Certificates.primary is a boolean: it cannot be compared by co"],
    ["type lt null", "invalidFilter: x509Certificates.type cannot be compared with null by lt"],
    ["primary eq 1", "invalidFilter: x509Certificates.primary: expected true or false, found a number"],
    ["size pr", 'invalidFilter: x509Certificates has no sub-attribute "size"'],
    ["value[type pr]", "invalidFilter: a filter on x509Certificates cannot hold another value path"],
  ])("refuse %s", (filter, expected) => {
    expect(selected("x509Certificates", filter)).toBe(expected);
  });
});
