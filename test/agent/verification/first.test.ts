import { expect, test } from "vitest";
import { startHarness } from "../harness.ts";

test("look", async () => {
  const h = await startHarness(["core/api"]);
  try {
    const t = performance.now();
    const digest = await h.deploy(await h.release());
    console.log("deploy", performance.now() - t);
    const t2 = performance.now();
    const reply = await h.admin("GET", "/verification");
    console.log(reply.status, JSON.stringify(reply.body), performance.now() - t2);
    console.log(JSON.stringify((await h.admin("GET", "/release")).body.verification));
    console.log(h.logs.filter((l) => /"level":[456]0/.test(l)).join(""));
    expect(digest).toMatch(/^sha256/);
  } finally {
    await h.stop();
  }
});
