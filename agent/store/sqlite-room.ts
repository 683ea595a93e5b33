/**
 * Room for removals: a disk that is full keeps nobody in. The store's file has free pages, and the log beside it is as long as a
 * large write, so that a removal needs nothing of the disk; and while little is left of it, nothing else is stored.
 *
 * A file system that never writes in place (btrfs, ZFS) gives no room away in advance: there a removal needs a free block.
 */
import { statfsSync, statSync } from "node:fs";
import { sql } from "kysely";
import type { Room, Store } from "./schema.ts";

/** What is free in the file, and the length of its log, in bytes: a removal takes some 2 KiB, and more of the log. */
const usual = 8 * 1024 * 1024;
/** Below so much of a disk, in bytes, or such a part of a small one, only what takes access away is stored. */
const tight = { bytes: 64 * 1024 * 1024, part: 1 / 8 };

export class SqliteRoom implements Room {
  readonly #file: string;
  readonly #store: Store;
  readonly #kept: number;
  /** The size of a page in bytes, which a file keeps for good. */
  #page: number | undefined;

  /** @param file the store's own */
  constructor(file: string, store: Store, kept = usual) {
    this.#file = file;
    this.#store = store;
    this.#kept = kept;
  }

  isTight(...others: readonly string[]): boolean {
    return [this.#file, ...others].some(isTight);
  }

  async keep(): Promise<void> {
    const store = this.#store;
    const kept = this.#kept;
    // what is put into the file makes the log begin anew
    if (this.isTight()) return void (await sql`PRAGMA wal_checkpoint(PASSIVE)`.execute(store));
    this.#page ??= await pragma(store, "page_size");
    const free = (await pragma(store, "freelist_count")) * this.#page;
    const log = statSync(`${this.#file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
    if (free >= kept / 2 && log >= kept) return;
    // one that a process left behind that ended meanwhile is replaced
    await store
      .replaceInto("room")
      .values({ id: 1, bytes: sql`zeroblob(${kept})` })
      .execute();
    await sql`PRAGMA wal_checkpoint(PASSIVE)`.execute(store);
    await store.deleteFrom("room").execute();
  }
}

function isTight(path: string): boolean {
  try {
    const { bavail, blocks, bsize } = statfsSync(path);
    return bavail * bsize < Math.min(tight.bytes, blocks * bsize * tight.part);
  } catch {
    // whoever writes then is told what is wrong
    return false;
  }
}

async function pragma(store: Store, name: "freelist_count" | "page_size"): Promise<number> {
  const { rows } = await sql<Record<string, number>>`PRAGMA ${sql.raw(name)}`.execute(store);
  return rows[0]?.[name] ?? 0;
}
