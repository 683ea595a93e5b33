/** Sockets that a service manager listens on for the agent: taken once, by their names. */
import { expect, test } from "vitest";
import { takeHandedOver } from "../../agent/http/handed-over.ts";

test("they are taken by the process that they are meant for, once, and not handed on", () => {
  const told = () => ({ LISTEN_PID: "7", LISTEN_FDS: "2", LISTEN_FDNAMES: "scim:admin", PATH: "/bin" });
  const environment = told();
  expect([...takeHandedOver(environment, 7)]).toEqual([
    ["scim", 3],
    ["admin", 4],
  ]);
  expect(environment).toEqual({ PATH: "/bin" });
  expect([...takeHandedOver(environment, 7)]).toEqual([]);
  expect([...takeHandedOver(told(), 8)]).toEqual([]);
  expect([...takeHandedOver({ ...told(), LISTEN_FDS: "1" }, 7).keys()]).toEqual(["scim"]);
});
