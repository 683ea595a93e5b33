/** A policy test with a name that nothing has would look at nothing and pass: it is told instead, with the name that is near. */
import { beforeAll, expect, test } from "vitest";
import type { Release } from "../../../model/release.ts";
import { differencesIn, loadedTests, releaseOf } from "./playing.ts";

let local: Release;
let samples: Release;
let reference: Release;
beforeAll(async () => {
  local = await releaseOf("local");
  samples = await releaseOf("constraints");
  reference = await releaseOf("reference");
});

const joins = `  ann pushes:
    given:
      users: [{ userName: ann@example.com, groups: [engineering] }]
      groups: [core-team]
    when:
      method: PATCH
      path: /Groups/{core-team}
      body: { Operations: [{ op: add, path: members, value: [{ value: "{ann@example.com}" }] }] }
    expect:
      decision: accepted
      access: { ann: { core/api: write, core/api#stable: read, core/archive/old: read } }
`;

test("the sample passes, so that each of its misspellings is what is told", async () => {
  expect(await differencesIn(joins, local)).toEqual([]);
});

test.each([
  [
    "a group of a user",
    joins.replace("[engineering]", "[enginering]"),
    '5:53: connector okta of local selects no group "enginering" (expected a group that is selected, or the name under given.unselected too, did you mean "engineering"?)',
  ],
  [
    "a group with nobody in it",
    joins.replace("groups: [core-team]", "groups: [core-team, doc-team]"),
    '6:27: connector okta of local selects no group "doc-team" (expected a group that is selected, or the name under given.unselected too, did you mean "docs-team"?)',
  ],
  [
    "an account",
    joins.replace("access: { ann:", "access: { an:"),
    '13:17: nobody given or created has account an (expected one of theirs, or the name under expect.absent too, did you mean "ann"?)',
  ],
  [
    "a repository",
    joins.replace("{ core/api: write", "{ cor/api: none"),
    '13:24: no permission set of local covers cor/api (expected a repository that one covers, or uncovered in place of a right, did you mean "core/api"?)',
  ],
  [
    "a placeholder in a path",
    joins.replace("/Groups/{core-team}", "/Groups/{core-taem}"),
    '9:13: nobody given is named "core-taem" (expected one of ann@example.com, engineering, core-team; "{{" for a brace, did you mean "core-team"?)',
  ],
  [
    "a placeholder in a body",
    joins.replace("{ann@example.com}", "{an@example.com}"),
    '10:71: nobody given is named "an@example.com" (expected one of ann@example.com, engineering, core-team; "{{" for a brace, did you mean "ann@example.com"?)',
  ],
  [
    "a constraint in an answer",
    joins.replace(
      "decision: accepted",
      'decision: accepted\n      because: "constraint corporate-mail: Only"',
    ),
    '13:16: no constraint "corporate-mail" in local (expected a constraint, did you mean "corporate-email"?)',
  ],
  [
    "a constraint that warns",
    joins.replace("decision: accepted", "decision: accepted\n      warns: [corporate-mail]"),
    '13:15: no constraint "corporate-mail" in local (expected a constraint, did you mean "corporate-email"?)',
  ],
  [
    "a constraint that never warns",
    joins.replace("decision: accepted", "decision: accepted\n      warns: [corporate-email]"),
    "13:15: constraint corporate-email never warns: it says otherwise: reject (expected one that warns)",
  ],
  [
    "a connector",
    joins.replace("{ userName", "{ connector: okt, userName"),
    '5:15: no connector "okt" in local (expected connector: okta, did you mean "okta"?)',
  ],
  [
    "a group that is said to be selected by nobody, and is",
    joins.replace("groups: [core-team]", "groups: [core-team]\n      unselected: [docs-team]"),
    '7:20: connector okta of local selects "docs-team" (expected it under groups)',
  ],
  [
    "an account in a list of who may write",
    joins.replace("access:", "who: { core/api: { write: [anna] } }\n      access:"),
    '13:34: nobody given or created has account anna (expected one of theirs, or the name under expect.absent too, did you mean "ann"?)',
  ],
  [
    "a repository where nobody may write",
    joins.replace("access:", "who: { cora/api: { write: [] } }\n      access:"),
    '13:14: no permission set of local covers cora/api (expected a repository that one covers, or uncovered in place of a right, did you mean "core/api"?)',
  ],
  [
    "a repository that is said to be nobody's, and is somebody's",
    joins.replace("core/archive/old: read", "core/archive/old: uncovered"),
    "13:82: permission set archive covers core/archive/old (expected uncovered)",
  ],
])("%s", async (_, text, message) => {
  expect(await differencesIn(text, local)).toEqual([message]);
});

test("what is meant to be unknown is said to be", async () => {
  const text = `  interns are nobody here:
    given:
      users: [{ userName: ida@example.com, groups: [Interns, engineering] }]
      unselected: [interns, guests]
    when: { method: DELETE, path: "/Groups/{guests}" }
    expect:
      decision: accepted
      absent: [eve]
      access: { ida: { core/api: read, nowhere: uncovered }, eve: { core/api: none } }
`;
  expect(await differencesIn(text, local)).toEqual([]);
  expect(await differencesIn(text.replace("[eve]", "[ida, eve]"), local)).toEqual([
    "10:16: there is an account ida (expected none)",
  ]);
});

test("an account is known by whom it was, is and would have been", async () => {
  const text = `  renamed, refused, gone:
    given:
      users:
        - { userName: ann@example.com, groups: [core-team] }
        - { userName: bo@example.com }
    first:
      - { method: DELETE, path: "/Users/{bo@example.com}" }
      - { method: POST, path: /Users, body: { userName: cy@example.com } }
      - { method: PATCH, path: "/Users/{cy@example.com}", body: { Operations: [{ op: replace, path: userName, value: di@example.com }] } }
    when: { method: PATCH, path: "/Users/{ann@example.com}", body: { Operations: [{ op: replace, value: { userName: eve@evil.example } }] } }
    expect:
      decision: rejected
      because: corporate-email
      access: { ann: { core/api: write }, bo: { core/api: none }, cy: { core/api: none }, di: { core/api: none }, eve: { core/api: none } }
`;
  expect(await differencesIn(text, local)).toEqual([]);
});

test("the name of a constraint is not the beginning of another's, nor of a word", async () => {
  const text = `  protected:
    given: { users: [{ connector: entra, userName: build-bot@example.com }] }
    when: { connector: entra, method: DELETE, path: "/Users/{build-bot@example.com}" }
    expect: { decision: rejected, because: critical }
`;
  const shorter = {
    ...samples,
    constraints: { ...samples.constraints, critical: samples.constraints["critical-accounts"] },
  } as Release;
  const { "critical-accounts": _, ...others } = shorter.constraints;
  expect(await differencesIn(text, { ...shorter, constraints: others })).toEqual([]);
  expect(
    await differencesIn(text, {
      ...shorter,
      constraints: { ...shorter.constraints, critical: { ...others["last-writer"] } as never },
    }),
  ).toEqual([
    '6:44: constraint critical-accounts: account build-bot is protected (expected "critical" in it)',
  ]);
});

test("a group of several connectors is named with its own; nobody is put into a derived one", async () => {
  const text = (groups: string) => `  there:
    given: { groups: [${groups}] }
    expect: { who: { partners/site: { read: [] } } }
`;
  expect(await differencesIn(text("google/partners, agency"), samples)).toEqual([]);
  expect(await differencesIn(text("google/partnrs"), samples)).toEqual([
    '4:23: no connector of constraints selects a group "google/partnrs" (expected a group that is selected, or the name under given.unselected too, did you mean "google/partners"?)',
  ]);
  const derived = `  there:
    given: { users: [{ connector: okta, userName: ann@example.com, groups: [leads] }] }
    expect: { who: { core/api: { write: [] } } }
`;
  expect(await differencesIn(derived, reference)).toEqual([
    '4:77: "leads" is a derived group of reference, which nobody is put into (expected attributes that make them a member)',
  ]);
});

test("a brace that is meant as one is written twice", async () => {
  const text = (title: string) => `  titled:
    when: { method: POST, path: /Users, body: { userName: ann@example.com, title: "${title}" } }
    expect: { decision: accepted, account: ann }
`;
  expect(await differencesIn(text("a {{lead}} of all"), local)).toEqual([]);
  expect(await differencesIn(text("a {lead}"), local)).toEqual([
    '4:83: nobody given is named "lead" (expected somebody under given; "{{" for a brace)',
  ]);
});

test("without a request nothing is asked of one", async () => {
  await expect(
    loadedTests("  a:\n    expect: { decision: accepted, who: { docs: { write: [] } } }\n"),
  ).rejects.toThrow("4:25: decision without a request (expected when)");
  await expect(loadedTests("  a:\n    given: { groups: [engineering] }\n    expect: {}\n")).rejects.toThrow(
    "it looks at nothing (expected when, or access, who or absent)",
  );
  await expect(
    loadedTests("  a:\n    when: { method: POST, path: /Users }\n    expect: { status: 201 }\n"),
  ).rejects.toThrow("missing decision (expected accepted, rejected or held)");
  await expect(loadedTests("  a:\n    expect: { who: { docs: {} } }\n")).rejects.toThrow(
    "it asks nothing (expected read or write, with the accounts)",
  );
});

test("who may write somewhere is asked by repository and branch, with a request and without", async () => {
  const people = `  people:
    given:
      users:
        - { userName: ann@example.com, groups: [engineering, core-team] }
        - { userName: rita@example.com, groups: [core-team, release-managers] }
        - { userName: ed@example.com, groups: [engineering] }
`;
  const expected = `    expect:
      who:
        core/api: { write: [rita, ann], read: [ed] }
        core/api#stable: { write: [rita], read: [ann, ed] }
        core/archive/old: { write: [] }
        releases/7: { read: [ann] }
`;
  expect(await differencesIn(people + expected, local)).toEqual([]);
  const left = `${people}    when: { method: PATCH, path: "/Users/{ann@example.com}", body: { Operations: [{ op: replace, path: active, value: false }] } }
${expected.replace("expect:", "expect:\n      decision: accepted")}`;
  expect(await differencesIn(left, local)).toEqual([
    "13:21: rita has write on core/api (expected ann, rita)",
    "14:43: ed has read on core/api#stable (expected ann, ed)",
    "16:23: nobody has read on releases/7 (expected ann)",
  ]);
});
