/** What a release makes of users is remembered by what they are: whoever changes meanwhile is evaluated again. */
import { expect, test } from "vitest";
import { Entitled } from "../../agent/operations/entitled.ts";
import type { Program } from "../../policy/program.ts";

const asked: string[] = [];
const programOf = (name: string) =>
  ({
    entitlement: (connector, { userName }) => {
      asked.push(`${name}: ${connector}/${userName}`);
      return { kind: "none", reason: "inactive" };
    },
  }) as Pick<Program, "entitlement"> as Program;

test("the same text of the same connector is evaluated once, another one and another release's again", () => {
  const [one, other] = [programOf("one"), programOf("other")];
  const entitled = new Entitled(one);
  const [ann, eve] = [JSON.stringify({ userName: "ann" }), JSON.stringify({ userName: "eve" })];
  entitled.learn("okta", ann);
  expect(asked.splice(0)).toEqual(["one: okta/ann"]);
  expect(entitled.of(one, "okta", ann).user).toEqual({ userName: "ann" });
  expect(asked).toEqual([]);
  for (const [program, connector, resource] of [
    [one, "okta", eve],
    [one, "entra", ann],
    [other, "okta", ann],
  ] as const)
    entitled.of(program, connector, resource);
  expect(asked).toEqual(["one: okta/eve", "one: entra/ann", "other: okta/ann"]);
});
