import { describe, expect, it } from "vitest";
import { commonAttributes } from "../../../model/scim/common.ts";
import { enterpriseUserSchema } from "../../../model/scim/enterprise-user.ts";
import { groupSchema } from "../../../model/scim/group.ts";
import type { Attribute } from "../../../model/scim/schema.ts";
import { userSchema, userType } from "../../../model/scim/user.ts";

const names = (attributes: readonly Attribute[] = []) => attributes.map(({ name }) => name);
const find = (attributes: readonly Attribute[], name: string) => attributes.find((one) => one.name === name);

describe("the SCIM schemas", () => {
  it("have the attributes of RFC 7643, sections 4.1, 4.2 and 4.3", () => {
    expect(names(userSchema.attributes)).toEqual(
      (
        "userName name displayName nickName profileUrl title userType preferredLanguage locale timezone active " +
        "password emails phoneNumbers ims photos addresses groups entitlements roles x509Certificates"
      ).split(" "),
    );
    expect(names(enterpriseUserSchema.attributes)).toEqual(
      "employeeNumber costCenter organization division department manager".split(" "),
    );
    expect(names(groupSchema.attributes)).toEqual(["displayName", "members"]);
    expect(names(commonAttributes)).toEqual(["schemas", "id", "externalId", "meta"]);
  });

  it("have the sub-attributes of RFC 7643, section 8.7.1", () => {
    const subs = (name: string) => names(find(userSchema.attributes, name)?.subAttributes).join(" ");
    expect(subs("name")).toBe("formatted familyName givenName middleName honorificPrefix honorificSuffix");
    expect(subs("emails")).toBe("value display type primary");
    expect(subs("addresses")).toBe("formatted streetAddress locality region postalCode country type primary");
    expect(subs("groups")).toBe("value $ref display type");
    expect(names(find(enterpriseUserSchema.attributes, "manager")?.subAttributes)).toEqual([
      "value",
      "$ref",
      "displayName",
    ]);
  });

  it("say what nobody may write and what nobody may read", () => {
    const all = [...commonAttributes, ...userSchema.attributes, ...enterpriseUserSchema.attributes];
    const readOnly = all.filter(({ mutability }) => mutability === "readOnly");
    expect(names(readOnly)).toEqual(["schemas", "id", "meta", "groups"]);
    expect(names(all.filter(({ returned }) => returned === "never"))).toEqual(["password"]);
    expect(names(all.filter(({ required }) => required))).toEqual(["userName"]);
    expect(userType.extensions).toEqual([enterpriseUserSchema]);
  });

  it("are well-formed throughout", () => {
    const check = (attributes: readonly Attribute[]) => {
      const lower = names(attributes).map((name) => name.toLowerCase());
      expect(new Set(lower).size).toBe(lower.length);
      for (const one of attributes) {
        // RFC 7643, section 2.1, and "$ref" of section 2.4.
        expect(one.name).toMatch(/^(?:\$ref|[A-Za-z][\w-]*)$/);
        expect(one.type === "complex").toBe(one.subAttributes !== undefined);
        expect(one.description).toMatch(/^[A-Z].*\.$/);
        if (one.type === "reference") expect(one.referenceTypes).toBeDefined();
        // Complex attributes do not nest (section 2.3.8).
        for (const sub of one.subAttributes ?? []) expect(sub.type).not.toBe("complex");
        check(one.subAttributes ?? []);
      }
    };
    check([...commonAttributes, ...userSchema.attributes]);
    check([...commonAttributes, ...groupSchema.attributes]);
    check(enterpriseUserSchema.attributes);
  });
});
