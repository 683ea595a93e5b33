/** `hgscim held approve`: let what is held be done, without the constraints that hold it. */
import { wordCommand } from "./word.ts";

export const command = wordCommand(
  "approve",
  "let what is held be done, without the constraints that hold it",
);
