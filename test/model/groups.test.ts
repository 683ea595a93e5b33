/** Which names of groups a connector's selections mean, and which ones they almost mean. */
import { expect, test } from "vitest";
import type { Environment } from "../../model/environment.ts";
import { groupIndex } from "../../model/groups.ts";
import { spelt } from "../../model/name.ts";

type Selections = Environment["connectors"][string]["groups"];

const indexOf = (...groups: Selections) =>
  groupIndex({ okta: { groups } } as unknown as Environment["connectors"]);
const leads = { name: "leads", when: "true" };

test.each(["hg-x", " HG-X\u00a0", "ｈｇ-ｘ", "hg-\u200bx"])("a declared name is found by %j", (name) => {
  expect(indexOf("Hg-X").find("okta", name)?.key).toBe("okta/Hg-X");
  expect(
    indexOf("Hg-X")
      .resolve(`OKTA/${name}`)
      .map(({ key }) => key),
  ).toEqual(["okta/Hg-X"]);
});

test.each(["hg-Straße", "HG-STRASSE ", "hg-ｓtrasse"])("by a pattern, %j has one key", (name) => {
  expect(indexOf({ pattern: "HG-*" }).find("okta", name)?.key).toBe("okta/hg-strasse");
});

test("a name in two forms of Unicode is one, whichever was declared", () => {
  for (const [declared, sent] of [
    ["é", "e\u0301"],
    ["e\u0301", "é"],
  ] as const)
    expect(indexOf(declared).find("okta", sent)?.key).toBe(`okta/${declared}`);
});

test.each<[Selections, string, string | undefined]>([
  [["hg-x"], "hg_x", "hg-x"],
  [["hg-x"], "hg x", "hg-x"],
  [["hg-x"], "hg\u2011х", "hg-x"],
  [["hg-x"], "[HG-X]", "hg-x"],
  [["hg-x"], "hgx", undefined],
  [["café"], "cafe", "café"],
  [["admin"], "аdmіn", "admin"],
  [["admin"], "adm1n", "admin"],
  [["modern-team"], "modem.team", "modern-team"],
  [["tools"], "t00ls", "tools"],
  [["ops"], "ορs", "ops"],
  [[{ pattern: "hg-*" }], "hg_writers", "hg-*"],
  [[{ pattern: "hg-*" }], "hgwriters", undefined],
  [["writers"], "writer", "writers"],
  [["writers"], "wrters", "writers"],
  [["writers"], "wirters", undefined],
  [["team-1"], "team-2", undefined],
  [["team-1"], "team-12", undefined],
  [["dev"], "dew", undefined],
  [["engineering"], "marketing", undefined],
  // a derived group and what is selected are no mistake
  [[leads], "leads", undefined],
  [["hg-x"], "HG-X ", undefined],
])("of %j, %s almost is %s", (selections, name, near) => {
  expect([spelt(name), indexOf(...selections).findNear("okta", name)?.text]).toEqual([spelt(name), near]);
});

test("another connector's names say nothing", () => {
  expect(indexOf("hg-x").findNear("entra", "hg_x")).toBeUndefined();
});
