/** An approver accepts the clock while a connector only takes access away: its tokens are as old as before, as ever. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Harness, startHarness } from "../harness.ts";
import { staff } from "../people.ts";
import { change } from "../store/file.ts";
import { acceptClockOf, Clocks, day, restartAfter, year } from "./world.ts";

const variable = "SCIM_TEST_CLOCK_TOKEN";
const token = "the-token-that-gets-older";
let clocks: Clocks;
let h: Harness;
beforeEach(async () => {
  clocks = new Clocks();
  process.env[variable] = token;
  h = await startHarness(["core/api"], {}, clocks.given);
});
afterEach(async () => {
  delete process.env[variable];
  await h.stop();
});

const accept = async () => expect((await acceptClockOf(h, clocks)).status).toBe(200);
const isLetIn = async () => (await h.scim("GET", "/Users")).status === 200;

const altered = () =>
  restartAfter(h, () =>
    change(
      `${h.config.data}/store.db`,
      "UPDATE releases SET release = '{'; UPDATE release_copy SET release = '{'",
    ),
  );
const ended = async () => {
  const { digest } = (await h.admin("GET", "/release")).body;
  await h.admin("DELETE", "/release", { headers: { "If-Match": `"${digest}"` } });
};
const unread = () => restartAfter(h, () => void delete process.env[variable]);

describe.each<[string, () => Promise<void>]>([
  ["the stored release was altered", altered],
  ["the release was ended", ended],
  ["the secret is missing", unread],
])("%s", (_, happens) => {
  const hire = async () => {
    Object.assign(h.tokens, { scim: token });
    const asked = h.scim;
    h.scim = (method, path, body) => asked(method, path, body, token);
    await h.deploy(
      await h.release((draft) => {
        draft.secrets["okta-token"].refs = [`ref+env://${variable}`];
      }),
    );
    await staff(h, { "core-team": ["ann"] });
  };

  test.each([false, true])(
    "a token of a wrong future lasts no longer for it (again after a start: %s)",
    async (again) => {
      clocks.off = 6 * day;
      await hire();
      await happens();
      clocks.off = 0;
      await accept();
      if (again) await h.restart();
      clocks.pass(29 * day);
      expect(await isLetIn()).toBe(true);
      clocks.pass(day);
      expect(await isLetIn()).toBe(false);
    },
  );

  test("a token that a wrong future has ended has ended", async () => {
    await hire();
    await happens();
    clocks.off = 10 * year;
    await accept();
    expect(await isLetIn()).toBe(false);
    clocks.off = 0;
    await accept();
    expect(await isLetIn()).toBe(false);
    await h.restart();
    expect(await isLetIn()).toBe(false);
  });
});
