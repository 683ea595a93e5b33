/** The table of a connector's test: which request is which step, and what is said of those that do not come. */
import { expect, test } from "vitest";
import type { HeardRequest } from "../../api/heard.ts";
import { Connector } from "../../model/environment/connector.ts";
import { connectorSteps } from "../../model/environment/connector-step.ts";
import { TestProgress } from "../../report/connector-test/progress.ts";
import { stepsOfConnector } from "../../report/connector-test/steps.ts";
import { stepRows } from "../../report/connector-test/words.ts";

const auth = { bearer: { var: "TOKEN" }, allow: ["users", "groups"] } as never;
const idps = Connector.shape.idp.options;

let number = 0;
const request = (method: string, path: string, more: Partial<HeardRequest> = {}): HeardRequest => ({
  ...{ number: ++number, at: 0, connector: "x", method, path, target: null, status: 200 },
  ...{ outcome: "done", code: null, rules: [], hold: null, parts: [], ...more },
});
const part = (path: string, is = "text", op: "add" | "replace" | null = "replace") => ({ op, path, is });

test.each(idps)("each step of %s says what to press and why it may not come, in plain words", (idp) => {
  const steps = stepsOfConnector({ idp, auth });
  expect(steps.map(({ step }) => step)).toEqual(
    connectorSteps.filter((step) => idp !== "google" || (step !== "group" && step !== "role")),
  );
  for (const { press, missing } of steps)
    for (const text of [press, missing]) expect(text).toMatch(/^\S.{5,}[^.]$/);
});

test("a connector that may not write groups is tried without them, and Okta deletes nothing else", () => {
  const alone = { bearer: { var: "TOKEN" }, allow: ["users"] } as never;
  const steps = (idp: Connector["idp"]) => stepsOfConnector({ idp, auth: alone }).map(({ step }) => step);
  expect(steps("entra")).toEqual(["connection", "create", "update", "deactivate", "reactivate", "delete"]);
  expect(steps("okta")).toEqual(["connection", "create", "update", "deactivate", "reactivate"]);
});

test("requests are the steps that they are, in whichever form a provider has", () => {
  const progress = new TestProgress({ idp: "scim", auth });
  const take = (...args: Parameters<typeof request>) => progress.take(request(...args));
  const active = (is: string) => ({ target: "u", parts: [part("active", is)] });
  expect(take("POST", "Users", { target: "u", outcome: "refused", status: 400 })).toEqual(["create"]);
  expect(take("POST", "Users", { target: "u" })).toEqual(["connection", "create"]);
  expect(take("GET", "Users/:id", { outcome: "refused", status: 404 })).toEqual([]);
  expect(take("GET", "ServiceProviderConfig")).toEqual(["connection"]);
  expect(take("PUT", "Users/:id", { target: "u", parts: [part("active", "true", null)] })).toEqual([
    "update",
  ]);
  // a new password alone is no update
  expect(take("PATCH", "Users/:id", { target: "u", parts: [part("password")] })).toEqual([]);
  expect(take("PATCH", "Users/:id", { target: "u", parts: [part("roles[].value")] })).toEqual([
    "update",
    "role",
  ]);
  // who was not deactivated is not reactivated
  expect(take("PATCH", "Users/:id", active("true"))).toEqual([]);
  expect(take("PATCH", "Users/:id", active("false"))).toEqual(["deactivate"]);
  expect(take("PATCH", "Users/:id", { ...active("true"), target: "other" })).toEqual([]);
  expect(take("PUT", "Users/:id", active("true"))).toEqual(["reactivate"]);
  // what fills a group that came empty is its push
  expect(take("POST", "Groups", { target: "g", parts: [part("members", "0 values", null)] })).toEqual([
    "group",
  ]);
  expect(take("PATCH", "Groups/:id", { target: "g", parts: [part("displayName")] })).toEqual(["group"]);
  const members = { target: "g", parts: [part("members", "1 value")] };
  expect(take("PATCH", "Groups/:id", members)).toEqual(["group"]);
  expect(take("PATCH", "Groups/:id", members)).toEqual(["role"]);
  const nobody = { target: "g", parts: [part("members", "0 values", null)] };
  expect(take("PUT", "Groups/:id", nobody)).toEqual(["role"]);
  // as Keycloak does: the last member leaves, and another group comes empty and is filled
  expect(take("PUT", "Groups/:id", { target: "g", parts: [part("displayName", "text", null)] })).toEqual([
    "role",
  ]);
  expect(take("POST", "Groups", { target: "g2" })).toEqual(["group"]);
  expect(take("PUT", "Groups/:id", { ...members, target: "g2" })).toEqual(["group", "role"]);
  expect(take("POST", "Groups", { ...members, target: "g3" })).toEqual(["group", "role"]);
  const forbidden = { outcome: "refused", status: 403, code: "insufficientScope" } as const;
  expect(take("GET", "Groups", forbidden)).toEqual([]);
  expect(progress.isWell).toBe(false);
  expect(take("DELETE", "Groups/:id")).toEqual(["delete"]);
  expect(progress.isWell).toBe(true);
  expect(take("DELETE", "Users/:id", { outcome: "held", status: 409, hold: "h" })).toEqual(["delete"]);
  expect(progress.isWell).toBe(false);
  // nor does an address of nobody's tick anything
  expect(take("POST", "other", { connector: null, outcome: "turnedAway", status: 404 })).toEqual([]);
});

test("the likely cause of what did not come goes by what did", () => {
  const rows = (...requests: HeardRequest[]) => {
    const progress = new TestProgress({ idp: "okta", auth });
    for (const one of requests) progress.take(one);
    return Object.fromEntries(stepRows(progress).map(([name, ...row]) => [name, row.join("; ")]));
  };
  const none = rows();
  expect(none["test connection"]).toMatch(
    /^did not come; likely: Okta does not reach .* Press: Provisioning > /,
  );
  expect(none.deactivate).toContain("Deactivate Users is off");
  const elsewhere = { connector: null, outcome: "turnedAway", status: 404 } as const;
  expect(rows(request("GET", "other", elsewhere)).create).toContain(
    "likely: 1 request came to an address that no connector has",
  );
  const unknown = rows(request("GET", "Users", { outcome: "turnedAway", status: 401, code: "invalidToken" }));
  expect(unknown["test connection"]).toBe(
    "not let in (401): invalidToken; the token is another one: enter the one that the connector's auth names",
  );
  expect(unknown.create).toContain("the last request was not let in (invalidToken)");
  const rules = ["mail"];
  const refused = { outcome: "refused", status: 400, code: "constraintOnValue" } as const;
  expect(rows(request("POST", "Users", { ...refused, rules })).create).toBe(
    "refused (400): constraintOnValue mail; ask the owner of mail, or correct it at the provider (hgscim failures)",
  );
  const held = { outcome: "held", status: 409, code: "held", hold: "7c" } as const;
  expect(rows(request("POST", "Users", { ...held, rules })).create).toMatch(
    /^held \(409\) as 7c: mail; .*hgscim held list/,
  );
});
