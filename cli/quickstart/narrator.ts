/** Tells a story as it happens: each step with the time since the start. */
import type { Milliseconds } from "../../model/time.ts";

export interface Narrator {
  /** A new scene. */
  scene(title: string): void;
  /** Something that happened, and how long it took when that matters. */
  step(text: string, took?: Milliseconds): void;
  /** What a program printed, behind a bar. */
  quote(text: string): void;
}

/** A narrator that writes to a stream; colour only on a terminal that shows it, and without NO_COLOR. */
export function narrator(out: NodeJS.WriteStream = process.stdout): Narrator {
  const start = performance.now();
  const isColoured = out.isTTY && out.hasColors();
  const bold = (text: string) => (isColoured ? `\u001b[1m${text}\u001b[0m` : text);
  const dim = (text: string) => (isColoured ? `\u001b[2m${text}\u001b[0m` : text);
  const clock = () => `${((performance.now() - start) / 1000).toFixed(1).padStart(6)} s`;
  return {
    scene: (title) => out.write(`\n${bold(title)}\n`),
    step: (text, took) => {
      const time = took === undefined ? "" : dim(` (${Math.round(took)} ms)`);
      out.write(`${dim(clock())}  ${text}${time}\n`);
    },
    quote: (text) => {
      for (const line of text.trimEnd().split("\n")) out.write(`          ${dim("│")} ${line.trimEnd()}\n`);
    },
  };
}
