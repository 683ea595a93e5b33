/** A day of a company of 50,000, played in ten minutes: nothing is lost, nothing is held without a row, and memory is steady. */
import { setTimeout as sleep } from "node:timers/promises";
import { decide } from "./day/approver.mjs";
import { Company } from "./day/company.mjs";
import { Lane } from "./day/lane.mjs";
import { watchMemory } from "./day/memory.mjs";
import {
  proveAccess,
  proveAlerts,
  proveDirectory,
  proveFailures,
  proveHeld,
  proveMetrics,
} from "./day/proof.mjs";
import { seeded } from "./day/random.mjs";
import { makeDay } from "./day/schedule.mjs";
import { quantile, scale } from "./measure.mjs";
import { startReceiver } from "./receiver.mjs";
import { Connection } from "./scim/connection.mjs";
import { startOurs } from "./scim/servers.mjs";
import { scrape } from "./scrape.mjs";

const users = Math.max(Math.round(50_000 * scale), 500);
const seconds = Math.max(Math.round(600 * scale), 20);
const laneCount = 8;
const departments = Math.max(Math.round(200 * scale), 2 * laneCount);
const [scrapeEvery, coolDown, slowAnswer] = [15, 15, 2_000];
const decidedAt = 0.85;
const decided = Math.max(Math.round(200 * scale), 10);
const seed = Number(process.env.HGSCIM_SEED ?? 1);

export const note = `${users.toLocaleString("en")} people, ${departments} departments and one group of a fifth of all, loaded before; then what a provider sends on a day, over ${seconds} s on ${laneCount} connections, with a burst of
deactivations that a limit holds, of which an approver lets through a part. Beside it the same day with a receiver of alerts that takes ${slowAnswer / 1_000} s for each answer. When a day is over its proof is that
people, groups, access file, what is held, failures, counters and alerts are those that the provider was answered; what differs ends the benchmark with an error. \`HGSCIM_SEED=${seed}\`.`;

export async function run() {
  const fast = await playDay(0);
  const slow = await playDay(slowAnswer);
  return rowsOf(fast, slow);
}

/** @param {number} delay how many milliseconds the receiver of alerts takes for an answer */
async function playDay(delay) {
  const day = makeDay(seeded(seed), laneCount, scale);
  const receiver = await startReceiver({ delay });
  let server;
  try {
    const { egress, secrets } = receiver;
    server = await startOurs((release) => rule(release, day.most, receiver), undefined, { egress, secrets });
    const company = await Company.fill(server, users, departments, laneCount);
    const memory = watchMemory(server.pid, Math.min(1, seconds / 100));
    const scraping = scrape(server.admin, scrapeEvery);
    const times = new Map();
    const start = performance.now();
    const working = day.lanes.map(async (events, number) => {
      const connection = await Connection.open(server);
      const random = seeded(seed + 1 + number);
      const lane = new Lane(number, { company, connection, random, times });
      const late = await lane.play(events, start, seconds);
      connection.close();
      return late;
    });
    const deciding = async () => {
      await sleep(decidedAt * seconds * 1_000);
      return decide(server.admin, company, decided);
    };
    const [words, ...late] = await Promise.all([deciding(), ...working]);
    const took = (performance.now() - start) / 1_000;
    const quarters = memory.stop();
    const { times: scrapes, values } = await scraping.stop();
    proveMetrics(values, company);
    if (company.ended !== day.most) throw new Error(`${company.ended} accounts ended, and ${day.most} may`);
    const proof = {
      ...{ directory: await proveDirectory(server, company), access: proveAccess(server, company) },
      ...{ held: await proveHeld(server, company), refused: await proveFailures(server, company) },
      alerts: await proveAlerts(receiver, matters(company), 4 * coolDown),
    };
    return { ...{ day, times, took, late: Math.max(...late), quarters, scrapes, words, proof } };
  } finally {
    await server?.stop();
    receiver.stop();
  }
}

/** What the release says besides: who waits for a word, and what is told. */
function rule(release, most, receiver) {
  release.variables.SCIM_PAGE_SIZE.value = 1_000;
  release.connectors.okta.quarantine = { failures: "50%", above: 20, first: "1h", max: "1d" };
  release.constraints.consultants = {
    on: ["user.create"],
    require: 'user.?title.orValue("") != "Consultant"',
    otherwise: "hold",
    owner: "identity",
  };
  release.constraints.mass = {
    limit: { deactivations: most, above: 0, per: "1h" },
    otherwise: "hold",
    owner: "on-call",
  };
  const on = ["held", "failed", "auth-failed", "quarantined", "deployed", "bounds", "clock", "disk"];
  receiver.alert(release, { on, coolDown: `${coolDown}s` });
}

/** How often each matter has happened; 0 where it is told when it begins. */
function matters({ holdsOf, refusedBy }) {
  return new Map([
    ["deployed", 1],
    ...[...holdsOf].map(([name, count]) => [`held ${name}`, count]),
    ...[...refusedBy.keys()].map((name) => [`failed ${name}`, 0]),
  ]);
}

const number = (value) => value.toLocaleString("en-US");
const ms = (value) => `${value.toFixed(1)} ms`;
const spread = (times) =>
  `p50 ${ms(quantile(times, 0.5))}, p99 ${ms(quantile(times, 0.99))}, longest ${ms(quantile(times, 1))}`;
const mib = (bytes) => Math.round(bytes / 2 ** 20);

function rowsOf(fast, slow) {
  const row = (what, tell, ratio = "", goal = "") => ({
    what,
    ours: tell(fast),
    beside: `slow receiver: ${tell(slow)}`,
    ratio,
    goal,
  });
  const growth = ({ quarters: [, second, , last] }) => last / second;
  return [
    row(
      `${number(fast.day.writes)} writes`,
      ({ took, late }) => `${took.toFixed(0)} s, the last one ${late.toFixed(1)} s late`,
      "",
      `${seconds} s`,
    ),
    row(
      "people, groups, members",
      ({ proof: { directory } }) => Object.values(directory).map(number).join(", "),
      "",
      "as answered",
    ),
    row(
      "accounts that get in, memberships that are enforced",
      ({ proof: { access } }) => Object.values(access).map(number).join(", "),
      "",
      "as answered",
    ),
    row("refused, each in the list of failures", ({ proof }) => number(proof.refused), "", "as answered"),
    row(
      "held, each with its row",
      ({ proof, words }) =>
        `${number(proof.held)}, besides ${words.approved} approved and ${words.discarded} discarded`,
      "",
      "as answered",
    ),
    row(
      "alerts, and the events that they tell",
      ({ proof: { alerts } }) => `${number(alerts.alerts)}, ${number(alerts.events)}`,
      "",
      "each cause told",
    ),
    row(
      "memory, the median of each quarter",
      ({ quarters }) => quarters.map((bytes) => `${mib(bytes)} MiB`).join(", "),
      `last to second: ${growth(fast).toFixed(2)}, ${growth(slow).toFixed(2)}`,
      "at most 1.15",
    ),
    row("a scrape of /metrics", ({ scrapes }) => spread(scrapes), "", ""),
    ...[...fast.times.keys()]
      .sort()
      .map((kind) =>
        row(
          `${kind}, ${number(fast.times.get(kind).length)} times`,
          ({ times }) => spread(times.get(kind)),
          `p50 ${(quantile(slow.times.get(kind), 0.5) / quantile(fast.times.get(kind), 0.5)).toFixed(2)} times`,
        ),
      ),
  ];
}
