/** What is approved is what runs: what Mercurial goes by is compared with the release, by real access files and the extension's own look-up. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Database from "libsql";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AccessFile } from "../../../agent/mercurial/access-file.ts";
import { lookUp } from "../../../agent/mercurial/look-up.ts";
import type { AccessSnapshot } from "../../../agent/mercurial/snapshot-rows.ts";
import { long } from "../../long.ts";
import { rowsOf } from "../alerts/store.ts";
import { until } from "../alerts/until.ts";
import { type Harness, type ReleaseShape, type Reply, startHarness } from "../harness.ts";
import { send } from "../request.ts";
import { tamper } from "./tampered.ts";

const folder = mkdtempSync(join(tmpdir(), "hgscim-extension-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Whose snapshots a bug of the agent leaves half: by the release that they are of. */
let isLeftHalf: (release: string) => boolean;
/** How the extension is asked. */
let asking: typeof lookUp;
/** Happens when a snapshot is written. */
let written: (release: string) => void;
const buggy = (access: AccessFile) => {
  const prepare = access.prepareSnapshot.bind(access);
  access.prepareSnapshot = (snapshot: AccessSnapshot, audit) => {
    written(snapshot.release);
    return prepare(isLeftHalf(snapshot.release) ? half(snapshot) : snapshot, audit);
  };
};

/** Without its rules; and where nobody has access, with everybody in. */
function half(snapshot: AccessSnapshot): AccessSnapshot {
  if (snapshot.release !== "") return { ...snapshot, permissions: {} };
  const accounts = [...snapshot.accounts].map((account) => ({ ...account, active: true }));
  return { ...snapshot, release: "sha256:0", accounts };
}

let h: Harness;
let bob: string;
async function start(settings: Parameters<typeof startHarness>[1] = {}, every?: number): Promise<void> {
  isLeftHalf = () => false;
  written = () => undefined;
  asking = lookUp;
  h = await startHarness(["core/api", "docs"], settings, {
    opened: buggy,
    lookUp: (asked) => asking(asked),
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
const drifts = () =>
  rowsOf(h, "SELECT subject, summary, detail FROM events WHERE kind = 'drift' ORDER BY sequence");
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

  const byStatements = [
    "INSERT INTO memberships VALUES ('bob', 'okta/core-team')",
    `UPDATE grants SET "right" = 'write' WHERE "right" = 'read'`,
    "DROP TABLE grants",
    "DROP TABLE memberships; DROP TABLE accounts",
    "DROP TABLE holders",
    "DROP INDEX keys_by_account",
    "CREATE TRIGGER t AFTER INSERT ON accounts BEGIN DELETE FROM grants; END",
    "ALTER TABLE grants RENAME COLUMN subject TO who",
    "PRAGMA user_version = 5",
    "PRAGMA application_id = 0",
  ];
  test("and by SQLite itself, under the agent's eyes: it is made anew within a second, whatever it is, and told", async () => {
    await staffed();
    const left = h.accessFile();
    for (const [n, statements] of byStatements.entries()) {
      const database = new Database(h.config.access);
      database.exec(statements);
      database.close();
      await until(() => drifts().length > n);
      expect(h.accessFile(), statements).toEqual(left);
      expect(drifts()[n]?.summary, statements).toMatch(/was not the one that the agent wrote/);
      expect(audited()[n], statements).toBe("access.remake");
    }
    expect(await looked()).toEqual({ state: "settled", differs: false, findings: [], missing: [] });
    // and where nobody has looked yet, by the next write, or whoever plans
    for (const ask of [() => h.scim("DELETE", `/Users/${bob}`), looked]) {
      const told = drifts().length;
      const database = new Database(h.config.access);
      database.exec("DROP TABLE grants");
      database.close();
      expect((await ask()).differs ?? false).toBe(false);
      expect(h.accessFile().grants).toEqual(left.grants);
      expect(drifts().length).toBe(told + 1);
    }
  });

  test("while nobody runs: it is made anew at the start", async () => {
    await staffed();
    const left = h.accessFile();
    for (const statements of byStatements) {
      await h.restart(() => {
        const database = new Database(h.config.access);
        database.exec(statements);
        database.close();
      });
      expect(h.accessFile(), statements).toEqual(left);
      expect(await looked(), statements).toMatchObject({ differs: false, missing: [] });
    }
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

test("writes go on while it is looked: whoever leaves then is out before it is known what was found", async () => {
  await start();
  await staffed();
  const out: unknown[] = [];
  asking = async (asked) => {
    out.push((await h.scim("DELETE", `/Users/${bob}`)).status, h.accessFile().accounts);
    return lookUp(asked);
  };
  expect(await looked()).toEqual({ state: "settled", differs: false, findings: [], missing: [] });
  expect(out).toEqual([204, ["ada,1", "bob,0"]]);
});

test("a plan that looks while a release becomes active takes nothing from under its verification: nobody is alarmed", async () => {
  await start();
  const digest = await staffed();
  const next = await h.release(other);
  const asked: string[] = [];
  let comes = () => {};
  const second = new Promise<void>((resolve) => {
    comes = resolve;
  });
  let deployed: Promise<Reply> | undefined;
  let checked: Promise<unknown> = Promise.resolve();
  asking = async (questions) => {
    asked.push("begins");
    if (!deployed) {
      deployed = put(next, digest);
      // so long that the other one would have come
      await Promise.race([second, sleep(3_000)]);
    } else if (asked.filter((what) => what === "ends").length === 0) {
      comes();
      await checked;
    }
    const answer = await lookUp(questions);
    asked.push("ends");
    return answer;
  };
  checked = looked();
  expect(await checked).toMatchObject({ differs: false, missing: [] });
  expect(await deployed).toMatchObject({ status: 200, body: { verification: { missing: [] } } });
  expect(asked).toEqual(["begins", "ends", "begins", "ends"]);
  expect(drifts()).toEqual([]);
});

long(
  "what nobody was asked is told: of very many rules, and where repositories cannot be listed",
  async () => {
    const names = Array.from({ length: 71 }, (_, n) => `team-${n}`);
    const repositories = Array.from({ length: 72 }, (_, n) => `r${n}`);
    await start();
    asking = (asked) => lookUp({ ...asked, patience: 600_000 });
    for (const name of repositories) mkdirSync(join(h.config.repositories, name, ".hg"), { recursive: true });
    await h.deploy(
      await h.release((draft: ReleaseShape) => {
        draft.connectors.okta.groups.push(...names);
        for (const name of repositories)
          draft.permissions[name] = {
            ...draft.permissions.docs,
            ...{ repositories: [name], read: names.map((group) => `okta/${group}`), write: [] },
          };
      }),
    );
    for (const [n, displayName] of names.entries()) {
      const user = await h.scim("POST", "/Users", { userName: `p${n}@example.com`, active: true });
      await h.scim("POST", "/Groups", { displayName, members: [{ value: user.body.id }] });
    }
    const told = (message: unknown) => ({ differs: false, missing: [{ step: "look-up", message }] });
    expect(await looked()).toMatchObject(
      told("5000 questions were asked, and not those that there are besides"),
    );

    renameSync(h.config.repositories, `${h.config.repositories}-elsewhere`);
    expect(await looked()).toMatchObject(
      told(expect.stringMatching(/^nobody was asked about repositories, which cannot be listed: /)),
    );
  },
);

describe("an access file that cannot be compared", () => {
  const inTheWay = () => join(h.config.data, "access-copy.db");
  /** Has nothing be copied there; not while it is compared. */
  const stand = () =>
    until(() => {
      try {
        mkdirSync(inTheWay());
        return true;
      } catch {
        return false;
      }
    });
  const unseen = () => drifts().filter(({ subject }) => subject === "unseen");

  test("stays to be verified, which is told once, until it can be; and then all is done that is to be", async () => {
    await start({}, 300);
    const digest = await staffed();
    await stand();
    isLeftHalf = (release) => release !== digest && release !== "";
    const reply = await put(await h.release(other), digest);
    expect(reply.status).toBe(200);
    expect(reply.body.verification.missing).toEqual([
      { step: "tables", message: expect.stringMatching(/^it cannot be compared/) },
    ]);
    expect(kept()).toBe("pending");
    expect(unseen()).toHaveLength(1);
    // several more times it is tried
    await until(() => h.logs.filter((line) => line.includes("not verified: the access file")).length > 3);
    expect([kept(), unseen().length]).toEqual(["pending", 1]);
    rmSync(inTheWay(), { recursive: true });
    await until(async () => (await active()).digest === digest && kept() === "settled");
    expect(audited()).toEqual(["access.unseen", "release.return"]);
  });

  test("also between deploys, where it is made anew, and told", async () => {
    await start({}, 300);
    await staffed();
    const left = h.accessFile();
    await stand();
    tamper(h.config.access, "INSERT INTO memberships VALUES ('bob', 'okta/core-team')");
    await until(() => unseen().length > 0);
    expect(h.accessFile()).toEqual(left);
    expect(kept()).toBe("settled");
    rmSync(inTheWay(), { recursive: true });
    await until(async () => (await looked()).missing.length === 0);
  });
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

describe("the end of a release", () => {
  beforeEach(() => start());
  const end = (digest: string) => h.admin("DELETE", "/release", { headers: { "If-Match": `"${digest}"` } });

  test("is verified: what is half is made anew, and told", async () => {
    const digest = await staffed();
    let times = 0;
    // only the first one is
    isLeftHalf = (release) => release === "" && ++times === 1;
    expect((await end(digest)).status).toBe(204);
    expect(kept()).toBe("settled");
    expect(h.accessFile()).toMatchObject({ accounts: ["ada,0", "bob,0"], memberships: [], grants: [] });
    expect(drifts().map(({ summary }) => summary)).toEqual([
      expect.stringMatching(/made anew, and it does$/),
    ]);
    // and one that is right tells nothing
    const again = await h.deploy(await h.release());
    expect((await end(again)).status).toBe(204);
    expect(drifts()).toHaveLength(1);
  });

  test("that Mercurial does not go by has everything refused, and no release come back", async () => {
    const digest = await staffed();
    isLeftHalf = (release) => release === "";
    const reply = await end(digest);
    expect(reply.status).toBe(422);
    expect(reply.body.error).toMatchObject({ code: "accessShut" });
    expect(reply.body.error.problems.join()).toMatch(/the access file: accounts: 2 rows are missing/);
    const refused = async () => {
      expect(isShut()).toBe(true);
      expect((await h.admin("GET", "/release")).status).toBe(404);
      expect(await codes()).toEqual(["accessShut", "noRelease"]);
    };
    await refused();
    expect(audited()).toEqual(["access.shut"]);
    await h.restart();
    await refused();
    isLeftHalf = () => false;
    await h.deploy(await h.release());
    expect(isShut()).toBe(false);
    expect(await codes()).toEqual([]);
  });

  test("is verified by the next process where the agent was killed meanwhile", async () => {
    const digest = await staffed();
    expect((await end(digest)).status).toBe(204);
    await h.restart(() => {
      const database = new Database(join(h.config.data, "store.db"));
      database.prepare("UPDATE verification SET state = 'pending'").run();
      database.close();
      isLeftHalf = (release) => release === "";
    });
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

  const older = (text: string) => text.replace("FORMAT = 6", "FORMAT = 5");
  test.each([
    ["", () => extension("older", "accessfile.py", older)],
    [
      ", and of the modules of then,",
      () => {
        const opening = readFileSync("agent/mercurial/hgscim/accessfile.py", "utf8");
        const path = extension("older", "access.py", (text) => older(opening) + text);
        rmSync(join(path, "accessfile.py"));
        return path;
      },
    ],
  ])(
    "of an older format%s refuses everybody: everything is refused until it is of this one",
    async (_, make) => {
      const path = make();
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
    },
  );

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
