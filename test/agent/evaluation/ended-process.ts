/** A process that gives evaluations up while their threads are inside SQLite, and then fails: `tsx ended-process.ts FOLDER` */
import { sql } from "kysely";
import { Evaluation } from "../../../agent/evaluation/evaluation.ts";
import { openStore } from "../../../agent/store/sqlite.ts";

const [folder = "", depth = "12"] = process.argv.slice(2);

const { store } = await openStore(folder, "staging");
const execute = (text: string) => sql.raw(text).execute(store);
await execute("ALTER TABLE owners RENAME TO v0");
// each view names the one before it twice, so that preparing a statement takes long; the binding bears an end elsewhere
for (let i = 1; i <= Number(depth); i++) {
  const before = `v${i - 1}`;
  await execute(
    `CREATE VIEW v${i} AS SELECT * FROM ${before} WHERE account IN (SELECT account FROM ${before})`,
  );
}
await execute(`CREATE VIEW owners AS SELECT * FROM v${depth}`);

const deadline = 600_000;
const host = { environment: "staging", repositories: folder, references: [] };
const evaluation = new Evaluation({ folder, host, deadline });
const clock = { system: 0, measured: 0, inDoubt: false };
const giveUpAfter = (patience: number) =>
  evaluation.ask("owners", {}, { active: null, now: 0, clock }, deadline - patience);

// while the thread loads what is native
for (const patience of [60, 120]) console.log(await giveUpAfter(patience));
for (let times = 0; times < 2; times++) {
  await evaluation.ask("activation", { body: "" }, { active: null, now: 0, clock });
  // there is one that waits for a question now: it is left while it prepares a statement
  console.log(await giveUpAfter(60));
}
throw new Error("as was to be");
