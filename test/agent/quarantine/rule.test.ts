/** The rule alone, over random writes and times: nobody is quarantined for few failures, and a quarantine never lasts longer than its maximum. */
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  afterWrite,
  orderly,
  type QuarantineRule,
  type QuarantineState,
  trialSize,
} from "../../../agent/operations/quarantine/rule.ts";

const minute = 60_000;
const rules = fc.record({
  share: fc.integer({ min: 1, max: 100 }).map((percent) => percent / 100),
  above: fc.integer({ min: 0, max: 20 }),
  first: fc.integer({ min: 1, max: 120 }).map((span) => span * minute),
  max: fc.integer({ min: 120, max: 500 }).map((span) => span * minute),
});
const writes = fc.array(fc.record({ failed: fc.boolean(), later: fc.integer({ min: 0, max: 40 }) }), {
  maxLength: 300,
});

test("over random writes", () => {
  fc.assert(
    fc.property(rules, writes, (rule: QuarantineRule, all) => {
      let standing: QuarantineState = orderly;
      let at = 1_000_000_000;
      const lately: { readonly at: number; readonly failed: boolean }[] = [];
      let tried = 0;
      for (const { failed, later } of all) {
        at += later * minute;
        const before = standing.quarantined;
        standing = afterWrite(standing, rule, { failed, code: failed ? "invalidValue" : "" }, at);
        const is = standing.quarantined;
        if (!before) {
          lately.push({ at, failed });
          const hour = lately.filter((one) => one.at > at - 60 * minute);
          const failures = hour.filter((one) => one.failed).length;
          if (is) {
            expect(failed && failures > rule.above && is.failed >= is.writes * rule.share).toBe(true);
            expect(is).toMatchObject({ round: 1, since: at, until: at + rule.first });
          }
        } else if (at < before.until) expect(standing.quarantined).toEqual(before);
        else if (is && is.until !== before.until) {
          expect(failed).toBe(true);
          expect(is).toMatchObject({ round: before.round + 1, since: before.since });
          expect(is.until - at).toBe(Math.min(rule.first * 2 ** before.round, rule.max));
        }
        tried = is && before?.until === is.until && at >= is.until ? tried + 1 : 0;
        expect(tried).toBeLessThan(trialSize);
        if (!is && before) lately.length = 0;
      }
    }),
  );
});
