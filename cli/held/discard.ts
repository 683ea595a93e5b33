/** `hgscim held discard`: end what is held: nothing of it is done. */
import { wordCommand } from "./word.ts";

export const command = wordCommand("discard", "end what is held: nothing of it is done");
