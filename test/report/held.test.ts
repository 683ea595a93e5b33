/** What the alert of a hold says, by the alert alone: who stays in meanwhile, and who decides. */
import { expect, test } from "vitest";
import { describeHeldEvent } from "../../report/held.ts";

const hold = { id: "5f0c", connector: "okta", rule: "mass", owner: "on-call", removal: 1, isOver: false };
test.each<[Partial<Parameters<typeof describeHeldEvent>[0]>, string]>([
  [
    {},
    "a removal by connector okta is held by constraint mass, and on-call decides: it waits as 5f0c, and whom it is about keeps access meanwhile (see hgscim held show)",
  ],
  [
    { meanwhile: "suspend" },
    "a removal by connector okta is held by constraint mass, and on-call decides: it waits as 5f0c, and whom it is about has no access meanwhile (see hgscim held show)",
  ],
  [
    { removal: 0 },
    "an addition or change by connector okta is held by constraint mass, and on-call decides: it waits as 5f0c, and nothing of it is done meanwhile (see hgscim held show)",
  ],
  [
    { isOver: true },
    "a removal by connector okta has waited its time, held by constraint mass, and on-call decides: it waits as 5f0c, and whom it is about keeps access meanwhile (see hgscim held show)",
  ],
  [
    { removal: 0, isOver: true },
    "an addition or change by connector okta has waited its time, held by constraint mass, and on-call decides: it has lapsed, and nothing of it is done (5f0c)",
  ],
  [
    { rule: null, owner: null },
    "a removal by connector okta is held by what was held before it: it waits as 5f0c, and whom it is about keeps access meanwhile (see hgscim held show)",
  ],
])("%j", (other, sentence) => {
  expect(describeHeldEvent({ ...hold, meanwhile: "keep", ...other })).toBe(sentence);
});
