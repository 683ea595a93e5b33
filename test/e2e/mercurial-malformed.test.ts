/** Requests that no client sends: answered by a sentence, and never by what Python says of them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeAccess } from "../agent/mercurial/access.ts";
import { access, password, World } from "../agent/mercurial/world.ts";

let world: World;
beforeAll(async () => {
  world = await World.make();
  writeAccess(world.access, access);
});
afterAll(() => world.end());

async function request(account: string, address: string, method = "GET") {
  const authorization = `Basic ${Buffer.from(`${account}:${password}`).toString("base64")}`;
  const answer = await fetch(`${world.host.url}/core/api${address}`, { method, headers: { authorization } });
  return { status: answer.status, text: await answer.text() };
}

const malformed = { status: 400, text: expect.stringContaining("this host does not understand the request") };

describe("an argument that is missing or none", () => {
  const tip = "f".repeat(40);
  it.each([
    ["of a batch", ["batch"]],
    [
      "of a command in one",
      ["lookup key", "lookup key=tip,key", "known nodes=zz", "lookup ", "heads x", "listkeys "].map(
        (command) => `batch&cmds=${encodeURIComponent(command)}`,
      ),
    ],
    ["of known", ["known", "known&nodes=zz", `known&nodes=${tip.slice(1)}`]],
    ["of lookup", ["lookup", "lookup&key=%ff%00"]],
    ["of getbundle", ["getbundle&heads=xyz", `getbundle&heads=${tip}`, "getbundle&common=xyz"]],
    ["of listkeys", ["listkeys", "listkeys&namespace=%ff"]],
    ["of others", ["protocaps", "debugwireargs&one=1", "%ff"]],
  ])("is told in a sentence: %s", async (_, commands) => {
    for (const command of commands)
      expect([command, await request("rob", `?cmd=${command}`)]).toEqual([command, malformed]);
    expect(world.log.join("")).not.toContain("Traceback");
  });

  it("is told in a sentence: of what writes", async () => {
    const [node] = await world.changesets();
    for (const command of [
      "pushkey",
      "pushkey&namespace=bookmarks",
      "pushkey&namespace=bookmarks&key=a&old=&new=zz",
      `pushkey&namespace=phases&key=${node}&old=x&new=y`,
      "pushkey&namespace=phases&key=zz&old=1&new=0",
      "pushkey&namespace=obsolete&key=dump0&old=&new=zz",
      "unbundle",
      "unbundle&heads=zz",
    ])
      expect([command, await request("ada", `?cmd=${command}`, "POST")]).toEqual([command, malformed]);
    expect(world.log.join("")).not.toContain("Traceback");
  });

  it("is told in a sentence: of a page", async () => {
    for (const page of ["/archive/", "/comparison/tip/README?context=zz", "/log?rev=%ff", "/tags?x=%ff"])
      expect([page, await request("rob", page)]).toEqual([page, malformed]);
    expect(world.log.join("")).not.toContain("Traceback");
  });

  it("is told to nobody who may not read", async () => {
    for (const address of ["?cmd=known", "?cmd=batch", "/archive/"])
      expect((await request("eve", address)).status).toBe(403);
  });
});
