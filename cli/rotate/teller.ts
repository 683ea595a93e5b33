/** Tells where a rotation stands: a table when a step begins, and on a terminal a line that is written over as time goes on. */
import type { SlotList } from "../../api/slots.ts";
import type { RotationStanding } from "../../report/rotation/standing.ts";
import { describeStanding, slotRows } from "../../report/rotation/words.ts";
import { columns } from "../columns.ts";

export class Teller {
  readonly #out: NodeJS.WriteStream;
  #step = "";
  #said = "";

  /** @param out where what stays is written */
  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
  }

  tell(list: SlotList, standing: RotationStanding): void {
    const text = describeStanding(list, standing);
    if (this.#step === standing.step) {
      if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
      return;
    }
    this.#step = standing.step;
    this.say(`${columns(slotRows(list)).join("\n")}\n\n${text}`);
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
