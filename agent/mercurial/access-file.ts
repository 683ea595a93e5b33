/**
 * The access file: all that Mercurial can see of the agent. It is written beside the store: a write takes the file's
 * exclusive lock before the store commits, and commits after it, so that nothing is answered that is not enforced
 * and nothing is enforced that is not stored.
 */
import { existsSync, rmSync, statSync } from "node:fs";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import type { Milliseconds } from "../../model/time.ts";
import { Database } from "../store/database.ts";
import { Statements } from "../store/statements.ts";
import { adoptAccessFile, createAccessFile, isAccessFile } from "./access-format.ts";
import {
  type AccessEdit,
  applyEdit,
  haveOwnTables,
  layOut,
  makeRoom,
  noteAudit,
  takeOver,
} from "./access-rows.ts";
import { closeAccessFile, closeAccessFolder, isOwnAccessFile } from "./closed.ts";
import { keepJournal } from "./journal.ts";
import { lockHolders } from "./lock-holders.ts";
import type { AccessSnapshot } from "./snapshot-rows.ts";
import { structureProblem } from "./structure.ts";

/** How many edits are made before others have their turn. */
const editsInARow = 1_000;

/** Changes that are in the file but not yet visible. */
export interface PreparedAccess {
  commit(): void;
  rollback(): void;
}

export interface AccessFileOptions {
  /** How long to wait for readers. */
  readonly patience?: Milliseconds;
  /** Is told for how long a writer was kept waiting, where that is worth a warning. */
  readonly waited?: (span: Milliseconds) => void;
  /** Is told how far the audit is, when the file says so. */
  readonly noted?: (audit: number) => void;
  /** off: the folder may be another user's. */
  readonly strictModes?: "off" | undefined;
  /** How long its journal is kept for removals on a full disk, in bytes. */
  readonly room?: number | undefined;
}

/** The file is held by whoever reads it, such as a push that is about to end; nothing was changed. */
export class AccessFileBusy extends Error {
  /** Who that is, as far as the host tells. */
  readonly holders: readonly string[];

  constructor(file: string) {
    super("the access file is held by whoever reads it");
    this.holders = lockHolders(file);
  }
}

/** The file could not be written, and nothing was changed. It is closed: another try begins with opening what is there. */
export class AccessFileLost extends Error {}

/** What the system says no to, and may not at another time: a disk that is full, a file system that is read-only. */
const passing = /^(SQLITE_|E(NOSPC|DQUOT|FBIG|IO|ROFS|MFILE|NFILE|NOMEM)$)/;

/** Whether an error of writing the file is nobody's mistake, so that it is worth to try again. */
export function mayPass(error: unknown): boolean {
  if (error instanceof AccessFileBusy || error instanceof AccessFileLost) return true;
  return passing.test(String((error as NodeJS.ErrnoException).code));
}

/** From how long on a wait is told: most pushes hold the file for some milliseconds. */
const longWait: Milliseconds = 1_000;

/** A connection to the file, and by what the file is known again. */
interface Opened {
  readonly database: Database;
  readonly statements: Statements;
  readonly device: number;
  readonly inode: number;
  /** Is another one once anybody else has written to the file. */
  readonly version: unknown;
  /** Whether a commit of this connection has seen to it that all of the agent's own tables are there. */
  hasTables: boolean;
}

export class AccessFile {
  readonly #file: string;
  readonly #environment: string;
  readonly #patience: Milliseconds;
  readonly #waited: (span: Milliseconds) => void;
  readonly #noted: (audit: number) => void;
  readonly #strictModes: "off" | undefined;
  readonly #room: number | undefined;
  /** What was opened last. */
  #opened: Opened | undefined;
  /** Whether that has failed, and is closed. */
  #isLost = false;
  #isClosed = false;

  private constructor(
    file: string,
    environment: string,
    {
      patience = 10_000,
      waited = () => undefined,
      noted = () => undefined,
      strictModes,
      room,
    }: AccessFileOptions,
  ) {
    this.#file = file;
    this.#environment = environment;
    this.#patience = patience;
    this.#waited = waited;
    this.#noted = noted;
    this.#strictModes = strictModes;
    this.#room = room;
  }

  /**
   * Opens the access file of an environment, and makes it when it is missing, is none or has another format. Opening
   * rolls back what a killed agent left half written, which no reader could do. One that cannot be opened now, such as for a full disk, is
   * `lost`.
   *
   * @throws {Error} with a sentence, when others can write to its folder, or it cannot be given to the folder's group
   */
  static async open(file: string, environment: string, options: AccessFileOptions = {}): Promise<AccessFile> {
    const access = new AccessFile(file, environment, options);
    try {
      await access.reopen();
    } catch (error) {
      access.#drop();
      if (!mayPass(error)) throw error;
    }
    return access;
  }

  /**
   * Opens what is there now. That may be any access file, such as an old one: all of it has to be written next.
   *
   * @param isNew has a new one put in its place, by which everything is refused until it is written
   * @throws {AccessFileBusy} when a push that is about to end goes by the file that was open
   * @throws {Error} as `open`
   */
  async reopen({ isNew = false }: { readonly isNew?: boolean } = {}): Promise<void> {
    const file = this.#file;
    // what is closing by the file that was there ends by it
    if (this.#opened && !this.#isLost)
      await this.#lock().catch((error) => {
        if (error instanceof AccessFileBusy) throw error;
      });
    this.#drop();
    closeAccessFolder(file, this.#strictModes);
    if (isNew || !existsSync(file) || !isAccessFile(file, this.#environment))
      await createAccessFile(file, this.#environment);
    else if (!isOwnAccessFile(file)) await adoptAccessFile(file);
    closeAccessFile(file);
    const database = new Database(file);
    keepJournal(database, file, this.#room);
    database.exec("PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;");
    makeRoom(database);
    const { dev: device, ino: inode } = statSync(file);
    const statements = new Statements(database);
    this.#opened = { database, statements, device, inode, version: versionOf(statements), hasTables: false };
    this.#isLost = false;
  }

  /**
   * Whether the file is as this left it: `replaced` by another one, gone, or written to by somebody else; or `lost`, because it
   * could not be written. Then it has to be opened again.
   */
  state(): "asLeft" | "lost" | "replaced" {
    if (this.#isClosed) return "asLeft";
    if (!this.#opened) return "lost";
    const { device, inode, statements, version } = this.#opened;
    try {
      const found = statSync(this.#file);
      if (found.dev !== device || found.ino !== inode) return "replaced";
      if (this.#isLost) return "lost";
      return versionOf(statements) === version ? "asLeft" : "replaced";
    } catch (error) {
      // whoever writes to it now is seen when they have
      return (error as { code?: string }).code === "SQLITE_BUSY" ? "asLeft" : "replaced";
    }
  }

  /** What of its structure is not as readers and the agent go by, such as a table that is gone: only another file mends that. */
  structureProblem(): string | undefined {
    return structureProblem(this.#database, "off");
  }

  /** Takes it away, so that everything is refused. */
  remove(): void {
    this.#drop();
    rmSync(this.#file, { force: true });
  }

  /** Nobody looks at it or writes to it from then on. */
  close(): void {
    this.#isClosed = true;
    this.#drop();
  }

  #drop(): void {
    const database = this.#isLost ? undefined : this.#opened?.database;
    this.#isLost = true;
    try {
      // statements that are still known would keep its lock, also when it is closed
      if (database?.inTransaction) database.exec("ROLLBACK");
    } catch {
      // of another content than was locked
    } finally {
      database?.close();
    }
  }

  /**
   * Puts changes to single accounts into the file.
   *
   * @param audit the newest row of the audit, by which a store is known that is older than the file
   * @throws {AccessFileBusy} when readers hold the file for longer than the patience
   */
  async prepare(changes: readonly AccessEdit[], audit: number): Promise<PreparedAccess> {
    return this.#exclusively(audit, async () => {
      for (const [i, change] of changes.entries()) {
        applyEdit(this.#statements, change);
        if (i % editsInARow === editsInARow - 1) await nextTurn();
      }
    });
  }

  /**
   * Makes the whole file equal to a snapshot, touching only rows that differ. Readers see all of it or nothing.
   *
   * @param audit as that of `prepare`
   * @throws {AccessFileBusy} when readers hold the file for longer than the patience
   */
  async prepareSnapshot(snapshot: AccessSnapshot, audit: number): Promise<PreparedAccess> {
    // the rows are laid out first, so that readers wait only for the difference
    try {
      await layOut(this.#database, snapshot);
    } catch (error) {
      this.#lose(error);
    }
    return this.#exclusively(audit, () => takeOver(this.#statements, snapshot));
  }

  /** Notes the newest row of the audit, where no access has changed with it; not while readers hold the file. */
  note(audit: number): void {
    try {
      if (!this.#begin()) return;
      this.#haveTables();
      noteAudit(this.#statements, audit);
      this.#commit(audit);
    } catch (error) {
      this.#lose(error);
    }
  }

  async #exclusively(audit: number, write: () => void | Promise<void>): Promise<PreparedAccess> {
    try {
      await this.#lock();
      this.#haveTables();
      await write();
      noteAudit(this.#statements, audit);
    } catch (error) {
      this.#lose(error);
    }
    return {
      commit: () => {
        try {
          this.#commit(audit);
        } catch (error) {
          this.#lose(error);
        }
      },
      // what is closed is rolled back
      rollback: () => this.#isLost || this.#database.exec("ROLLBACK"),
    };
  }

  #haveTables(): void {
    if (!this.#usable.hasTables) haveOwnTables(this.#database);
  }

  #commit(audit: number): void {
    this.#database.exec("COMMIT");
    this.#usable.hasTables = true;
    this.#noted(audit);
  }

  /** Closes a file that cannot be written, which rolls back what was begun; one that is held by readers stays open. */
  #lose(error: unknown): never {
    if (error instanceof AccessFileBusy) throw error;
    this.#drop();
    throw new AccessFileLost(`the access file cannot be written: ${(error as Error).message}`, {
      cause: error,
    });
  }

  get #database(): Database {
    return this.#usable.database;
  }

  get #statements(): Statements {
    return this.#usable.statements;
  }

  get #usable(): Opened {
    if (!this.#opened || this.#isLost) throw new Error("it is closed");
    return this.#opened;
  }

  /** Waits for readers without blocking the process, which has other requests to answer. */
  async #lock(): Promise<void> {
    // a span, whatever becomes of the time of day meanwhile
    const begun = performance.now();
    const waiting = () => performance.now() - begun;
    try {
      while (!this.#begin()) {
        if (waiting() > this.#patience) throw new AccessFileBusy(this.#file);
        await sleep(2);
      }
    } finally {
      if (waiting() >= longWait) this.#waited(waiting());
    }
  }

  /** Takes the file's lock; false while somebody else holds it. */
  #begin(): boolean {
    try {
      this.#database.exec("BEGIN EXCLUSIVE");
      return true;
    } catch (error) {
      if ((error as { code?: string }).code !== "SQLITE_BUSY") throw error;
      return false;
    }
  }
}

/** What SQLite calls the content by: it changes when another connection has written. */
function versionOf(statements: Statements): unknown {
  return (statements.prepare("PRAGMA data_version").get() as { data_version: number }).data_version;
}
