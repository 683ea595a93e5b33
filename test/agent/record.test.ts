/** What an agent holds becomes a policy test that comes to the same, with nobody in it who is not needed. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { parse } from "yaml";
import { rehearse } from "../../agent/operations/rehearsal.ts";
import type { AuditRow } from "../../api/contract.ts";
import { type Recorded, recordedHold, recordedRefusal, recordingOf } from "../../cli/test/record.ts";
import { Release } from "../../model/release.ts";
import { constrained } from "./constraints/constrained.ts";
import { type Harness, startHarness } from "./harness.ts";
import { deployConstraints, held, holdId, shown } from "./held/world.ts";
import { deactivate, staff } from "./people.ts";

let h: Harness;
let people: ReadonlyMap<string, string>;
beforeEach(async () => {
  h = await startHarness(["core/api"]);
  await deployConstraints(h, {});
  people = await staff(h, { "docs-team": ["eve"], engineering: ["ada", "bob", "cy"], "core-team": ["ada"] });
});
afterEach(() => h.stop());

const last = held({ keep: { group: "okta/docs-team", atLeast: 1 } });
const fourEyes = held({ separate: { groups: ["okta/core-team", "okta/docs-team"] } });

async function recording(recorded: Recorded | undefined, constraints: object) {
  if (!recorded) throw new Error("nothing was recorded");
  const rehearsal = await rehearse(Release.parse(await constrained(h, constraints)));
  const { body } = await h.admin("GET", "/access", { token: h.tokens.reader });
  const { text, differences } = await recordingOf(recorded, body, rehearsal);
  await rehearsal.close();
  return { file: parse(text), text, differences };
}

test("the last of a group, who is not let go: that one alone, without an attribute", async () => {
  await deployConstraints(h, { last });
  const hold = holdId(await deactivate(h, people.get("eve")));
  const { file, differences } = await recording(recordedHold(await shown(h, hold)), { last });
  expect(differences).toEqual([]);
  expect(file).toEqual({
    environments: ["local"],
    tests: {
      "PATCH by okta: last": {
        given: { users: [{ userName: "eve@example.com", groups: ["docs-team"] }] },
        when: {
          method: "PATCH",
          path: "/Users/{eve@example.com}",
          body: expect.objectContaining({ Operations: [{ op: "replace", path: "active", value: false }] }),
        },
        expect: { decision: "held", because: "last" },
      },
    },
  });
});

test("who would come into a second group, by the id in the body; and what is created", async () => {
  await deployConstraints(h, {
    "four-eyes": fourEyes,
    titled: held({ require: 'user.?title.orValue("") != "x"' }),
  });
  const { Resources } = (await h.scim("GET", '/Groups?filter=displayName eq "docs-team"')).body;
  const add = { op: "add", path: "members", value: [{ value: people.get("ada") }] };
  const hold = holdId(await h.scim("PATCH", `/Groups/${Resources[0].id}`, { Operations: [add] }));
  const joined = await recording(recordedHold(await shown(h, hold)), { "four-eyes": fourEyes });
  expect(joined.differences).toEqual([]);
  expect(joined.file.tests["PATCH by okta: four-eyes"]).toMatchObject({
    given: { users: [{ userName: "ada@example.com", groups: ["core-team"] }], groups: ["docs-team"] },
    when: {
      path: "/Groups/{docs-team}",
      body: { Operations: [{ value: [{ value: "{ada@example.com}" }] }] },
    },
  });
  expect(joined.text).not.toContain("eve");

  const body = { userName: "zoe@example.com", title: "x", nickName: "{z}", password: "hunter2" };
  const created = holdId(await h.scim("POST", "/Users", body));
  const titled = { titled: held({ require: 'user.?title.orValue("") != "x"' }) };
  const made = await recording(recordedHold(await shown(h, created)), titled);
  expect(made.differences).toEqual([]);
  expect(made.text).not.toContain("hunter2");
  expect(made.file.tests["POST by okta: titled"]).toMatchObject({
    when: { method: "POST", path: "/Users", body: { nickName: "{{z}}" } },
  });
  expect(made.file.tests["POST by okta: titled"].given).toBeUndefined();
});

test("what comes to something else on a release is told", async () => {
  await deployConstraints(h, { last });
  const hold = holdId(await deactivate(h, people.get("eve")));
  const { differences } = await recording(recordedHold(await shown(h, hold)), {});
  expect(differences[0]?.message).toMatch(/^accepted: .*\(expected held\)$/);
});

test("of what is refused, a deletion alone is kept whole", async () => {
  const reject = { last: { ...last, otherwise: "reject" } };
  await deployConstraints(h, reject);
  const id = people.get("eve");
  expect((await h.scim("DELETE", `/Users/${id}`)).status).toBe(409);
  await h.scim("PATCH", `/Users/${id}`, { Operations: [{ op: "replace", path: "active", value: false }] });
  const rows: AuditRow[] = (await h.admin("GET", "/audit?last=2", { token: h.tokens.reader })).body.rows;
  const [deleted, patched] = rows.map(recordedRefusal);
  expect(patched).toBeUndefined();
  const { file, differences } = await recording(deleted, reject);
  expect(differences).toEqual([]);
  expect(file.tests["DELETE by okta: last"]).toEqual({
    given: { users: [{ userName: "eve@example.com", groups: ["docs-team"] }] },
    when: { method: "DELETE", path: "/Users/{eve@example.com}" },
    expect: { decision: "rejected", because: "last" },
  });
});
