/**
 * Requests made by chance from what providers send and what attackers do: none is a failure of the agent, what is refused
 * changes nothing, enforcement stays what the store says, and no memory is left behind. HGSCIM_SEED=S plays another series.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isSoak, long } from "../long.ts";
import { type Delivery, deliver } from "./delivery.ts";
import { type Harness, startHarness } from "./harness.ts";
import { randomRequest } from "./random-request.ts";
import { type Answer, exchange, stateOf } from "./wire.ts";

const runs = isSoak ? 10_000 : 400;
const seed = process.env.HGSCIM_SEED ? Number(process.env.HGSCIM_SEED) : Date.now() & 0x7fffffff;
/** So many of a kind are kept: what grows with the directory is not what a request leaves behind. */
const population = 40;
const lot = 250;

let h: Harness;
const known = { users: [] as string[], groups: [] as string[], cursors: [] as string[] };
beforeAll(async () => {
  h = await startHarness(["core/api", "docs"], { scim: { listen: "127.0.0.1:0", tls: "off" } });
  await h.deploy(await h.release());
  for (const name of ["ada", "bob", "eve"])
    known.users.push((await h.scim("POST", "/Users", { userName: `${name}@example.com` })).body.id);
  for (const displayName of ["core-team", "engineering", "lunch"])
    known.groups.push((await h.scim("POST", "/Groups", { displayName, members: known.users })).body.id);
});
afterAll(() => h.stop());

/** Sends a request; answers what comes back, but for 100: that is no answer yet. */
async function exchanged(request: Delivery): Promise<Answer[]> {
  const answers = await exchange(
    h.agent.scim,
    (socket) => void deliver(socket, "/scim/okta/v2", h.tokens.scim, request).catch(() => socket.destroy()),
  );
  return answers.filter(({ status }) => status !== 100);
}

const statuses = new Set([
  ...[200, 201, 204, 304, 400, 401, 403, 404, 405, 408, 409, 412, 413, 415, 417, 429, 431],
]);

/** Holds an answer to what every answer is. */
function expectSane({ status, body }: Answer, { method, target }: Delivery): void {
  // refused by name, as RFC 7644 wants it (sections 3.7 and 3.11)
  if (status === 501) expect(["/Bulk", "/Me"]).toContain(target);
  else expect(statuses).toContain(status);
  if (status < 400 || method === "HEAD") return;
  expect(JSON.parse(body)).toMatchObject({
    schemas: ["urn:ietf:params:scim:api:messages:2.0:Error"],
    status: String(status),
  });
  expect(body.length).toBeLessThan(16_384);
  expect(body).not.toMatch(/SQLITE|FST_|HPE_|node:internal|\.[jt]s:\d/);
}

/** Learns from an answer what there is to be asked for. */
function learn({ status, body }: Answer, { method, target }: Delivery): void {
  const ids = target.startsWith("/Users") ? known.users : known.groups;
  if (status === 201) ids.push(JSON.parse(body).id);
  if (status === 200 && body.includes('"nextCursor"')) known.cursors.push(JSON.parse(body).nextCursor);
  if (known.cursors.length > population) known.cursors.shift();
  const gone = ids.findIndex((id) => target.endsWith(`/${id}`));
  if (status === 204 && method === "DELETE" && gone >= 0) ids.splice(gone, 1);
}

/** Deletes the oldest, so that no more than the population is there. */
async function thin(): Promise<void> {
  for (const [path, ids] of [
    ["/Users", known.users],
    ["/Groups", known.groups],
  ] as const)
    while (ids.length > population) await h.scim("DELETE", `${path}/${ids.shift()}`);
}

test(`${runs} requests by chance`, async () => {
  const seen = new Map<number, number>();
  let state = stateOf(h);
  await fc.assert(
    fc.asyncProperty(randomRequest(known), async (request) => {
      const [answer, ...more] = await exchanged(request);
      expect(more).toEqual([]);
      const before = state;
      state = stateOf(h);
      if (!answer) {
        // nobody was there any more to hear of it
        expect(request.part).toBeLessThan(1);
        expect(state).toBe(before);
        return;
      }
      seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1);
      expectSane(answer, request);
      const reads = ["GET", "HEAD", "OPTIONS"].includes(request.method) || request.target.endsWith(".search");
      if (answer.status >= 400 || reads) expect(state).toBe(before);
      learn(answer, request);
      await thin();
      state = stateOf(h);
    }),
    { numRuns: runs, seed },
  );
  // both roads were taken
  expect((seen.get(200) ?? 0) + (seen.get(201) ?? 0) + (seen.get(204) ?? 0)).toBeGreaterThan(runs / 20);
  expect(seen.get(400) ?? 0).toBeGreaterThan(runs / 20);
  expect(h.logs.filter((line) => JSON.parse(line).level >= 50)).toEqual([]);
  for (const inherited of Object.keys(Object.prototype)) throw new Error(`Object.prototype.${inherited}`);

  // the file that each write changed a little is the one that is made from the store
  const incremental = h.accessFile();
  await h.restart();
  expect(h.accessFile()).toEqual(incremental);
}, 1_200_000);

long(
  "what has been answered leaves no memory behind",
  async () => {
    const count = Math.ceil(runs / 2 / lot) * lot;
    const play = async (round: number): Promise<number> => {
      // new ones each time: what is kept for each different request would not show with the same again
      for (let done = 0; done < count; done += lot) {
        const requests = fc.sample(randomRequest(known), { numRuns: lot, seed: seed + round * count + done });
        const lanes = Array.from({ length: 10 }, async (_, lane) => {
          for (let i = lane; i < requests.length; i += 10) {
            const request = requests[i] as Delivery;
            const [answer] = await exchanged(request);
            if (answer) expectSane(answer, request);
            if (answer) learn(answer, request);
          }
        });
        await Promise.all(lanes);
        await thin();
      }
      expect(h.logs.filter((line) => JSON.parse(line).level >= 50)).toEqual([]);
      h.logs.length = 0;
      // the agent lets who sends no HTTP finish for two seconds
      await sleep(2_500);
      return memoryInUse();
    };
    await play(0);
    const used = [await play(1), await play(2), await play(3)];
    const grown = used.slice(1).map((bytes, i) => bytes - (used[i] ?? 0));
    // one of them by chance, but each of them only by what is kept; of each request 1 KiB would be twice that
    expect(Math.min(...grown), `bytes ${used}`).toBeLessThan(count * 512);
  },
  1_200_000,
);

/** Bytes that JavaScript holds after collecting what it does not. */
function memoryInUse(): number {
  setFlagsFromString("--expose-gc");
  const gc: () => void = runInNewContext("gc");
  gc();
  gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
