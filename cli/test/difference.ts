/** What is otherwise than a policy test says. */
import type { Path } from "../../model/document.ts";

/** What is otherwise, and where below the test the test says it. */
export interface Difference {
  readonly path: Path;
  readonly message: string;
  /** Whether it is about the key there, and not its value. */
  readonly ofKey?: true;
}

/** A test that cannot be played to its end. */
export class Broken extends Error {
  readonly difference: Difference;
  constructor(path: Path, message: string) {
    super(message);
    this.difference = { path, message };
  }
}
