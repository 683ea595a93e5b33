/** Obsolescence markers that a client makes up: refused where others could not read them, or would follow them for too long. */
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeAccess } from "../agent/mercurial/access.ts";
import { hg, local, succeed } from "../agent/mercurial/client.ts";
import { filesOf, Hostile } from "../agent/mercurial/hostile.ts";
import { access, World } from "../agent/mercurial/world.ts";

let world: World;
let hostile: Hostile;
let tip: string;
beforeAll(async () => {
  world = await World.make({ more: "[phases]\npublish = no\n[experimental]\nevolution = all\n" });
  writeAccess(world.access, access);
  hostile = await Hostile.start();
  await succeed(local(world.folder, "clone", "-q", world.path("root/core/api"), world.path("clone")));
  tip = (await world.changesets())[0] as string;
});
afterAll(async () => {
  await hostile.end();
  await world.end();
});

interface Marker {
  readonly of: string;
  readonly to?: readonly string[];
  readonly date?: number;
  readonly zone?: number;
  readonly flags?: number;
  readonly said?: readonly (readonly [string, string])[];
}

/** A part of markers, in the second format of Mercurial's obsstore (obsolete.py, _fm1). */
function part(markers: readonly Marker[]) {
  const encoded = markers.map(({ of, to = [], date = 0, zone = 0, flags = 0, said = [] }) => {
    const nodes = Buffer.from([of, ...to].join(""), "hex");
    const words = said.flat().map((word) => Buffer.from(word, "latin1"));
    const rest = Buffer.concat([nodes, Buffer.from(words.map((word) => word.length)), ...words]);
    const fixed = Buffer.alloc(19);
    fixed.writeUInt32BE(19 + rest.length, 0);
    fixed.writeDoubleBE(date, 4);
    fixed.writeInt16BE(zone, 12);
    fixed.writeUInt16BE(flags, 14);
    fixed.set([to.length, 3, said.length], 16);
    return Buffer.concat([fixed, rest]);
  });
  const content = Buffer.concat([Buffer.from([1]), ...encoded]).toString("latin1");
  return { parts: [["OBSMARKERS", {}, {}, content]] } as const;
}

const node = (name: string | number) => createHash("sha1").update(`${name}`).digest("hex");
const push = async (markers: readonly Marker[]) =>
  (await hostile.push(world.path("clone"), `${world.host.url}/core/api`, "ada", part(markers))).answer;

async function refused(why: string, markers: readonly Marker[]): Promise<void> {
  const before = filesOf(world.path("root/core/api"));
  expect(await push(markers)).toMatch(
    new RegExp(
      `ada may not push the obsolescence of changeset [0-9a-f]{12} to repository core/api: ${why}; ask`,
    ),
  );
  expect(filesOf(world.path("root/core/api"))).toEqual(before);
}

const many = (count: number, of: (n: number) => readonly Marker[]) =>
  Array.from({ length: count }, (_, n) => of(n)).flat();
const rewrites = (name: string, count: number) =>
  many(count, (n) => [{ of: node(`${name}${n}`), to: [node(`${name}${n + 1}`)] }]);
/** Each is split in two, differently by two people, and one part of it again. */
const splits = (name: string, count: number) =>
  many(count, (n) =>
    ["b", "c"].map((part) => ({
      of: node(`${name}${n}`),
      to: [node(`${name}${n + 1}`), node(`${name}${n}${part}`)],
    })),
  );

describe("what became of a changeset", () => {
  const toomany = "there are too many ways to follow what became of it";

  it("is followed in a bounded number of steps", async () => {
    await refused(toomany, splits("s", 12));
    // of one in thousands of ways, each by a marker of its own or in one; by parts of parts; and in a long line
    await refused(
      toomany,
      many(1_500, (n) => [{ of: node("d"), to: [node(`d${n}`)] }]),
    );
    const parts = (name: string) => Array.from({ length: 255 }, (_, n) => node(`${name}-${n}`));
    await refused(toomany, [
      { of: node("w"), to: parts("w") },
      ...parts("w").map((of) => ({ of, to: parts(of) })),
    ]);
    const both = many(20, (n) => ["x", "y"].map((to) => ({ of: node(`p-${n}`), to: [node(to)] })));
    await refused(toomany, [
      { of: node("p"), to: Array.from({ length: 20 }, (_, n) => node(`p-${n}`)) },
      ...both,
    ]);
    await refused(toomany, rewrites("l", 1_500));
    // also where most of it came before
    const first = splits("t", 8);
    expect(await push(first)).not.toContain("may not");
    await refused(toomany, splits("t", 12).slice(first.length));
  });

  it("is whatever people make of it, in circles too", async () => {
    const circle = many(50, (n) => [{ of: node(`o${n}`), to: [node(`o${(n + 1) % 50}`)] }]);
    const taken = [
      rewrites("a", 900),
      many(1_000, (n) => rewrites(`m${n}`, 5)),
      circle,
      [{ of: node("pruned") }, { of: node("pruned"), to: [node("kept")] }],
      many(50, (n) => [{ of: node("again"), to: [node("b")], said: [["user", `u${n}`] as const] }]),
      [{ of: node("split"), to: Array.from({ length: 100 }, (_, n) => node(`i${n}`)) }],
    ];
    for (const markers of taken) expect(await push(markers)).not.toMatch(/may not|abort/i);
    await succeed(hg(world.folder, "clone", "-q", world.url("rob"), world.path("seen")));
  });
});

describe("a marker", () => {
  it.each<[string, Marker]>([
    ["its marker's date is none", { of: node("f"), date: Number.NaN }],
    ["its marker's date is none", { of: node("f"), date: 1e300 }],
    ["its marker's time zone is none", { of: node("f"), zone: 32_000 }],
    [
      "its marker says too much",
      { of: node("f"), said: Array.from({ length: 20 }, (_, n) => [`k${n}`, "x".repeat(255)] as const) },
    ],
    ["its marker says what is not UTF-8", { of: node("f"), said: [["user", "gr\xfcn"]] }],
    ["hg makes no such marker", { of: node("f").padEnd(64, "0"), flags: 2 }],
    ["hg makes no such marker", { of: node("f"), flags: 1024 }],
    ["it cannot become itself", { of: node("f"), to: [node("f")] }],
  ])("is one that everybody can read: %s", async (why, marker) => {
    await refused(why, [{ of: node("g"), to: [tip] }, marker]);
  });
});
