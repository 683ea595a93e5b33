/** Ten thousand held operations: how long a page of the list takes, and approving a thousand of them. */
import { quantile, scale } from "./measure.mjs";
import { Connection } from "./scim/connection.mjs";
import { startOurs } from "./scim/servers.mjs";

const held = Math.max(Math.round(10_000 * scale), 200);
const approved = held / 10;
const atOnce = 64;

export const note = `A limit holds the deactivation of ${held.toLocaleString("en")} people, by as many PATCHes. Pages of 100 are read from the first to the last; then ${approved.toLocaleString("en")} are
approved by one request. A write that nothing holds is measured beside the others, with all of them waiting.`;

export async function run() {
  const ours = await startOurs((release) => {
    const limit = { deactivations: 0, above: 0, per: "1h" };
    release.constraints = { mass: { limit, otherwise: "hold", owner: "on-call" } };
    delete release.variables.SCIM_MAIL_DOMAIN;
  });
  try {
    const lanes = await Promise.all(Array.from({ length: atOnce }, () => Connection.open(ours)));
    const ids = await many(lanes, held + 100, async (lane, i) => {
      const user = { userName: `u${i}@example.com`, externalId: `id-${i}`, active: true };
      return (await lane.expect(201, "POST", "/Users", user)).json.id;
    });
    const off = { Operations: [{ op: "replace", path: "active", value: false }] };
    const [all, others] = [ids.slice(0, held), ids.slice(held)];
    const began = performance.now();
    await many(lanes, held, (lane, i) => lane.expect(409, "PATCH", `/Users/${all[i]}`, off));
    const holdingTook = performance.now() - began;
    const [scim] = lanes;
    const admin = await Connection.open(ours.admin);

    const pages = [];
    const waiting = [];
    for (let after = 0; after !== null; ) {
      const start = performance.now();
      const { json: page } = await admin.expect(200, "GET", `/held?limit=100&after=${after}`);
      pages.push(performance.now() - start);
      waiting.push(...page.held);
      after = page.next;
    }
    if (waiting.length !== held) throw new Error(`${waiting.length} wait`);

    const title = { Operations: [{ op: "replace", path: "title", value: "Dr" }] };
    const writes = [];
    for (const id of others) {
      const start = performance.now();
      await scim.expect(200, "PATCH", `/Users/${id}`, title);
      writes.push(performance.now() - start);
    }

    const holds = waiting.slice(0, approved).map(({ id, fingerprint }) => ({ id, fingerprint }));
    const start = performance.now();
    const word = { decision: "approve", reason: "measured", holds };
    const { results } = (await admin.expect(200, "POST", "/held", word)).json;
    const approving = performance.now() - start;
    if (results.some((one) => one.state !== "approved")) throw new Error("not all are approved");
    const ms = (time) => `${time.toFixed(1)} ms`;
    return [
      row(
        "a page of 100",
        `p50 ${ms(quantile(pages, 0.5))}, longest ${ms(Math.max(...pages))}`,
        "under 100 ms",
      ),
      row(
        `approving ${approved.toLocaleString("en")} at once`,
        `${(approving / 1_000).toFixed(2)} s`,
        "under 10 s",
      ),
      row("holding one, of 64 at once", ms(holdingTook / held), ""),
      row("a write of somebody else meanwhile", `p50 ${ms(quantile(writes, 0.5))}`, ""),
    ];
  } finally {
    await ours.stop();
  }
}

/** Does so many, one in each lane at a time; answers what came of each. */
async function many(lanes, count, work) {
  const results = [];
  let next = 0;
  const go = async (lane) => {
    while (next < count) {
      const i = next++;
      results[i] = await work(lane, i);
    }
  };
  await Promise.all(lanes.map(go));
  return results;
}

const row = (what, ours, goal) => ({ what, ours, beside: "", ratio: "", goal });
