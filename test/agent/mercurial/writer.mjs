// node writer.mjs FILE STATEMENT commits|dies
import Database from "libsql";

const [, , file, statement, end] = process.argv;
const database = new Database(file);
database.exec("PRAGMA busy_timeout = 20000; BEGIN IMMEDIATE");
database.exec(statement);
if (end === "dies") {
  // more than the cache holds, so that pages of the unfinished transaction are on the disk
  database.exec("PRAGMA cache_size = 1; CREATE TABLE ballast (text)");
  const insert = database.prepare("INSERT INTO ballast VALUES (hex(randomblob(2000)))");
  for (let i = 0; i < 100; i++) insert.run();
  process.kill(process.pid, "SIGKILL");
}
database.exec("COMMIT");
console.log("committed");
