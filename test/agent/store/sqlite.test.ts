/** SQLite as an engine of the store, on disk and in memory. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openMemoryStore, openReads, openStore } from "../../../agent/store/sqlite.ts";
import type { Place } from "./conformance/place.ts";
import { conformance } from "./conformance.ts";

async function onDisk(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), "hgscim-store-"));
  return {
    open: (environment) => openStore(folder, environment),
    remove: async () => rmSync(folder, { recursive: true }),
  };
}

async function inMemory(): Promise<Place> {
  return {
    async open(environment) {
      const store = await openMemoryStore(environment);
      return { store, reads: store, longReads: store, close: () => store.destroy() };
    },
    remove: async () => {},
  };
}

conformance("on disk", onDisk, true);
conformance("in memory", inMemory, false);

test("what is opened for reads of another thread cannot write", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hgscim-reads-"));
  const { close } = await openStore(folder, "local");
  const reads = openReads(folder);
  await expect(reads.deleteFrom("meta").execute()).rejects.toThrow("attempt to write a readonly database");
  await reads.destroy();
  await close();
  rmSync(folder, { recursive: true });
});
