/** A host whose clocks a test moves. */
import type { Harness, Reply } from "../harness.ts";

/** Two clocks: time passes for both, the system's is set alone. */
export class Clocks {
  /** What the time really is. */
  now = Date.UTC(2026, 0, 5, 10);
  /** By how much the system's clock is wrong. */
  off = 0;
  #awake = 0;

  /** For `startHarness`. */
  readonly given = { clock: () => this.now + this.off, uptime: () => this.#awake };

  pass(span: number): void {
    this.now += span;
    this.#awake += span;
  }

  /** The host is off, or sleeps. */
  sleep(span: number): void {
    this.now += span;
  }
}

/** Starts an agent again, after something has happened while none ran. */
export async function restartAfter(h: Harness, meanwhile: () => void | Promise<void>): Promise<void> {
  const { stop } = h.agent;
  h.agent = {
    ...h.agent,
    stop: async () => {
      await stop();
      await meanwhile();
    },
  };
  await h.restart();
}

/** An approver says that the system's clock is right. */
export function acceptClockOf(
  h: Harness,
  clocks: Clocks,
  said: object = {},
  token = h.tokens.approver,
): Promise<Reply> {
  const body = { time: clocks.now + clocks.off, reason: "by my watch", ...said };
  return h.admin("POST", "/clock", { token, body });
}

export const second = 1_000;
export const hour = 3_600_000;
export const day = 24 * hour;
export const year = 365 * day;
