/** What happens on a day, and when: 20,000 writes of a company of 50,000, of which some are refused and some are held. */

/** How often each happens, and how many writes it is. */
const perDay = {
  changeTitle: [5_520, 1],
  replaceUser: [2_000, 1],
  join: [1_500, 2],
  move: [2_000, 2],
  rename: [600, 1],
  leave: [900, 1],
  comeBack: [150, 1],
  vanish: [300, 1],
  everybody: [800, 1],
  addMany: [300, 1],
  pushGroup: [200, 1],
  stranger: [150, 1],
  unmappable: [100, 1],
  consultant: [120, 2],
  missing: [60, 0],
};
const burst = 1_740;
/** When those who fill a form of the provider's wrongly deactivate so many at once, as a part of the day. */
const burstAt = 0.6;

/** How many writes there are of one kind, as many as of a day of this scale. */
const count = (number, scale) => Math.max(Math.round(number * scale), 2);

/**
 * Makes a day: for each of so many lanes what it does, in order, `{ at, what }`, with `at` from 0 to 1.
 *
 * @param {() => number} random
 * @returns `lanes`; `writes`, how many writes these are; `most`, how many accounts may end before the rest is held
 */
export function makeDay(random, laneCount, scale) {
  const lanes = Array.from({ length: laneCount }, () => []);
  let next = 0;
  let writes = 0;
  const add = (what, at, size) => {
    lanes[next++ % laneCount].push({ what, at });
    writes += size;
  };
  for (const [what, [number, size]] of Object.entries(perDay))
    for (let i = 0; i < count(number, scale); i++) add(what, random(), size);
  for (let i = 0; i < count(burst, scale); i++) add("leave", burstAt, 1);
  for (const lane of lanes) lane.sort((one, other) => one.at - other.at);
  // as many as the day has in the ordinary, and a part of the burst
  const ordinary = ["rename", "leave", "vanish"].reduce(
    (sum, what) => sum + count(perDay[what][0], scale),
    0,
  );
  return { lanes, writes, most: Math.round(ordinary * burstAt + count(burst, scale) / 4) };
}
