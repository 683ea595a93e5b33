/** Which release is active is kept once more, with a digest of all activations: whoever changes one of the two is noticed. */
import { type Kysely, sql } from "kysely";
import { type Dated, digestOfHistory } from "../history.ts";

/** The step. Of the activations so far, those are taken that are there. */
export async function active(db: Kysely<unknown>): Promise<void> {
  await sql`CREATE TABLE active (id INTEGER PRIMARY KEY CHECK (id = 1), digest TEXT, history TEXT NOT NULL,
    counted_from INTEGER NOT NULL)`.execute(db);
  const { rows } = await sql<Dated>`
    SELECT sequence, digest, at, by, measured FROM activations ORDER BY sequence`.execute(db);
  await sql`INSERT INTO active (id, digest, history, counted_from)
    VALUES (1, ${rows.at(-1)?.digest ?? null}, ${digestOfHistory(rows)}, 0)`.execute(db);
}
