/** Where a rotation stands, by what the slots hold and who came with what: each case, and that no order of the slots makes another one. */
import { describe, expect, test } from "vitest";
import type { Slot, SlotList } from "../../api/slots.ts";
import { standingOf } from "../../report/rotation/standing.ts";
import { briefStanding, describeRefused, describeStanding } from "../../report/rotation/words.ts";

const now = 1_000_000_000;
const hour = 3_600_000;
const use = (ago: number) => ({ at: now - ago, from: "203.0.113.9" });
const slot = (more: Partial<Slot> = {}): Slot => ({
  ...{ reference: "ref+file:///a", state: "filled", problem: null, hmac: "aa", since: now - 48 * hour },
  ...{ expires: null, isLetIn: true, lastUsed: null, unusedFor: 48 * hour },
  ...more,
});
const fresh = (more: Partial<Slot> = {}) =>
  slot({ reference: "ref+file:///b", hmac: "bb", since: now - 9 * hour, ...more });
const empty = { state: "empty", hmac: null, since: null, isLetIn: false } as const;
const list = (slots: readonly Slot[], isOneValue = false): SlotList => ({
  ...{ secret: "okta-token", connector: "okta", quiet: "2h", release: "", now, isOneValue, withdrawn: null },
  refused: [],
  slots: [...slots],
});

const cases: readonly (readonly [string, SlotList, string, RegExp])[] = [
  [
    "both hold one value",
    list([slot(), slot({ reference: "ref+file:///b" })], true),
    "rest",
    /both slots hold it/,
  ],
  ["one is empty", list([slot(), fresh(empty)], true), "rest", /the other slot waits for the next one/],
  ["none has a value", list([slot(empty), fresh(empty)], true), "nothing", /Neither slot has a value/],
  [
    "a store is away",
    list([slot(), fresh({ state: "unread", problem: "ref+file:///b: Vault is sealed" })]),
    "unread",
    /^ref\+file:\/\/\/b: Vault is sealed: nothing is done before/,
  ],
  [
    "the new one opens nothing",
    list([slot(), fresh({ problem: "the value is too short", isLetIn: false, since: null })]),
    "unusable",
    /the value is too short: the connector goes on with what it had/,
  ],
  [
    "what was in the other one is gone, and let in still",
    list([slot(), fresh({ ...empty, problem: "nothing is there any more" })], true),
    "unusable",
    /^ref\+file:\/\/\/b: nothing is there any more: the connector goes on with what it had/,
  ],
  [
    "one opens nothing, and the other one is empty",
    list(
      [
        slot({ problem: "the value is too short" }),
        fresh({ ...empty, problem: "nothing is there any more" }),
      ],
      true,
    ),
    "spoiled",
    /no slot holds a value that lets anybody in/,
  ],
  [
    "neither opens anything",
    list([slot({ problem: "the value is too short" }), fresh({ problem: "the value is too short" })]),
    "spoiled",
    /no slot holds a value that lets anybody in/,
  ],
  [
    "both hold what opens nothing",
    list([slot({ problem: "the value is too short" }), fresh({ problem: "the value is too short" })], true),
    "spoiled",
    /no slot holds a value that lets anybody in/,
  ],
  [
    "the agent has not looked",
    list([slot(), fresh({ isLetIn: false })]),
    "unread",
    /has not noticed the value yet/,
  ],
  [
    "the new one has ended",
    list([slot(), fresh({ isLetIn: false, expires: now - 1 })]),
    "unusable",
    /the lifetime of the new value is over/,
  ],
  [
    "nobody came with the new one",
    list([slot({ lastUsed: use(180_000) }), fresh()]),
    "unswitched",
    /nobody has come with it yet: enter it .* The old one was last used 3 min ago from 203\.0\.113\.9\.$/,
  ],
  [
    "the old one came after the new one",
    list([slot({ lastUsed: use(1_000), unusedFor: 1_000 }), fresh({ lastUsed: use(2_000) })]),
    "unswitched",
    /was used 2 s ago from 203\.0\.113\.9, and the old one after that/,
  ],
  [
    "the old one has not rested",
    list([slot({ lastUsed: use(hour), unusedFor: hour }), fresh({ lastUsed: use(60_000) })]),
    "quiet",
    /withdrawn when nobody has come with it for 2h, in 1 h at the earliest/,
  ],
  [
    "the agent has started anew",
    list([slot({ lastUsed: use(9 * hour), unusedFor: hour }), fresh({ lastUsed: use(60_000) })]),
    "quiet",
    /last used 9 h ago from 203\.0\.113\.9, and the agent started 1 h ago/,
  ],
  [
    "the old one has rested",
    list([slot({ lastUsed: use(2 * hour), unusedFor: 2 * hour }), fresh({ lastUsed: use(60_000) })]),
    "ready",
    /nobody has come with the old one for 2h/,
  ],
  [
    "the old one has ended",
    list([slot({ isLetIn: false, expires: now - 1, lastUsed: use(1), unusedFor: 1 }), fresh()]),
    "ready",
    /The lifetime of the old value is over/,
  ],
];

describe.each(cases)("%s", (_, found, step, told) => {
  test.each(["as they stand", "the other way round"])("%s", (order) => {
    const slots = order === "as they stand" ? found.slots : [...found.slots].reverse();
    const turned = { ...found, slots };
    const standing = standingOf(turned);
    expect(standing.step).toBe(step);
    if ("old" in standing)
      expect([standing.old.reference, standing.fresh.reference]).toEqual(["ref+file:///a", "ref+file:///b"]);
    expect(describeStanding(turned, standing)).toMatch(told);
  });
});

test("of two that the agent saw at once, whoever comes has the old one", () => {
  const since = now - hour;
  const slots = [slot({ since }), fresh({ since, lastUsed: use(1) })];
  const standing = standingOf(list(slots));
  expect(standing).toMatchObject({ step: "unswitched", old: { hmac: "bb" }, fresh: { hmac: "aa" } });
});

test.each([
  ["somebody comes with the other one", slot({ lastUsed: use(hour) }), null, true],
  ["nobody has come with the other one", slot(), null, false],
  ["what was there was used later", slot({ lastUsed: use(hour) }), use(1_000), false],
])("a value that opens nothing can be taken back where %s", (_, old, withdrawn, isOldInUse) => {
  const spoiled = fresh({ problem: "the value is too short", isLetIn: false, since: null });
  expect(standingOf({ ...list([old, spoiled]), withdrawn })).toMatchObject({ step: "unusable", isOldInUse });
});

test.each([
  [
    "unknown",
    [slot({ lastUsed: use(9_000) }), fresh(empty)],
    "12 requests with an unknown token were refused in the last 1 h, the last one 3 s ago from 203.0.113.9. Where that is the provider, it was switched already: give the value that it has, by --value-from <file>.",
  ],
  [
    "unknown",
    [slot({ lastUsed: use(9_000) }), fresh()],
    "12 requests with an unknown token were refused in the last 1 h, the last one 3 s ago from 203.0.113.9. Where that is the provider, the new value was not entered as it is: enter it once more.",
  ],
  [
    "former",
    [slot(), fresh(empty)],
    "12 requests with a token of before or of another connector were refused in the last 1 h, the last one 3 s ago from 203.0.113.9. Where that is the provider, enter the present value there.",
  ],
  [
    "ended",
    [slot({ isLetIn: false, expires: now - 1 }), fresh()],
    "12 requests with a value that is past its lifetime were refused in the last 1 h, the last one 3 s ago from 203.0.113.9. Where that is the provider, enter the new value there.",
  ],
  [
    "unknown",
    [slot({ lastUsed: use(1_000) }), fresh(empty)],
    "12 requests with an unknown token were refused in the last 1 h, the last one 3 s ago from 203.0.113.9.",
  ],
] as const)(
  "who is refused is told, and what to do where that may be the provider: %s",
  (kind, slots, told) => {
    const refused = { kind, requests: 12, within: hour, last: use(3_000) };
    const found = { ...list(slots, slots[1].state === "empty"), refused: [refused] };
    expect(describeRefused(found, standingOf(found))).toEqual([told]);
  },
);

test("in one line of a narrow terminal", () => {
  const found = list([
    slot({ lastUsed: use(190_000), unusedFor: 190_000 }),
    fresh({ lastUsed: use(20_000) }),
  ]);
  expect(briefStanding(found, standingOf(found))).toBe(
    "new: 20 s ago; old: 3 min 10 s ago from 203.0.113.9; withdrawn in 1 h 56 min",
  );
});
