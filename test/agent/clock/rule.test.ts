/** The rule of the agent's time, whatever the system's clock does. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type ClockLook,
  type ClockState,
  clockAt,
  clockSlack,
  longestGap,
  readClock,
  setClock,
  startClock,
} from "../../../agent/clock/rule.ts";

const start = Date.UTC(2026, 0, 5, 10);
const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const begun = () => startClock(undefined, { system: start, uptime: 0 }).state;
/** What is said when the system's clock is off by so much, some time after the start. */
const seen = (elapsed: number, off: number, state: ClockState = begun()) =>
  readClock(state, { system: start + elapsed + off, uptime: elapsed });

describe("while the agent runs", () => {
  test.each([
    ["a clock that goes evenly", day, 0],
    ["a step of NTP ahead", hour, 3 * minute],
    ["a step of NTP back", hour, -3 * minute],
    ["the slew of a year", 365 * day, 4 * minute],
  ])("%s agrees", (_, elapsed, off) => {
    expect(seen(elapsed, off).verdict).toEqual({ kind: "agrees" });
  });

  test.each([
    ["a night's sleep", 14 * hour],
    ["a week's", longestGap],
  ])("%s is a gap that nobody measured", (_, off) => {
    const { state, verdict } = seen(hour, off);
    expect(verdict).toEqual({ kind: "gap", span: off });
    expect(state).toMatchObject({ time: start + hour + off, measured: hour });
  });

  test.each([
    ["back by six minutes", -6 * minute],
    ["back by three days", -3 * day],
    ["ahead by more than a week", longestGap + 1],
    ["ahead by ten years", 3_652 * day],
  ])("a clock that goes %s is in doubt, and the agent's time goes on by what is measured", (_, off) => {
    const { state, verdict } = seen(hour, off);
    expect(verdict).toEqual({ kind: "doubt" });
    expect(state.time).toBe(start + hour);
    expect(seen(2 * hour, off, state).state.time).toBe(start + 2 * hour);
    expect(seen(3 * hour, 0, state).verdict).toEqual({ kind: "agrees" });
  });

  test("a clock that is back by little stands still until it is there again", () => {
    const { state } = seen(hour, 0);
    const back = seen(hour + second, -minute, state).state;
    expect(back.time).toBe(start + hour);
    expect(seen(hour + 2 * minute, -minute, back).state.time).toBe(start + hour + minute);
  });

  test("many small steps are no large one", () => {
    let state = begun();
    const verdicts = Array.from({ length: 10 }, (_, step) => {
      const judged = seen(step * minute, -step * 2 * minute, state);
      state = judged.state;
      return judged.verdict.kind;
    });
    expect(verdicts.slice(0, 3)).toEqual(["agrees", "agrees", "agrees"]);
    expect(verdicts.slice(3)).toEqual(Array(7).fill("doubt"));
  });

  test("an offset within the slack is learnt in the course of days", () => {
    const learnt = seen(4 * day, 4 * minute).state;
    expect(seen(4 * day + second, 8 * minute, learnt).verdict).toEqual({ kind: "agrees" });
  });
});

describe("at a start", () => {
  const kept = clockAt(start, 5 * hour);
  test.each([
    ["an hour later", hour, start + hour, "gap"],
    ["after a weekend", 3 * day, start + 3 * day, "gap"],
    ["at once", second, start + second, "agrees"],
    ["at once, a little back", -second, start, "agrees"],
    ["three days back", -3 * day, start, "doubt"],
    ["in ten years", 3_652 * day, start, "doubt"],
  ])("%s", (_, off, time, kind) => {
    const { state, verdict } = startClock(kept, { system: start + off, uptime: 77 });
    expect(verdict.kind).toBe(kind);
    expect(state).toMatchObject({ time, measured: 5 * hour, uptime: 77 });
  });

  test("a host without a battery is in doubt until its clock is set, and then is not", () => {
    const { state, verdict } = startClock(kept, { system: 0, uptime: 0 });
    expect(verdict.kind).toBe("doubt");
    const set = readClock(state, { system: start + day, uptime: 30 * second });
    expect(set.verdict.kind).toBe("gap");
    expect(set.state.time).toBe(start + day);
  });
});

describe("what is allowed once is not allowed again and again", () => {
  /** The next process, after the one before has run for some time; the system's clock is as it is given. */
  const restarted = (state: ClockState, ran: number, system: number) =>
    startClock(readClock(state, { system, uptime: state.uptime + ran }).state, { system, uptime: 0 });
  const kinds = (
    times: number,
    step: (state: ClockState, count: number) => ReturnType<typeof startClock>,
  ) => {
    let state = begun();
    const verdicts = Array.from({ length: times }, (_, count) => {
      const judged = step(state, count + 1);
      state = judged.state;
      return judged.verdict.kind;
    });
    return { state, verdicts };
  };

  test.each([
    ["stands still", 290 * second, () => start],
    ["goes half as fast", 10 * minute - second, (count: number) => start + (count * 10 * minute) / 2],
    ["is set back by four minutes", 0, (count: number) => start - count * 4 * minute],
  ])("a clock that %s, with a start again each time", (_, ran, system) => {
    const { state, verdicts } = kinds(100, (before, count) => restarted(before, ran, system(count)));
    expect(verdicts.slice(0, 2)).toEqual(["agrees", "doubt"]);
    expect(verdicts.slice(2)).toEqual(Array(98).fill("doubt"));
    expect(state.time).toBeGreaterThanOrEqual(start + 100 * ran * 0.999 - clockSlack);
  });

  test("a clock that is set ahead by six days, and again after a minute, started again or not", () => {
    const ahead = (count: number): ClockLook => ({
      system: start + count * (6 * day + minute),
      uptime: count * minute,
    });
    const once = begun();
    expect(readClock(once, ahead(1)).verdict.kind).toBe("gap");
    for (const next of [
      (state: ClockState, count: number) => readClock(state, ahead(count)),
      (state: ClockState, count: number) => restarted(state, minute, ahead(count).system),
    ]) {
      const { state, verdicts } = kinds(20, next);
      expect(verdicts.slice(1)).toEqual(Array(19).fill("doubt"));
      expect(state.time).toBeLessThan(start + 6 * day + hour);
    }
  });

  test("steps ahead within the slack add up to a gap", () => {
    const { state } = kinds(5, (before, count) =>
      restarted(before, second, start + count * (4 * minute + second)),
    );
    expect(state.gaps).toBeGreaterThan(15 * minute);
  });

  test("a host that runs from eight to six on working days is never in doubt", () => {
    let look = { system: start, uptime: 0 };
    let { state } = startClock(undefined, look);
    for (let date = 0; date < 100; date++) {
      look = { system: look.system + 10 * hour, uptime: look.uptime + 10 * hour };
      expect(readClock(state, look).verdict.kind).toBe("agrees");
      state = readClock(state, look).state;
      look = { system: look.system + (date % 5 === 4 ? 62 : 14) * hour, uptime: look.uptime };
      const judged = date % 2 === 0 ? startClock(state, look) : readClock(state, look);
      expect(judged.verdict.kind).toBe("gap");
      state = judged.state;
    }
  });

  test("what went ahead too often is taken after some hours, or by an approver's word", () => {
    const once = seen(second, 6 * day).state;
    const again = seen(hour, 12 * day, once);
    expect(again.verdict.kind).toBe("doubt");
    expect(seen(3 * day, 12 * day, again.state).verdict.kind).toBe("gap");
    const set = setClock(again.state, start + hour + 12 * day);
    expect(seen(2 * hour, 12 * day, set).verdict.kind).toBe("agrees");
    expect(seen(2 * hour, 18 * day, set).verdict.kind).toBe("gap");
  });
});

test("an approver's word sets the time, back too, and what was measured stays", () => {
  const { state } = seen(hour, -3 * day);
  const set = setClock(state, start + hour - 3 * day);
  expect(set.measured).toBe(hour);
  const next = readClock(set, { system: start + 2 * hour - 3 * day, uptime: 2 * hour });
  expect(next.verdict).toEqual({ kind: "agrees" });
  expect(next.state).toMatchObject({ time: start + 2 * hour - 3 * day, measured: 2 * hour });
});

/** What may happen to an agent: time passes, the clock is set, the host sleeps, the agent is started again. */
const event = fc.oneof(
  fc.record({ kind: fc.constant("pass" as const), span: fc.integer({ min: 0, max: 2 * day }) }),
  fc.record({
    kind: fc.constant("step" as const),
    by: fc.oneof(
      fc.integer({ min: -10 * minute, max: 10 * minute }),
      fc.integer({ min: -4_000 * day, max: 4_000 * day }),
    ),
  }),
  fc.record({ kind: fc.constant("sleep" as const), span: fc.integer({ min: 0, max: 20 * day }) }),
  fc.record({ kind: fc.constant("restart" as const), span: fc.integer({ min: 0, max: 20 * day }) }),
);

test("whatever happens, the agent's time never goes back, nor faster than measured while in doubt; soak is never more than was run; all in all it is not far from what was run", () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      let look = { system: start, uptime: 0 };
      let { state } = startClock(undefined, look);
      let ran = 0;
      for (const one of events) {
        const before = state;
        if (one.kind === "pass") {
          look = { system: look.system + one.span, uptime: look.uptime + one.span };
          ran += one.span;
        } else if (one.kind === "step") look = { ...look, system: look.system + one.by };
        else look = { system: look.system + one.span, uptime: one.kind === "sleep" ? look.uptime : 0 };
        const judged = one.kind === "restart" ? startClock(state, look) : readClock(state, look);
        state = judged.state;
        expect(state.time).toBeGreaterThanOrEqual(before.time);
        expect(state.measured).toBe(ran);
        if (judged.verdict.kind === "doubt") {
          const passed = one.kind === "pass" ? one.span : 0;
          expect(state.time - before.time).toBeLessThanOrEqual(passed + clockSlack);
        } else {
          expect(state.time).toBeGreaterThanOrEqual(look.system);
          expect(state.time - look.system).toBeLessThanOrEqual(2 * clockSlack);
        }
        expect(Number.isInteger(state.time)).toBe(true);
        const passed = state.time - start;
        expect(passed).toBeGreaterThanOrEqual(Math.floor(ran * 0.999 - clockSlack));
        expect(passed).toBeLessThanOrEqual(ran * 4.001 + longestGap + clockSlack);
      }
    }),
  );
});
