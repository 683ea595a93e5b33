/** Verification of what holds for a time: suspensions by holds, rights that people took, rules that end. A file that lacks or keeps one is wrong, and a right one is not. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { lookUp } from "../../../agent/mercurial/look-up.ts";
import { people } from "../break-glass/people.ts";
import { Clocks, day, hour, second } from "../clock/world.ts";
import { type Harness, type ReleaseShape, startHarness } from "../harness.ts";
import { change, decide, holdId } from "../held/world.ts";
import { tamper } from "./tampered.ts";

let clocks: Clocks;
let h: Harness;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  clocks = new Clocks();
  h = await startHarness(["core/api", "docs"], {}, { ...clocks.given, lookUp });
});
afterEach(async () => {
  vi.useRealTimers();
  await h.stop();
});

const aMinuteLater = () => vi.advanceTimersByTimeAsync(60_000);
const right = { state: "settled", differs: false, findings: [], missing: [] };
const looked = async () => (await h.admin("GET", "/verification")).body;
/** What is found of a file that is changed so, which is mended then. */
async function foundBy(...statements: string[]): Promise<string[]> {
  tamper(h.config.access, ...statements);
  const { findings } = await looked();
  const { body } = await h.admin("GET", "/release");
  await h.deploy(body.release, body.digest);
  return findings.map(({ step, message }: { step: string; message: string }) => `${step}: ${message}`);
}

const until = () => new Date(clocks.now + 2 * hour).toISOString().replace(".000", "");

test("whoever is suspended, what was taken, and what ends", async () => {
  const { ids, take, inFile } = await people(h, (release: ReleaseShape) => {
    release.constraints.titled = {
      require: 'user.?title.orValue("") != "chief"',
      ...{ otherwise: "hold", owner: "identity", meanwhile: "suspend", expires: "1d" },
    };
    const ends = { account: "eve", until: until(), reason: "helps out", approver: "carol" };
    release.permissions.core.write.push(ends);
  });
  const hold = holdId(
    await h.scim(
      "PATCH",
      `/Users/${ids.get("bob")}`,
      change({ op: "replace", path: "title", value: "chief" }),
    ),
  );
  expect((await take("ann")).status).toBe(201);
  const [taken] = inFile();
  expect(h.accessFile().accounts).toContain("bob,0");
  expect(await looked()).toEqual(right);

  // suspensions: one that the file lacks, half lacks, and one that nobody knows of
  const lacks = await foundBy(
    "DELETE FROM suspended",
    "UPDATE accounts SET active = 1 WHERE account = 'bob'",
  );
  expect(lacks).toEqual(
    expect.arrayContaining([
      "tables: accounts: 1 row is missing, 1 row is too many",
      "tables: suspended: 1 row is missing",
      expect.stringMatching(/^look-up: bob may not read /),
    ]),
  );
  expect(await foundBy("UPDATE accounts SET active = 1 WHERE account = 'bob'")).toContain(
    "tables: accounts: 1 row is missing, 1 row is too many",
  );
  expect(await foundBy(`INSERT INTO suspended VALUES ('${ids.get("ann")}')`)).toContain(
    "tables: suspended: 1 row is too many",
  );
  // rights that were taken: one that the file lacks, has for longer, and has more of
  const own = "permission LIKE 'break-glass/%'";
  expect(await foundBy(`DELETE FROM grants WHERE ${own}`)).toEqual(
    expect.arrayContaining([
      "tables: grants: 1 row is missing",
      expect.stringMatching(/^look-up: ann may write core\/api/),
    ]),
  );
  expect(await foundBy(`UPDATE grants SET until = until + 1 WHERE ${own}`)).toEqual([
    "tables: grants: 1 row is missing, 1 row is too many",
  ]);
  expect(await foundBy(`UPDATE patterns SET pattern = '**', base = '' WHERE ${own}`)).toContain(
    "tables: patterns: 1 row is missing, 1 row is too many",
  );
  // rules that end
  const ending = "permission = 'core' AND until < 8640000000000000";
  expect(await foundBy(`DELETE FROM grants WHERE ${ending}`)).toContain("tables: grants: 1 row is missing");
  expect(await foundBy(`UPDATE grants SET until = 8640000000000000 WHERE ${ending}`)).toEqual([
    "tables: grants: 1 row is missing, 1 row is too many",
  ]);

  // what has ended is right while the file has it, and when it has it no longer
  for (const span of [hour, 2 * hour]) {
    clocks.pass(span + second);
    expect(await looked()).toEqual(right);
    await aMinuteLater();
    expect(await looked()).toEqual(right);
  }
  expect(h.accessFile().grants?.filter((row) => !String(row).endsWith(",8640000000000000"))).toEqual([]);
  // and wrong where it is there for longer
  const [account, , taking, end] = String(taken).split(",");
  const again = (until: number) =>
    `INSERT INTO grants VALUES ('break-glass/again', 'allow', '${account}', '${taking}', ${until})`;
  expect(await foundBy(again(Number(end)))).toEqual([]);
  expect(await foundBy(again(clocks.now + day))).toEqual(["tables: grants: 1 row is too many"]);

  // a suspension that has ended: of the hold, and of its time
  expect((await decide(h, hold, "discard")).status).toBe(200);
  expect(h.accessFile().accounts).toContain("bob,1");
  expect(await looked()).toEqual(right);
  expect(
    await foundBy(
      `INSERT INTO suspended VALUES ('${ids.get("bob")}')`,
      "UPDATE accounts SET active = 0 WHERE account = 'bob'",
    ),
  ).toEqual(
    expect.arrayContaining([
      "tables: accounts: 1 row is missing, 1 row is too many",
      "tables: suspended: 1 row is too many",
    ]),
  );
});
