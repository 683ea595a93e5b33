/**
 * Every way in which people or their access can change. Each passes the schema and the constraints (a release: its
 * bounds) in `perform`, and leaves one audit row. A way that is not in this file fails here.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AgentClock } from "../../agent/clock/clock.ts";
import { AccessFile } from "../../agent/mercurial/access-file.ts";
import type { Outcome } from "../../agent/operations/outcome.ts";
import { rehearse } from "../../agent/operations/rehearsal.ts";
import { Writer } from "../../agent/operations/writer.ts";
import { endpointsOf } from "../../agent/scim/endpoints.ts";
import { LargeGroups } from "../../agent/scim/large-group.ts";
import { openMemoryStore } from "../../agent/store/sqlite.ts";
import { adminClient } from "../../api/client.ts";
import { Release } from "../../model/release.ts";
import { localAs } from "./break-glass/people.ts";
import { constrained } from "./constraints/constrained.ts";
import { type Harness, type ReleaseShape, type Reply, startHarness } from "./harness.ts";
import { staff } from "./people.ts";

let h: Harness;
let people: Map<string, string>;
let group: string;
let digest: string;

const everyone = {
  everyone: { protect: { users: ["ann"], groups: ["okta/engineering"] }, otherwise: "reject" },
};
const nobody = {
  nobody: { require: 'has(user.nickName) && user.nickName == "let in"', otherwise: "reject" },
};

const unending = (draft: ReleaseShape) => {
  draft.settings.delivery.destroy = "prevent";
};

/** Ann and Bob were there before the constraints, which allow nothing. */
beforeEach(async () => {
  h = await startHarness(["core/api"]);
  const first = await h.deploy(await constrained(h, {}));
  people = await staff(h, { engineering: ["ann", "bob"] });
  group = (await h.scim("GET", "/Groups")).body.Resources[0].id;
  digest = await h.deploy(await constrained(h, { ...everyone, ...nobody }, unending), first);
});
afterEach(() => h.stop());

const ann = () => `/Users/${people.get("ann")}`;
const engineering = () => `/Groups/${group}`;
const joins = { Operations: [{ op: "add", path: "members", value: [{ value: "unknown" }] }] };
const word = { decision: "approve", fingerprint: "x", reason: "x" };
const condition = () => ({ "If-Match": `"${digest}"` });

interface Way {
  /** What no schema takes; undefined where there is nothing to read. */
  readonly malformed?: () => Promise<Reply>;
  readonly malformedCode?: string;
  /** What the schema takes, and the rules do not. */
  readonly forbidden: () => Promise<Reply>;
  readonly forbiddenCode: string;
}

/** By the method and path with which the agent's listeners are asked. */
const ways: Readonly<Record<string, Way>> = {
  "scim POST Users": {
    malformed: () => h.scim("POST", "/Users", { userName: 17 }),
    malformedCode: "invalidValue",
    forbidden: () => h.scim("POST", "/Users", { userName: "eve@example.com" }),
    forbiddenCode: "constraintOnValue",
  },
  "scim PUT Users/:id": {
    malformed: () => h.scim("PUT", ann(), { userName: "ann@example.com", active: "perhaps" }),
    malformedCode: "invalidValue",
    forbidden: () => h.scim("PUT", ann(), { userName: "ann@example.com", active: false }),
    forbiddenCode: "constraintOnAccess",
  },
  "scim PATCH Users/:id": {
    malformed: () => h.scim("PATCH", ann(), { Operations: [{ op: "replace", path: "name.", value: 1 }] }),
    malformedCode: "invalidPath",
    forbidden: () =>
      h.scim("PATCH", ann(), { Operations: [{ op: "replace", path: "active", value: false }] }),
    forbiddenCode: "constraintOnAccess",
  },
  "scim DELETE Users/:id": {
    forbidden: () => h.scim("DELETE", ann()),
    forbiddenCode: "constraintOnAccess",
  },
  "scim POST Groups": {
    malformed: () => h.scim("POST", "/Groups", { displayName: ["a", "b"] }),
    malformedCode: "invalidValue",
    forbidden: () => h.scim("POST", "/Groups", { displayName: "engineering", members: [] }),
    forbiddenCode: "uniqueness",
  },
  "scim PUT Groups/:id": {
    malformed: () => h.scim("PUT", engineering(), { displayName: "engineering", members: "all" }),
    malformedCode: "invalidValue",
    forbidden: () => h.scim("PUT", engineering(), { displayName: "engineering", members: [] }),
    forbiddenCode: "constraintOnAccess",
  },
  "scim PATCH Groups/:id": {
    malformed: () => h.scim("PATCH", engineering(), joins),
    malformedCode: "invalidValue",
    forbidden: () => h.scim("PATCH", engineering(), { Operations: [{ op: "remove", path: "members" }] }),
    forbiddenCode: "constraintOnAccess",
  },
  "scim DELETE Groups/:id": {
    forbidden: () => h.scim("DELETE", engineering()),
    forbiddenCode: "constraintOnAccess",
  },
  "admin PUT /release": {
    malformed: async () => {
      const release = await h.release((draft) => {
        draft.connectors.okta.mapping.account = "user.nothing";
      });
      return h.admin("PUT", "/release", { body: { release, origin: {} }, headers: condition() });
    },
    malformedCode: "releaseInvalid",
    forbidden: async () => {
      const release = await constrained(h, {}, (draft) => {
        draft.settings.bounds = { lose: "0%", above: 0, protected: [] };
        draft.permissions = {};
      });
      return h.admin("PUT", "/release", { body: { release, origin: {} }, headers: condition() });
    },
    forbiddenCode: "beyondBounds",
  },
  "admin DELETE /release": {
    forbidden: () => h.admin("DELETE", "/release", { headers: condition() }),
    forbiddenCode: "endPrevented",
  },
  "admin POST /owners/:account": {
    malformed: () =>
      h.admin("POST", "/owners/nobody", { token: h.tokens.approver, body: { user: "nobody" } }),
    malformedCode: "accountUnknown",
    forbidden: () =>
      h.admin("POST", "/owners/ann", { token: h.tokens.approver, body: { user: people.get("bob") } }),
    forbiddenCode: "accountInUse",
  },
  "admin PUT /renumberings/:connector": {
    malformed: () => h.admin("PUT", "/renumberings/nobody", { token: h.tokens.approver, body: { until: 1 } }),
    malformedCode: "noRelease",
    forbidden: () => h.admin("PUT", "/renumberings/okta", { token: h.tokens.approver, body: { until: 1 } }),
    forbiddenCode: "untilUnfit",
  },
  "admin POST /clock": {
    forbidden: () =>
      h.admin("POST", "/clock", { token: h.tokens.approver, body: { time: 1, reason: "by my watch" } }),
    forbiddenCode: "clockDiffers",
  },
  "admin POST /held/:id": {
    forbidden: () => h.admin("POST", "/held/none", { token: h.tokens.approver, body: word }),
    forbiddenCode: "holdUnknown",
  },
  "admin POST /break-glass": {
    // whose account the token names, or on the host its user
    forbidden: async () => {
      const asked = { repository: "core/api", for: "1h", reason: "x" };
      const taken = await localAs(h, "ann").takeRight(asked);
      return { status: taken.ok ? 201 : taken.error.status, headers: new Headers(), body: undefined };
    },
    forbiddenCode: "breakGlassNotAllowed",
  },
  "admin DELETE /break-glass/:id": {
    forbidden: () => h.admin("DELETE", "/break-glass/none", { token: h.tokens.approver }),
    forbiddenCode: "takenUnknown",
  },
  "admin POST /quarantines/:connector/end": {
    forbidden: () =>
      h.admin("POST", "/quarantines/okta/end", { token: h.tokens.approver, body: { reason: "x" } }),
    forbiddenCode: "notQuarantined",
  },
  "admin DELETE /owners/:account": {
    forbidden: () => h.admin("DELETE", "/owners/ann", { token: h.tokens.approver }),
    forbiddenCode: "accountInUse",
  },
};

const everything = async () => [
  (await h.scim("GET", "/Users")).body,
  (await h.scim("GET", "/Groups")).body,
  (await h.admin("GET", "/access")).body,
  h.accessFile(),
];
const audit = async () => (await h.admin("GET", "/audit")).body.rows;

describe.each(Object.entries(ways))("%s", (_, { malformed, malformedCode, forbidden, forbiddenCode }) => {
  test.each([
    ["what no schema takes", malformed, malformedCode],
    ["what the rules forbid", forbidden, forbiddenCode],
  ])("%s changes nothing, and leaves one audit row with its code", async (_what, send, code) => {
    if (!send) return;
    const before = await everything();
    const rows = await audit();
    const reply = await send();
    expect(reply).toMatchObject({ status: expect.any(Number) });
    expect(reply.status).toBeGreaterThanOrEqual(400);
    expect(await everything()).toEqual(before);
    const after = await audit();
    expect(after).toHaveLength(rows.length + 1);
    expect(after.at(-1)).toMatchObject({ outcome: "refused", code });
  });
});

test("a file that is loaded on the host goes the way of every release", async () => {
  const client = adminClient({ url: `unix:${h.agent.socket}`, user: "ada" });
  const release = Release.parse(
    await constrained(h, {}, (draft) => {
      draft.settings.bounds = { lose: "0%", above: 0, protected: [] };
      draft.permissions = {};
    }),
  );
  const before = await everything();
  const answer = await client.activate({ release, origin: { sources: {} } }, digest);
  expect(answer).toMatchObject({ ok: false, error: { status: 409 } });
  expect(await everything()).toEqual(before);
  expect((await audit()).at(-1)).toMatchObject({ actor: "local:ada", code: "beyondBounds" });
});

test("a rehearsal performs by the same schema and constraints", async () => {
  const release = Release.parse(await constrained(h, { ...everyone, ...nobody }));
  const rehearsal = await rehearse(release);
  const [malformed, forbidden] = await rehearsal.play(Date.now(), async (stage): Promise<Outcome[]> => {
    const create = { actor: "test", connector: "okta", kind: "user", verb: "create" } as const;
    return [
      // what is given is not judged by the constraints, but read like everything else
      await stage.add({ connector: "okta", groups: [], resource: { userName: 17 } }),
      await stage.perform({ ...create, body: { userName: "eve@example.com" } }),
    ];
  });
  await rehearsal.close();
  expect(malformed).toMatchObject({ kind: "refused", code: "invalidValue" });
  expect(forbidden).toMatchObject({ kind: "refused", code: "constraintOnValue", rules: ["nobody"] });
});

test("these are all ways that the listeners know", async () => {
  const store = await openMemoryStore("local");
  const access = await AccessFile.open(join(h.folder, "other.db"), "local");
  const log = pino({ enabled: false });
  const clock = new AgentClock({ system: Date.now, uptime: Date.now, log });
  const writer = new Writer({ store, access, host: h.config, log, clock, active: null });
  const scim = [...endpointsOf({ reads: store, writer, largeGroups: new LargeGroups(store) })].flatMap(
    ([path, { methods }]) => Object.keys(methods).map((method) => `scim ${method} ${path}`),
  );
  access.close();
  await store.destroy();
  const admin = holding(/\broute\(\s*"/).flatMap((path) =>
    [...sourceOf(path).matchAll(/\broute\(\s*"(\w+)",\s*"([^"]+)"/g)].map(
      ([, method, url]) => `admin ${method} ${url}`,
    ),
  );
  expect(admin.length).toBeGreaterThan(20);
  const onlyRead =
    /^scim \w+ (Me|Bulk|\.search|\w+\/\.search)|^\w+ GET |^scim \w+ Me\/:id|^admin POST \/(connector-tests|fingerprints|impact|preflight|reviews|slots|slots\/look|alerts\/\w+|held)$/;
  expect([...scim, ...admin].filter((way) => !onlyRead.test(way)).sort()).toEqual(Object.keys(ways).sort());
});

/** Which files of the agent hold a text that matches. */
function holding(pattern: RegExp): string[] {
  return readdirSync("agent", { recursive: true, encoding: "utf8" })
    .map((name) => join("agent", name))
    .filter((path) => path.endsWith(".ts") && pattern.test(sourceOf(path)))
    .sort();
}

function sourceOf(path: string): string {
  return readFileSync(path, "utf8");
}

test("nobody writes to people, groups and owners but what perform calls", () => {
  const tables = "users|groups|members|owners|renumberings|user_keys|changes";
  expect(holding(new RegExp(`(insertInto|updateTable|deleteFrom)\\("(${tables})"`))).toEqual([
    "agent/directory/activity.ts",
    "agent/directory/groups.ts",
    "agent/directory/memberships.ts",
    "agent/directory/owners.ts",
    "agent/directory/renumberings.ts",
    "agent/directory/rosters.ts",
    "agent/directory/user-keys.ts",
    "agent/directory/users.ts",
  ]);
  const writes =
    /\b(users|groups|memberships|owners|activity|renumberings)\.(put|putAll|delete|endOfUser|endOfGroup|change|identify|detach|giveAccounts|withhold|lapse|release|record|allow|setBack|join|leave|forget)\(/;
  expect(holding(writes)).toEqual([
    "agent/operations/accounts.ts",
    "agent/operations/clock.ts",
    // nobody reads what they write until perform has put it in its place
    "agent/operations/draft.ts",
    "agent/operations/groups.ts",
    "agent/operations/judge.ts",
    "agent/operations/long-writes.ts",
    "agent/operations/lost-keys.ts",
    "agent/operations/ownership.ts",
    "agent/operations/precedence.ts",
    "agent/operations/renumber.ts",
    // before anybody is served
    "agent/operations/since-copy.ts",
    "agent/operations/users.ts",
    "agent/releases/activation.ts",
    "agent/releases/return.ts",
  ]);
  const performing =
    /\b(userWrites|groupWrites|decideAccount|decideConnector|acceptClock|activate|deactivate|returnTo)\b(?=[,(])/;
  expect(holding(performing)).toEqual([
    "agent/operations/accounts.ts",
    "agent/operations/clock.ts",
    "agent/operations/perform.ts",
    "agent/operations/renumber.ts",
    "agent/releases/activation.ts",
    "agent/releases/return.ts",
  ]);
  expect(holding(/from "[./]+perform\.ts"/)).toEqual([
    "agent/operations/held/decide.ts",
    "agent/operations/held/keep.ts",
    "agent/operations/rehearsal.ts",
    "agent/operations/writer.ts",
  ]);
});
