/** A release whose stored text is not what was activated does not run; Mercurial goes on with what the access file holds. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { sql } from "kysely";
import { afterEach, beforeEach, expect, test } from "vitest";
import { undoubted } from "../../agent/clock/rule.ts";
import { Archive } from "../../agent/releases/archive.ts";
import { openMemoryStore } from "../../agent/store/sqlite.ts";
import { digestsOf, type ReleaseData } from "../../model/digest.ts";
import { fail, ok } from "../../model/result.ts";
import { type Harness, startHarness } from "./harness.ts";
import { staff } from "./people.ts";
import { change } from "./store/file.ts";

let h: Harness;
let digest: string;
beforeEach(async () => {
  h = await startHarness(["core/api"]);
  digest = await h.deploy(await h.release());
  await staff(h, { "core-team": ["ada", "bob"], engineering: ["ada", "bob", "cy"] });
});
afterEach(() => h.stop());

/** What somebody does to the store while the agent is stopped. */
async function restartAfter(statement: string): Promise<void> {
  await h.restart(() => {
    change(join(h.config.data, "store.db"), statement);
    h.logs.length = 0;
  });
}

const none = `sha256:${"0".repeat(64)}`;
const edit = (table: string) =>
  `UPDATE ${table} SET release = replace(release, '"core-team"', '"engineering"')`;
/** The text and its copy. */
const edited = `${edit("release_copy")}; ${edit("releases")}`;
const code = async (path: string) => {
  const { status, body } = await h.admin("GET", path);
  return [status, body.error?.code];
};

test.each([
  ["its text", edit("releases")],
  ["its copy", edit("release_copy")],
  ["the release, taken out", "DELETE FROM releases"],
  ["its copy, taken out", "DELETE FROM release_copy"],
])("%s changed: what was activated is put back, and everybody is told", async (_, statement) => {
  const file = h.accessFile();
  await restartAfter(statement);
  expect(h.logs.filter((line) => JSON.parse(line).level === 50).join()).toMatch(
    new RegExp(`${digest}.*was altered, and its copy was put in its place`),
  );
  expect((await h.admin("GET", "/audit?last=1")).body.rows).toMatchObject([
    { actor: "agent", operation: "release.restore", target: digest, code: "releaseAltered" },
  ]);
  expect(h.accessFile()).toEqual(file);
  expect((await h.admin("GET", "/release")).body).toMatchObject({
    digest,
    release: { permissions: { core: { write: ["okta/core-team"] } } },
  });
  const ada = (await h.scim("GET", '/Users?filter=userName eq "ada@example.com"')).body.Resources[0].id;
  const leaves = { Operations: [{ op: "replace", path: "active", value: false }] };
  expect((await h.scim("PATCH", `/Users/${ada}`, leaves)).status).toBe(200);
  expect(h.accessFile().accounts).toContain("ada,0");
  await h.restart(() => (h.logs.length = 0));
  expect(h.logs.join()).not.toContain("altered");
  expect(h.accessFile().accounts).toContain("ada,0");
});

test.each([
  ["its text", edited],
  ["the release, taken out", "DELETE FROM release_copy; DELETE FROM releases"],
])("%s and its copy changed: it does not run, and people keep their access", async (_, statement) => {
  const file = h.accessFile();
  await restartAfter(statement);
  expect(h.logs.filter((line) => JSON.parse(line).level === 50).join()).toContain(
    `release ${digest} is not what was activated`,
  );
  expect(h.accessFile()).toEqual(file);
  expect((await h.scim("POST", "/Users", { userName: "eve@example.com" })).status).toBe(503);
  expect(await code("/release")).toEqual([404, "noRelease"]);
  expect(await code("/access")).toEqual([409, "releaseAltered"]);
  const attested = await h.admin("GET", `/policies/${none}`);
  expect(attested.body).toMatchObject({ active: false, activePolicy: null });
});

test.each([
  ["a space in its text", { release: sql<string>`release || ' '` }],
  [
    "one key twice in its text",
    { release: sql<string>`replace(release, '{"connectors"', '{"connectors":{},"connectors"')` },
  ],
  ["a text that is no JSON", { release: "{" }],
  ["a text that is cut short", { release: sql<string>`substr(release, 1, 100)` }],
  ["a binding", { release: sql<string>`replace(release, '"ref+env:', '"ref+file:')` }],
])("%s is enough", async (_, change) => {
  const store = await openMemoryStore("local");
  const { verification: _how, ...body } = (await h.admin("GET", "/release")).body;
  const archive = new Archive(store);
  await archive.add(body, 0);
  expect(await archive.lastActive("local")).toEqual(ok(body));
  for (const table of ["releases", "release_copy"] as const) {
    expect(await archive.lastActive("local")).toEqual(ok(body));
    expect((await archive.stored(digest)).ok).toBe(true);
    expect(await archive.attest("local", body.policyDigest, undoubted(1))).toMatchObject({ active: true });
    await store.updateTable(table).set(change).execute();
  }
  expect(await archive.restore()).toBeUndefined();
  const detail = `release ${digest} is not what was activated: its text does not have its digests`;
  expect(await archive.lastActive("local")).toEqual(fail({ named: [digest], detail }));
  expect(await archive.stored(digest)).toEqual(fail({ code: "releaseAltered", detail }));
  await store.destroy();
});

test("digests beside the text count for nothing: they are made of it again", async () => {
  const store = await openMemoryStore("local");
  const { verification: _how, ...body } = (await h.admin("GET", "/release")).body;
  const archive = new Archive(store);
  await archive.add({ ...body, policyDigest: none, bindingsDigest: none }, 0);
  expect(await archive.lastActive("local")).toEqual(ok(body));
  expect(await archive.attest("local", body.policyDigest, undoubted(1))).toMatchObject({ active: true });
  expect(await archive.attest("local", none, undoubted(1))).toMatchObject({ active: false });
  await store.destroy();
});

test("a release of another environment in its place does not run", async () => {
  const store = await openMemoryStore("local");
  const archive = new Archive(store);
  await archive.add((await h.admin("GET", "/release")).body, 0);
  expect((await archive.lastActive("staging")).ok).toBe(false);
  await store.destroy();
});

test("a policy runs no longer than its releases can be trusted", async () => {
  const store = await openMemoryStore("local");
  const archive = new Archive(store);
  const { verification: _how, ...body } = (await h.admin("GET", "/release")).body;
  const bound = structuredClone(body.release);
  bound.settings.bounds = { lose: "7%", above: 0, protected: [] };
  const { release } = digestsOf(bound);
  await archive.add({ ...body, release: bound, digest: release, activatedAt: 1 }, 0);
  await archive.add({ ...body, activatedAt: 2 }, 0);
  const since = async () => (await archive.attest("local", body.policyDigest, undoubted(3))).since;
  expect(await since()).toBe(1);
  const other = { release: sql<string>`replace(release, '7%', '8%')` };
  await store.updateTable("releases").set(other).where("digest", "=", release).execute();
  expect(await since()).toBe(2);
  await store.destroy();
});

test("the same release, activated again, mends the store, and is still mended after a restart", async () => {
  const file = h.accessFile();
  await restartAfter(edited);
  expect(await code(`/releases/${digest}`)).toEqual([409, "releaseAltered"]);
  expect(await h.deploy(await h.release())).toBe(digest);
  expect(h.accessFile()).toEqual(file);
  expect((await h.scim("GET", "/Users")).status).toBe(200);
  await h.restart();
  expect((await h.admin("GET", "/release")).body.digest).toBe(digest);
  expect((await h.admin("GET", `/releases/${digest}`)).status).toBe(200);
  expect(h.accessFile()).toEqual(file);
});

test("who has no account by the store any more is shut out all the same", async () => {
  await restartAfter(`${edited}; UPDATE users SET account = NULL WHERE user_name = 'bob@example.com'`);
  const { accounts, memberships } = h.accessFile();
  expect(accounts).toEqual(["ada,1", "bob,0", "cy,1"]);
  expect(memberships?.filter((row) => String(row).startsWith("bob,"))).toEqual([]);
  expect(memberships).toContain("ada,okta/core-team");
});

test("an account's name can be released meanwhile, and the others keep their access", async () => {
  await restartAfter(`${edited}; UPDATE users SET account = NULL WHERE user_name = 'bob@example.com'`);
  expect((await h.admin("DELETE", "/owners/bob", { token: h.tokens.approver })).status).toBe(204);
  expect(h.accessFile().accounts).toEqual(["ada,1", "cy,1"]);
});

test("an altered release of the past is not told, and does not hold the active one", async () => {
  const next = await h.deploy(
    await h.release((release) => {
      release.permissions.core.write = [];
    }),
    digest,
  );
  await restartAfter(`${edit("releases")} WHERE digest = '${digest}'`);
  expect((await h.admin("GET", "/release")).body.digest).toBe(next);
  expect(await code(`/releases/${digest}`)).toEqual([409, "releaseAltered"]);
});

const lockOut = () =>
  h.release((release) => {
    release.permissions.core.write = [];
    release.settings.bounds = { lose: "100%", above: 100, protected: [] };
  });
const put = async (release: ReleaseData, accept?: object) =>
  h.admin("PUT", "/release", {
    body: { release, origin: {}, ...(accept && { accept }) },
    headers: { "If-None-Match": "*" },
  });
const impactOn = async (release: ReleaseData, accept?: object) =>
  (await h.admin("POST", "/impact", { body: { release, ...(accept && { accept }) } })).body;

test.each([
  ["its text", edited],
  ["the release, taken out", "DELETE FROM release_copy; DELETE FROM releases"],
])("%s changed: another release does not come in its place unasked", async (_, statement) => {
  await restartAfter(statement);
  const file = h.accessFile();
  const why = new RegExp(
    `^release ${digest} is not what was activated: .*write: accept: . from: "${digest}", lose: 0 .$`,
  );
  const release = await lockOut();
  for (const accept of [undefined, { from: `sha256:${"1".repeat(64)}`, lose: 99 }]) {
    expect((await impactOn(release, accept)).failures).toEqual([expect.stringMatching(why)]);
    const refused = await put(release, accept);
    expect(refused).toMatchObject({ status: 409, body: { error: { code: "releaseAltered" } } });
    expect(refused.body.error.message).toMatch(why);
  }
  expect((await h.admin("GET", "/audit?last=1")).body.rows).toMatchObject([
    { operation: "release.activate", outcome: "refused", code: "releaseAltered" },
  ]);
  expect(h.accessFile()).toEqual(file);

  const named = { from: digest, lose: 0 };
  expect(await impactOn(release, named)).toMatchObject({ failures: [], acceptance: "absent" });
  expect((await put(release, named)).status).toBe(200);
});

test("once the same release is there again, its own bounds and protected groups hold the next one", async () => {
  const guarded = await h.release((release) => {
    release.settings.bounds = { lose: "0%", above: 0, protected: ["okta/core-team"] };
  });
  const first = await h.deploy(guarded, digest);
  await restartAfter(`${edited} WHERE digest = '${first}'`);
  // a past release can be trusted, and is another one all the same
  expect((await put(await h.release())).body.error.code).toBe("releaseAltered");
  expect(await impactOn(guarded, { from: digest, lose: 0 })).toMatchObject({
    failures: [],
    acceptance: "absent",
  });
  expect(await h.deploy(guarded)).toBe(first);
  const next = await h.admin("PUT", "/release", {
    body: { release: await lockOut(), origin: {} },
    headers: { "If-Match": `"${first}"` },
  });
  expect(next.body.error).toMatchObject({ code: "beyondBounds" });
});

/** Of a running agent, by a process of its own: closing the file here would give up the agent's locks. */
function alter(statements: string): void {
  const change = 'new (require("libsql"))(process.argv[1]).exec(process.argv[2])';
  execFileSync(process.execPath, ["-e", change, join(h.config.data, "store.db"), statements]);
}

const dropped = (table: string) => `DROP TABLE ${table}`;

test.each([
  ["the text altered", edit("releases")],
  ["the copy altered", edit("release_copy")],
  ["the text and its copy altered", edited],
  ["the text and its copy taken out", "DELETE FROM release_copy; DELETE FROM releases"],
  ["the texts' table taken out", dropped("releases")],
  ["the copy's table taken out", dropped("release_copy")],
  ["both tables taken out", `${dropped("releases")}; ${dropped("release_copy")}`],
])(
  "%s while the agent runs: it answers as after a start, and what is active goes on",
  async (what, statements) => {
    const bounded = await h.deploy(
      await h.release((release) => {
        release.settings.bounds = { lose: "0%", above: 0, protected: [] };
      }),
      digest,
    );
    const file = h.accessFile();
    alter(statements);
    const ask = async () => ({
      impact: await h.admin("POST", "/impact", { body: { release: await lockOut() } }),
      access: await h.admin("GET", "/access"),
      // nobody is locked out by it
      replaced: await h.admin("PUT", "/release", {
        body: { release: await lockOut(), origin: {} },
        headers:
          (await h.admin("GET", "/release")).status === 200
            ? { "If-Match": `"${bounded}"` }
            : { "If-None-Match": "*" },
      }),
    });
    const running = await ask();
    const isLost = /^(the text and|both)/.test(what);
    if (isLost) {
      expect(running.impact.body.failures.join()).toMatch(
        new RegExp(`^release ${bounded} is not what was activated: .*deploy that release again first`),
      );
      expect([running.access.status, running.access.body.error.code]).toEqual([409, "releaseAltered"]);
      expect([running.replaced.status, running.replaced.body.error.code]).toEqual([409, "releaseAltered"]);
    } else {
      expect(running.impact.body).toMatchObject({ failures: [], from: bounded, lose: 2 });
      expect(running.access.body.digest).toBe(bounded);
      expect(running.replaced.body.error.code).toBe("beyondBounds");
    }
    expect(h.accessFile()).toEqual(file);
    expect((await h.scim("GET", "/Users")).status).toBe(200);
    expect((await h.scim("POST", "/Users", { userName: "dan@example.com" })).status).toBe(201);
    for (const path of [`/releases/${bounded}`, "/history", `/policies/${none}`, "/owners", "/audit"])
      expect((await h.admin("GET", path)).status, path).not.toBe(500);
    await h.restart();
    const started = await ask();
    for (const one of ["impact", "access", "replaced"] as const) {
      expect(started[one].status, one).toBe(running[one].status);
      expect(started[one].body.failures, one).toEqual(running[one].body.failures);
      expect(started[one].body.error, one).toEqual(running[one].body.error);
    }
  },
);

test("the text and its copy altered while the agent runs: the same release, deployed again, mends it", async () => {
  alter(edited);
  expect((await h.admin("GET", "/access")).status).toBe(409);
  expect(await h.deploy(await h.release(), digest)).toBe(digest);
  expect((await h.admin("GET", "/access")).body.digest).toBe(digest);
});

test.each(["active", "activations", "users", "members", "owners", "audit"])(
  "the table %s taken out while the agent runs is no failure of whoever asks: they are to come again",
  async (table) => {
    alter(dropped(table));
    const ada = { Operations: [{ op: "replace", path: "active", value: false }] };
    const replies = [
      await h.scim("GET", "/Users"),
      await h.scim("GET", "/Groups"),
      await h.scim("PATCH", "/Users/x", ada),
      await h.scim("POST", "/Users", { userName: "dan@example.com" }),
      await h.admin("POST", "/impact", { body: { release: await h.release() } }),
      await h.admin("PUT", "/release", {
        body: { release: await h.release(), origin: {} },
        headers: { "If-Match": `"${digest}"` },
      }),
      ...(await Promise.all(
        [
          "/access",
          "/history",
          `/policies/${none}`,
          `/releases/${digest}`,
          "/owners",
          "/audit",
          "/twins",
        ].map((path) => h.admin("GET", path)),
      )),
    ];
    for (const { status, headers } of replies) {
      expect(status).not.toBe(500);
      if (status === 503) expect(headers.get("retry-after")).toBe("1");
    }
    expect(replies.map(({ status }) => status)).toContain(503);
    expect(h.logs.join()).toContain("no such table");
  },
);
