/** Copies of an agent's store, as whoever runs its host makes them and puts them back while it is stopped. */
import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Harness } from "./harness.ts";

export function copiesOf(h: Harness) {
  const file = join(h.config.data, "store.db");
  const copy = (name: string) => join(h.folder, `${name}.db`);
  const backUp = (name = "backup") => copyFileSync(file, copy(name));
  const takeOut = () => {
    for (const end of ["", "-wal", "-shm"]) rmSync(`${file}${end}`, { force: true });
  };
  const putBack = (name = "backup") => {
    takeOut();
    copyFileSync(copy(name), file);
  };
  return {
    file,
    backUp,
    takeOut,
    putBack,
    /** Restarts on the copy. */
    restore: (meanwhile: () => void = () => {}) =>
      h.restart(() => {
        putBack();
        meanwhile();
        h.logs.length = 0;
      }),
  };
}
