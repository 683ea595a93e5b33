/** Readers have something looked at in turns: one at a time each, so often, so many together; whoever asks the same shares the answer. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { limits, Turns } from "../../../agent/preflight/turns.ts";
import { watchPreflight } from "../../../agent/preflight/watch.ts";
import { type Harness, startHarness } from "../harness.ts";
import { keylessIssuer } from "./keyless.ts";
import { Servers } from "./servers.ts";

const servers = new Servers();
let h: Harness;
let origin: string;
/** Those that wait for the issuer's keys. */
const waiting: (() => void)[] = [];
let came: () => void = () => undefined;
beforeAll(async () => {
  origin = await servers.plain((request, response) => {
    if (request.url !== "/keys") return response.writeHead(404).end();
    waiting.push(() => response.end('{"keys":[]}'));
    return came();
  });
  h = await startHarness([], { egress: servers.hosts });
});
afterAll(async () => {
  for (const end of waiting) end();
  await h.stop();
  await servers.stop();
});

const ask = (release: unknown, token: string) => h.admin("POST", "/preflight", { body: { release }, token });
const isAsked = () => new Promise<void>((done) => (came = done));

test("one at a time for each reader; the same question has the same answer, and a deployer waits for nobody", async () => {
  const release = await h.release(keylessIssuer(origin));
  await h.deploy(release);
  const first = isAsked();
  const mine = ask(release, h.tokens.reader);
  await first;
  const same = ask(release, h.tokens.reader);
  const other = await ask(await h.release(), h.tokens.reader);
  expect([other.status, other.body.error.code, other.headers.get("retry-after")]).toEqual([
    429,
    "tooManyPreflights",
    "5",
  ]);
  // by another role it is another question
  const second = isAsked();
  const deployers = ask(release, h.tokens.deployer);
  await second;
  const third = isAsked();
  const another = await h.release((draft) => {
    keylessIssuer(origin)(draft);
    draft.variables.SCIM_REGION = { type: "string", value: "eu" };
  });
  const approvers = ask(another, h.tokens.approver);
  await third;
  expect(waiting).toHaveLength(3);
  for (const end of waiting.splice(0)) end();
  const [one, two] = await Promise.all([mine, same]);
  expect([one.status, two.status]).toEqual([200, 200]);
  expect(two.body).toEqual(one.body);
  expect((await Promise.all([deployers, approvers])).map(({ status }) => status)).toEqual([200, 200]);
  // over, so that the next one has its turn
  expect((await ask(await h.release(), h.tokens.reader)).status).toBe(200);
});

test("so often for each and for all, and so many together; who looks by itself asks for no turn", async () => {
  let now = 0;
  const turns = new Turns<string>(() => now);
  const over: (() => void)[] = [];
  const asked = (question: string, asker: string) =>
    turns.take(
      question,
      { asker, isLimited: true },
      () => new Promise((done) => over.push(() => done(question))),
    );
  const end = async () => {
    for (const done of over.splice(0)) done();
    // each takes itself out
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  };
  for (let n = 0; n < limits.together; n++) expect(asked(`q${n}`, `reader ${n}`).ok).toBe(true);
  expect(asked("one more", "reader 99")).toEqual({ ok: false, error: 5_000 });
  expect(asked("q0", "reader 99").ok).toBe(true);
  expect(turns.take("mine", { asker: "deployer", isLimited: false }, async () => "mine").ok).toBe(true);
  await end();

  for (let n = 1; n < limits.each.requests; n++) {
    expect(asked(`again ${n}`, "reader 0").ok).toBe(true);
    await end();
  }
  expect(asked("too often", "reader 0")).toEqual({ ok: false, error: 5_000 });
  now += 5_000;
  expect(asked("now", "reader 0").ok).toBe(true);
  await end();
  // all that is left of the minute for everybody
  let taken = 0;
  for (let n = 0; asked(`all ${n}`, `other ${n}`).ok && n < 1_000; n++, await end()) taken++;
  expect(taken).toBeLessThan(limits.all.requests);
  expect(asked("nothing left", "somebody else").ok).toBe(false);

  let looked = 0;
  const stop = watchPreflight(
    {
      active: (await h.release()) as never,
      check: async () => {
        looked++;
        return [];
      },
    },
    () => undefined,
    { warn: () => undefined, error: () => undefined } as never,
    { every: 1, again: 1 },
  );
  while (looked < 2) await new Promise((done) => setTimeout(done, 1));
  stop();
});
