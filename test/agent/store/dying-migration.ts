/** `node dying-migration.cjs FOLDER`, when it is bundled: opens the store with one step more, and is killed in the middle of it. */
import { sql } from "kysely";
import { sqliteMigrations } from "../../../agent/store/migrations.ts";
import { openStore } from "../../../agent/store/sqlite.ts";

void openStore(String(process.argv[2]), "local", {
  migrations: {
    ...sqliteMigrations,
    "9999-dies": {
      async up(db) {
        await sql`DROP TABLE owners`.execute(db);
        // more than the cache holds, so that pages of the unfinished transaction are on the disk
        await sql`PRAGMA cache_size = 1`.execute(db);
        await sql`CREATE TABLE ballast (text)`.execute(db);
        for (let i = 0; i < 100; i++)
          await sql`INSERT INTO ballast VALUES (hex(randomblob(2000)))`.execute(db);
        process.kill(process.pid, "SIGKILL");
      },
    },
  },
});
