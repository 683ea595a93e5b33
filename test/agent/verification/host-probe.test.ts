/** What the Mercurial host itself answers: a wrong answer has the file made anew, then the release before come back, then everything refused; a missing one never does. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { rowsOf } from "../alerts/store.ts";
import { type Harness, type ReleaseShape, startHarness } from "../harness.ts";
import { type Answer, AnsweringHost, letsIn, refuses } from "./answering-host.ts";

let host: AnsweringHost;
let h: Harness;
/** The releases that the access file was made to hold, one after the other. */
let written: string[];
beforeEach(async () => {
  process.env.SCIM_TEST_PROBE = "a password";
  host = new AnsweringHost();
  written = [];
  h = await startHarness(
    ["core/api"],
    { host: await host.start() },
    {
      opened: (access) => {
        const prepare = access.prepareSnapshot.bind(access);
        access.prepareSnapshot = (snapshot, audit) => {
          written.push(snapshot.release);
          return prepare(snapshot, audit);
        };
      },
    },
  );
  host.beside(h.config.access);
});
afterEach(async () => {
  await h.stop();
  await host.stop();
  delete process.env.SCIM_TEST_PROBE;
});

const active = async () => (await h.admin("GET", "/release")).body;
const codes = async () =>
  (await h.admin("GET", "/health")).body.conditions.map(({ code }: { code: string }) => code);
const other = (n: number) => (draft: ReleaseShape) => {
  draft.permissions.core.description = `another one, ${n}`;
};
const put = async (edit: (draft: ReleaseShape) => void, digest: string) => {
  written = [];
  host.asked = 0;
  return h.admin("PUT", "/release", {
    body: { release: await h.release(edit), origin: {} },
    headers: { "If-Match": `"${digest}"` },
  });
};
const drifts = () =>
  rowsOf(h, "SELECT subject, summary, detail FROM events WHERE kind = 'drift' ORDER BY sequence");

const wrong: readonly (readonly [what: string, message: RegExp, answer: Answer])[] = [
  ["it lets in who may read nothing", /lets eve in, who may read nothing$/, letsIn],
  [
    "it refuses by another access file",
    /refuses eve by another access file than the agent's$/,
    (response) => response.writeHead(403, "eve may not read repository core/api").end(),
  ],
  [
    "it cannot go by the access file",
    /refuses everything: access cannot be checked: the access file is missing$/,
    (response) =>
      response.writeHead(503, "access cannot be checked: the access file is missing").end("hgscim"),
  ],
];

test("a wrong answer has the file made anew, then the release before come back, then everything refused", async () => {
  let digest = await h.deploy(await h.release());
  expect(host.asked).toBe(1);
  let n = 0;
  for (const [what, message, answer] of wrong) {
    // once: the file is made anew, and told
    host.answer = (...asked) => (host.asked === 1 ? answer(...asked) : refuses(...asked));
    const mended = await put(other(++n), digest);
    expect(mended.status, what).toBe(200);
    const first: string = mended.body.digest;
    expect(written, what).toEqual([first, first]);
    expect(drifts().at(-1)?.detail, what).toMatch(/made anew, and it does; the Mercurial host: /);

    // as long as the release is active: the one before comes back
    host.answer = (response, asked) =>
      asked.release === first ? refuses(response, asked) : answer(response, asked);
    const failed = await put(other(++n), first);
    expect(failed.body.error, what).toMatchObject({ code: "verificationFailed" });
    expect(failed.body.error.problems, what).toEqual([expect.stringMatching(message)]);
    const [second] = written;
    expect(written, what).toEqual([second, second, first]);
    expect(await active(), what).toMatchObject({ digest: first, activatedBy: "agent:verification" });

    // whatever is active: everything is refused, until a release is deployed that the host goes by
    host.answer = answer;
    const shut = await put(other(++n), first);
    expect(shut.body.error, what).toMatchObject({ code: "accessShut" });
    const [third] = written;
    expect(written, what).toEqual([third, third, first, first]);
    expect(await codes(), what).toEqual(["accessShut"]);
    expect(drifts().at(-1), what).toMatchObject({ subject: "shut" });
    host.answer = refuses;
    digest = (await put(other(++n), first)).body.digest;
    expect(await codes(), what).toEqual([]);
  }
});

test("a missing answer never does: it is told, and nothing else", async () => {
  let digest = await h.deploy(await h.release());
  const missing: readonly (readonly [message: RegExp, answer: Answer])[] = [
    [/^no answer from /, (response) => response.destroy()],
    [/answers 401 Unauthorized$/, (response) => response.writeHead(401).end()],
    [/answers 403 Forbidden$/, (response) => response.writeHead(403).end("not from this address")],
    [/answers 404 Not Found$/, (response) => response.writeHead(404).end()],
    [/answers 302 Found$/, (response) => response.writeHead(302, { location: "/login" }).end()],
    [/answers 502 Bad Gateway$/, (response) => response.writeHead(502).end()],
    [
      /^no answer from /,
      (response) => {
        response.writeHead(403, { "content-length": "100" }).write("hgscim: ");
        response.destroy();
      },
    ],
  ];
  for (const [n, [message, answer]] of missing.entries()) {
    host.answer = answer;
    const reply = await put(other(n), digest);
    expect(reply.status).toBe(200);
    expect(reply.body.verification).toEqual({
      state: "settled",
      missing: [{ step: "host", message: expect.stringMatching(message) }],
    });
    digest = reply.body.digest;
    expect(written).toEqual([digest]);
  }
  delete process.env.SCIM_TEST_PROBE;
  const unknown = await put(other(missing.length), digest);
  expect(unknown.body.verification.missing[0].message).toMatch(/SCIM_TEST_PROBE/);
  expect(host.asked).toBe(0);
  expect(written).toEqual([unknown.body.digest]);
  expect(drifts()).toEqual([]);
  expect(await codes()).toEqual([]);
});
