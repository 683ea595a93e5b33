/** Tells where a rotation stands: a table when a step begins, and on a terminal a line that is written over as time goes on. */
import type { SlotList } from "../../api/slots.ts";
import type { RotationStanding } from "../../report/rotation/standing.ts";
import { briefStanding, describeRefused, describeStanding, slotRows } from "../../report/rotation/words.ts";
import { printable } from "../../report/words.ts";
import { columns } from "../columns.ts";
import { cutTo } from "./cut.ts";

export class Teller {
  readonly #out: NodeJS.WriteStream;
  #step = "";
  #said = "";
  /** Of which kinds it was said that requests are refused. */
  #refused = new Set<string>();

  /** @param out where what stays is written */
  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
  }

  tell(list: SlotList, standing: RotationStanding): void {
    const isNew = this.#step !== standing.step;
    this.#step = standing.step;
    if (isNew) this.say(`${columns(slotRows(list)).join("\n")}\n\n${describeStanding(list, standing)}`);
    const refused = describeRefused(list, standing);
    const untold = refused.filter((_, at) => isNew || !this.#refused.has(list.refused[at]?.kind ?? ""));
    if (untold.length > 0) this.say(untold.join("\n"));
    this.#refused = new Set(list.refused.map(({ kind }) => kind));
    if (!isNew && process.stderr.isTTY) {
      const brief = printable(briefStanding(list, standing));
      process.stderr.write(`\r\u001b[K${cutTo(brief, process.stderr.columns)}`);
    }
  }

  say(text: string): void {
    this.endLine();
    this.#out.write(`${text}\n`);
  }

  /** Says what a person has to do, and nothing when that is the same. */
  sayOnce(lines: readonly string[]): void {
    const text = lines.join("\n");
    if (text !== this.#said) this.say(text);
    this.#said = text;
  }

  /** Takes away the line that is written over. */
  endLine(): void {
    if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
  }
}
