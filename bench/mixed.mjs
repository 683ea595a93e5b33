/** The mixed load with metrics and alerts, beside another build of the agent that has neither: both in one run, in turn. */
import { quantile, scale } from "./measure.mjs";
import { startReceiver } from "./receiver.mjs";
import { mixedLoad, refusals } from "./scim/mixed.mjs";
import { startOurs } from "./scim/servers.mjs";
import { fillGroups, fillUsers, groupsOf } from "./scim/world.mjs";
import { scrape } from "./scrape.mjs";

const users = Math.max(Math.round(50_000 * scale), 500);
const rounds = Math.max(Math.round(12 * scale), 2);
const [warmUp, seconds] = [2, Math.max(Math.round(10 * scale), 3)];
const [connections, refusedPercent, scrapeEvery] = [16, 1, 5];
const groupSizes = [10, 100, 1_000, 10_000].flatMap((size) => Array(10).fill(size));

export const note = `The other build is that of \`HGSCIM_BENCH_BEFORE\`. Each has ${users.toLocaleString("en")} users; ${rounds} rounds of ${seconds} s each, in turn, the order changed each time, on ${connections} connections;
${refusedPercent} % of the requests are users whom a constraint refuses. Ours is scraped every ${scrapeEvery} s, and tells a webhook of each failure that begins. The ratio is the median of those of the rounds.`;

export async function run() {
  const before = process.env.HGSCIM_BENCH_BEFORE;
  if (!before) throw new Error("HGSCIM_BENCH_BEFORE names no build to compare with (expected its folder)");
  const receiver = await startReceiver();
  const worlds = [];
  try {
    const { egress, secrets } = receiver;
    const tell = (release) => receiver.alert(release, { on: ["failed", "held"], coolDown: "0s" });
    for (const [edit, more] of [
      [tell, { egress, secrets }],
      [undefined, { build: before }],
    ]) {
      const world = { server: await startOurs(edit, undefined, more) };
      worlds.push(world);
      world.ids = await fillUsers(world.server, users);
      world.groups = await fillGroups(world.server, groupsOf(groupSizes, users, "mixed"), world.ids);
    }
    const played = worlds.map(() => []);
    const [ours] = worlds;
    const scrapes = [];
    for (let round = 0; round < rounds; round++)
      for (const which of round % 2 === 0 ? [0, 1] : [1, 0]) {
        const scraping = which === 0 ? scrape(ours.server.admin, scrapeEvery) : undefined;
        const load = await mixedLoad(worlds[which], connections, warmUp, seconds, [refusals(refusedPercent)]);
        if (scraping) scrapes.push(...(await scraping.stop()).times);
        if (load.errors.length > 0) throw new Error(load.errors[0]);
        played[which].push(load);
      }
    return rowsOf(played, scrapes, receiver);
  } finally {
    for (const { server } of worlds) await server.stop();
    receiver.stop();
  }
}

function rowsOf([ours, before], scrapes, { taken, refused }) {
  if (refused.length > 0) throw new Error(`the receiver took no alert: ${refused[0]}`);
  if (taken.size === 0) throw new Error("no alert came");
  const ratios = ours.map(({ perSecond }, round) => perSecond / before[round].perSecond);
  const ms = (value) => `${value.toFixed(1)} ms`;
  const all = (loads) => loads.flatMap(({ times }) => Object.values(times).flat());
  const rate = (loads) => {
    const rates = loads.map(({ perSecond }) => Math.round(perSecond));
    return `${quantile(rates, 0.5)} operations/s (${Math.min(...rates)} to ${Math.max(...rates)})`;
  };
  const spread = (times) => `p50 ${ms(quantile(times, 0.5))}, p99 ${ms(quantile(times, 0.99))}`;
  const times = (a, b) =>
    `p50 ${(quantile(a, 0.5) / quantile(b, 0.5)).toFixed(2)}, p99 ${(quantile(a, 0.99) / quantile(b, 0.99)).toFixed(2)} times`;
  return [
    {
      what: "mixed load",
      ours: `${rate(ours)}, ${spread(all(ours))}`,
      beside: `before: ${rate(before)}, ${spread(all(before))}`,
      ratio: `${quantile(ratios, 0.5).toFixed(2)} times as fast (rounds: ${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`,
      goal: "at least 0.9",
    },
    ...Object.keys(ours[0].times).map((kind) => {
      const [a, b] = [ours, before].map((loads) => loads.flatMap(({ times }) => times[kind]));
      return {
        what: `of these, a ${kind}`,
        ours: spread(a),
        beside: `before: ${spread(b)}`,
        ratio: times(a, b),
        goal: "",
      };
    }),
    {
      what: `a scrape of /metrics, ${scrapes.length} of them`,
      ours: spread(scrapes),
      beside: "",
      ratio: "",
      goal: "",
    },
  ];
}
