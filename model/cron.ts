/** Schedules in cron's five fields: minute, hour, day of month, month, day of week. */
import { createRequire } from "node:module";

const expected = '(expected five fields, such as "*/30 * * * *")';

/** What is wrong with a schedule, if anything is. */
export function cronProblem(pattern: string): string | undefined {
  // loaded only for the few environments that have one: start is what people wait for
  const { Cron } = createRequire(import.meta.url)("croner") as typeof import("croner");
  try {
    const schedule = new Cron(pattern, { paused: true, mode: "5-part", utcOffset: 0 });
    return schedule.nextRun(new Date(0)) ? undefined : `a schedule that never comes ${expected}`;
  } catch {
    return `not a schedule ${expected}`;
  }
}
