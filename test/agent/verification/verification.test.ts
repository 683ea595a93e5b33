/** What is approved is what runs: what Mercurial goes by is compared with the release, by real access files and the extension's own look-up. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AccessFile } from "../../../agent/mercurial/access-file.ts";
import { lookUp } from "../../../agent/mercurial/look-up.ts";
import type { AccessSnapshot } from "../../../agent/mercurial/snapshot-rows.ts";
import { rowsOf } from "../alerts/store.ts";
import { until } from "../alerts/until.ts";
import { type Harness, type ReleaseShape, startHarness } from "../harness.ts";
import { send } from "../request.ts";
import { tamper } from "./tampered.ts";

const folder = mkdtempSync(join(tmpdir(), "hgscim-extension-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Whose snapshots a bug of the agent leaves half: by the release that they are of. */
let isLeftHalf: (release: string) => boolean;
/** Happens when a snapshot is written. */
let written: (release: string) => void;
const buggy = (access: AccessFile) => {
  const prepare = access.prepareSnapshot.bind(access);
  access.prepareSnapshot = (snapshot: AccessSnapshot, audit) => {
    written(snapshot.release);
    return prepare(isLeftHalf(snapshot.release) ? { ...snapshot, permissions: {} } : snapshot, audit);
  };
};

let h: Harness;
let bob: string;
async function start(settings: Parameters<typeof startHarness>[1] = {}, every?: number): Promise<void> {
  isLeftHalf = () => false;
  written = () => undefined;
  h = await startHarness(["core/api", "docs"], settings, {
    opened: buggy,
    lookUp,
    ...(every !== undefined && { verifyEvery: every }),
  });
}
/** With a release, and people. */
async function staffed(): Promise<string> {
  const digest = await h.deploy(await h.release());
  const add = async (name: string, group: string) => {
    const user = await h.scim("POST", "/Users", { userName: `${name}@example.com`, active: true });
    await h.scim("POST", "/Groups", { displayName: group, members: [{ value: user.body.id }] });
    return user.body.id as string;
  };
  await add("ada", "core-team");
  bob = await add("bob", "engineering");
  return digest;
}
afterEach(() => h.stop());

const other = (draft: ReleaseShape) => {
  draft.permissions.core.description = "another one";
};
const put = async (release: unknown, digest: string | null) =>
  h.admin("PUT", "/release", {
    body: { release, origin: {} },
    headers: digest === null ? { "If-None-Match": "*" } : { "If-Match": `"${digest}"` },
  });
const looked = async () => (await h.admin("GET", "/verification")).body;
const active = async () => (await h.admin("GET", "/release")).body;
const health = async () => (await h.admin("GET", "/health")).body;
const codes = async () => (await health()).conditions.map(({ code }: { code: string }) => code);
const ready = async () => (await send(`${h.agent.admin}/readyz`, { method: "GET", ca: h.ca })).status;
const kept = () => rowsOf(h, "SELECT state FROM verification")[0]?.state;
const drifts = () => rowsOf(h, "SELECT subject, summary, detail FROM events WHERE kind = 'drift'");
const audited = () =>
  rowsOf(
    h,
    "SELECT operation FROM audit WHERE operation LIKE 'access.%' OR operation = 'release.return'",
  ).map(({ operation }) => operation);
/** What readers know a file by that is shut. */
const isShut = () => {
  const database = new Database(h.config.access, { readonly: true });
  const { application_id: id } = database.prepare("PRAGMA application_id").get() as {
    application_id: number;
  };
  database.close();
  return id === 0x68675358;
};

describe("an access file that is tampered with", () => {
  beforeEach(() => start());

  const ways: readonly (readonly [what: string, step: string, message: RegExp, ...statements: string[]])[] = [
    [
      "a row is added",
      "tables",
      /^memberships: 1 row is too many/,
      "INSERT INTO memberships VALUES ('bob', 'okta/core-team')",
    ],
    [
      "a row is removed",
      "tables",
      /^memberships: 1 row is missing/,
      "DELETE FROM memberships WHERE account = 'ada'",
    ],
    [
      "a right is changed",
      "tables",
      /^grants: 1 row is missing, 1 row is too many/,
      `UPDATE grants SET "right" = 'write' WHERE rowid_of = 1`,
    ],
    [
      "somebody is let in again",
      "tables",
      /^accounts: 1 row is too many/,
      "INSERT INTO accounts VALUES ('eve', 1)",
    ],
    [
      "the release is another one",
      "tables",
      /^meta: 1 row is missing, 1 row is too many/,
      "UPDATE meta SET value = 'sha256:0' WHERE key = 'release'",
    ],
    ["an index is dropped", "tables", /^it has no index keys_by_account/, "DROP INDEX keys_by_account"],
    [
      "a trigger is laid",
      "tables",
      /^it has trigger t of accounts/,
      "CREATE TRIGGER t AFTER INSERT ON accounts BEGIN DELETE FROM grants; END",
    ],
    ["the format is another one", "tables", /^it has no format 6/, "PRAGMA user_version = 5"],
  ];

  test("is found, told, and made anew by a deploy of the same release, whatever it is", async () => {
    const digest = await staffed();
    const left = h.accessFile();
    expect(await looked()).toEqual({ state: "settled", differs: false, findings: [], missing: [] });
    expect(await active()).toMatchObject({ digest, verification: { state: "settled", missing: [] } });
    for (const [what, step, message, ...statements] of ways) {
      const told = drifts().length;
      tamper(
        h.config.access,
        ...statements.map((one) =>
          // the first right that is not to write
          one.replace("rowid_of = 1", `subject = (SELECT min(subject) FROM grants WHERE "right" = 'read')`),
        ),
      );
      const found = await looked();
      expect(found.differs, what).toBe(true);
      expect(found.findings[0], what).toMatchObject({ step, message: expect.stringMatching(message) });
      expect(await codes(), what).toEqual(["accessFileDiffers"]);
      expect(await ready(), what).toBe(503);
      await until(() => drifts().length > told);
      expect(drifts().at(-1)?.summary, what).not.toMatch(/ada|bob/);
      const again = await put(await h.release(), digest);
      expect(again.status, what).toBe(200);
      expect(h.accessFile(), what).toEqual(left);
      expect(await looked(), what).toMatchObject({ differs: false, missing: [] });
      expect(await codes(), what).toEqual([]);
    }
    expect(audited()).toContain("access.differ");
    expect(kept()).toBe("settled");
  });

  test("and by SQLite itself, under the agent's eyes: it is made anew within a second, and told", async () => {
    await staffed();
    const left = h.accessFile();
    const database = new Database(h.config.access);
    database.exec("INSERT INTO memberships VALUES ('bob', 'okta/core-team')");
    database.close();
    await until(() => drifts().length > 0);
    expect(h.accessFile()).toEqual(left);
    expect(drifts()[0]?.summary).toMatch(/was not the one that the agent wrote/);
    expect(audited()).toEqual(["access.remake"]);
  });
});

test("what differs when nobody plans is found now and then, made anew and told, and nothing comes back by that", async () => {
  await start({}, 300);
  const digest = await staffed();
  const left = h.accessFile();
  tamper(h.config.access, "INSERT INTO memberships VALUES ('bob', 'okta/core-team')");
  await until(() => audited().includes("access.remake"));
  expect(h.accessFile()).toEqual(left);
  expect(await active()).toMatchObject({ digest, activatedBy: "deployer" });
  expect(audited()).not.toContain("release.return");
});

describe("an access file that a bug leaves half", () => {
  beforeEach(() => start());

  test("the release before comes back, its soak goes on, and who has left meanwhile stays out", async () => {
    const digest = await staffed();
    const before = h.accessFile();
    const { policyDigest } = await active();
    const soak = async () => (await h.admin("GET", `/policies/${policyDigest}`)).body;
    const { since } = await soak();
    isLeftHalf = (release) => release !== digest && release !== "";
    let gone: Promise<unknown> = Promise.resolve();
    written = (release) => {
      // while it is verified
      if (release === digest) return;
      written = () => undefined;
      gone = h.scim("PATCH", `/Users/${bob}`, {
        schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        Operations: [{ op: "replace", path: "active", value: false }],
      });
    };
    const reply = await put(await h.release(other), digest);
    await gone;
    expect(reply.status).toBe(422);
    expect(reply.body.error.code).toBe("verificationFailed");
    expect(reply.body.error.message).toContain(`release ${digest} is active again`);
    expect(reply.body.error.problems[0]).toMatch(/^the access file: grants: \d+ rows are missing/);
    expect(reply.body.error.problems.join()).toMatch(/the extension's look-up: ada may read/);
    expect(await active()).toMatchObject({
      ...{ digest, activatedBy: "agent:verification" },
      verification: { state: "settled" },
    });
    expect(h.accessFile()).toEqual({
      ...before,
      accounts: ["ada,1", "bob,0"],
      memberships: before.memberships?.filter((row) => !String(row).startsWith("bob,")),
    });
    expect(await soak()).toMatchObject({ active: true, since });
    expect(drifts().map(({ summary }) => summary)).toEqual([
      expect.stringMatching(
        new RegExp(`^release ${digest} is active again: Mercurial did not go by release`),
      ),
    ]);
    expect(audited()).toEqual(["release.return"]);
    expect(await codes()).toEqual([]);
    // and another one, without the bug
    isLeftHalf = () => false;
    expect((await put(await h.release(other), digest)).status).toBe(200);
  });

  test("where it leaves the release before half too, everything is refused, also after a start, until one is deployed", async () => {
    const digest = await staffed();
    isLeftHalf = (release) => release !== "";
    const reply = await put(await h.release(other), digest);
    expect(reply.status).toBe(422);
    expect(reply.body.error.code).toBe("accessShut");
    const refused = async () => {
      expect(isShut()).toBe(true);
      expect(await codes()).toEqual(["accessShut"]);
      expect(await ready()).toBe(503);
      expect(await active()).toMatchObject({ digest, verification: { state: "shut" } });
    };
    await refused();
    expect(drifts().at(-1)).toMatchObject({ subject: "shut" });
    await h.restart();
    await refused();
    // who leaves is done all the same
    expect((await h.scim("DELETE", `/Users/${bob}`)).status).toBe(204);
    await refused();
    isLeftHalf = () => false;
    expect((await put(await h.release(), digest)).status).toBe(200);
    expect(isShut()).toBe(false);
    expect(await codes()).toEqual([]);
    expect(h.accessFile().accounts).toEqual(["ada,1", "bob,0"]);
  });

  test("of a first release nothing comes back: none is active", async () => {
    isLeftHalf = (release) => release !== "";
    const reply = await put(await h.release(), null);
    expect(reply.body.error).toMatchObject({ code: "verificationFailed" });
    expect((await h.admin("GET", "/release")).status).toBe(404);
    isLeftHalf = () => false;
    expect((await put(await h.release(), null)).status).toBe(200);
  });

  test("an agent that was killed while it verified goes on with it when it starts", async () => {
    const first = await staffed();
    const second = await h.deploy(await h.release(other), first);
    const killed = (state: string) => () => {
      const database = new Database(join(h.config.data, "store.db"));
      database.prepare("UPDATE verification SET state = ?, detail = ?").run(state, second);
      database.close();
      isLeftHalf = (release) => release === second;
    };
    await h.restart(killed("pending"));
    await until(async () => (await active()).digest === first);
    await until(() => kept() === "settled");
    isLeftHalf = () => false;
    expect(await h.deploy(await h.release(other), first)).toBe(second);
    await h.restart(killed("returned"));
    await until(() => kept() === "shut" && isShut());
  });
});

describe("the extension that Mercurial loads", () => {
  const extension = (name: string, file: string, edit: (text: string) => string) => {
    const path = join(folder, name);
    cpSync("agent/mercurial/hgscim", path, { recursive: true });
    writeFileSync(join(path, file), edit(readFileSync(join(path, file), "utf8")));
    return path;
  };

  test("of an older format refuses everybody: everything is refused until it is of this one", async () => {
    const path = extension("older", "accessfile.py", (text) => text.replace("FORMAT = 6", "FORMAT = 5"));
    await start({ host: { extension: path } });
    const reply = await put(await h.release(), null);
    expect(reply.body.error.code).toBe("accessShut");
    expect(reply.body.error.problems[0]).toMatch(
      /^the extension's look-up: the extension in .*older refuses everything: the access file has another format/,
    );
    expect(isShut()).toBe(true);
    rmSync(path, { recursive: true });
    cpSync("agent/mercurial/hgscim", path, { recursive: true });
    expect((await put(await h.release(), null)).status).toBe(200);
    expect(await codes()).toEqual([]);
  });

  test("that lets in who may not has the release before come back; one that is not there says nothing, and is told", async () => {
    const path = join(folder, "lost");
    await start({ host: { extension: path } });
    await staffed();
    const { verification } = await active();
    expect(verification).toEqual({
      state: "settled",
      missing: [{ step: "look-up", message: expect.stringMatching(/cannot be asked/) }],
    });
    extension("lost", "access.py", (text) =>
      text.replace(
        "def refusal(facts, repository, right):",
        "def refusal(*_):\n    return None\n\n\ndef lost(facts, repository, right):",
      ),
    );
    const found = await looked();
    expect(found.findings.map(({ step }: { step: string }) => step)).toContain("look-up");
    expect(found.findings.map(({ message }: { message: string }) => message).join()).toMatch(
      /bob may not write/,
    );
  });
});
