/** SQLite as an engine of the store, on disk and in memory. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openMemoryStore, openStore } from "../../../agent/store/sqlite.ts";
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
