/** The thread of whoever asks: it does not wait for the one that makes the large body. */
import { parentPort, workerData } from "node:worker_threads";
import Database from "libsql";
import { Connection } from "../scim/connection.mjs";

const { base, token, accessFile, ids, pause } = workerData;
const sleep = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
let isEnough = false;
parentPort.on("message", () => {
  isEnough = true;
});

/** Asks again and again, and measures each. */
async function repeatedly(ask) {
  const times = [];
  for (let i = 0; !isEnough; i++) {
    const start = performance.now();
    await ask(i);
    times.push(performance.now() - start);
    await sleep(pause);
  }
  return times;
}

const patch = (active) => ({
  schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
  Operations: [{ op: "replace", path: "active", value: active }],
});

/** One right, as the extension looks it up: on a connection of its own. */
async function lookUp() {
  for (;;) {
    const database = new Database(accessFile, { readonly: true });
    try {
      database.exec("BEGIN");
      database.prepare("SELECT active FROM accounts WHERE account = ?").get("user-7");
      database.prepare('SELECT "group" FROM memberships WHERE account = ?').all("user-7");
      database.exec("COMMIT");
      return;
    } catch (error) {
      if (error.code !== "SQLITE_BUSY") throw error;
      await sleep(1);
    } finally {
      database.close();
    }
  }
}

const writes = await Connection.open({ base, token });
const reads = await Connection.open({ base, token });
const [deactivation, read, right] = await Promise.all([
  repeatedly((i) =>
    writes.expect(200, "PATCH", `/Users/${ids[Math.floor(i / 2) % ids.length]}`, patch(i % 2 === 1)),
  ),
  repeatedly((i) => reads.expect(200, "GET", `/Users/${ids[i % ids.length]}`)),
  repeatedly(lookUp),
]);
parentPort.postMessage({
  "a deactivation": deactivation,
  "GET of a user": read,
  "a right in Mercurial": right,
});
