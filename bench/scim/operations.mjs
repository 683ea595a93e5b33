/** What a provider does all day, one request at a time, in turn at every server that is compared. */
import { Connection } from "./connection.mjs";
import { addMembers, outsider, patch, removeMember, userBody, userName } from "./world.mjs";

/** What is measured of a user. */
export const userOperations = ["create a user", "find by userName", "deactivate"];
/** What is measured of a group. */
export const memberOperations = (size) => [`add one member to ${size}`, `remove one member from ${size}`];

// the part of it all that runs before anything counts
const warmUp = 0.5;

/**
 * Runs every operation `repetitions` times on each world, in turn, so that what else the machine does meets all alike.
 *
 * @param worlds each `{ server, ids, groups }`
 * @param {number} seconds of one kind of operation after which scimmy is asked no more: one request may take it seconds
 * @returns the milliseconds of each repetition: an object by operation, for each world
 */
export async function measureOperations(worlds, repetitions, seconds) {
  const played = [];
  for (const world of worlds)
    played.push({ ...world, connection: await Connection.open(world.server), round: 0, times: {} });
  const sizes = [...new Set(worlds.flatMap(({ groups }) => groups.map(({ size }) => size)))];
  for (const play of [liveOneLife, ...sizes.map(joinAndLeave)]) {
    await inTurn(played, play, Math.ceil(repetitions * warmUp), seconds * warmUp);
    for (const world of played)
      world.note = (operation, { milliseconds }) => {
        world.times[operation] ??= [];
        world.times[operation].push(milliseconds);
      };
    await inTurn(played, play, repetitions, seconds);
    for (const world of played) world.note = undefined;
  }
  for (const { connection } of played) connection.close();
  return played.map(({ times }) => times);
}

async function inTurn(worlds, play, repetitions, seconds) {
  const spent = new Map();
  for (let i = 0; i < repetitions; i++)
    for (const world of worlds) {
      const before = spent.get(world) ?? 0;
      if (world.server.name === "scimmy" && before > seconds * 1_000) continue;
      const start = performance.now();
      await play(world);
      spent.set(world, before + performance.now() - start);
    }
}

/** A user comes, is looked for, leaves, and is gone: there are as many as before. Somebody who has been there is found. */
async function liveOneLife(world) {
  const { connection, ids } = world;
  const round = world.round++;
  const [create, find, deactivate] = userOperations;
  const created = await connection.expect(201, "POST", "/Users", userBody(`new-${round}@example.com`));
  world.note?.(create, created);
  const filter = encodeURIComponent(`userName eq "${userName(outsider(round, ids.length))}"`);
  const found = await connection.expect(200, "GET", `/Users?filter=${filter}`);
  if (found.json.totalResults !== 1) throw new Error("the user is not found");
  world.note?.(find, found);
  const path = `/Users/${created.json.id}`;
  const leave = patch({ op: "replace", value: { active: false } });
  const left = await connection.expect(200, "PATCH", path, leave);
  if (left.json.active !== false) throw new Error("the user is not deactivated");
  world.note?.(deactivate, left);
  await connection.expect(204, "DELETE", path);
}

/** Somebody joins a group of a size, and leaves it. */
function joinAndLeave(size) {
  const [add, remove] = memberOperations(size);
  return async (world) => {
    const { connection, ids, groups } = world;
    const group = groups.find((group) => group.size === size);
    if (!group) return;
    const path = `/Groups/${group.id}`;
    const user = ids[outsider(world.round++, ids.length)];
    world.note?.(add, await change(connection, path, addMembers([user])));
    world.note?.(remove, await change(connection, path, removeMember(user)));
  };
}

async function change(connection, path, body) {
  const answer = await connection.request("PATCH", path, body);
  if (answer.status !== 200 && answer.status !== 204)
    throw new Error(`PATCH ${path}: ${answer.status} ${answer.body}`);
  return answer;
}
