/**
 * Providers at work all at once: 30 % reads, 30 % writes of users, 40 % of memberships, on as many connections as there are,
 * each of which sends its next request when the last is answered.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Connection } from "./connection.mjs";
import { addMembers, isMember, patch, removeMember, userBody, userName } from "./world.mjs";

// percent
const kinds = [
  [15, "read", findByUserName],
  [15, "read", getById],
  [12, "user write", changeTitle],
  [10, "user write", replaceUser],
  [4, "user write", createUser],
  [4, "user write", deactivateUser],
  [40, "membership write", joinOrLeave],
];

let newcomers = 0;

/** What is asked besides the kinds above, so many percent of all: a user of another mail domain, whom a constraint refuses. */
export const refusals = (percent) => [percent, "refused write", createStranger];

/**
 * @param world `{ server, ids, groups }`; it keeps who has `joined` or left, so that it may be played again
 * @param more kinds of requests that are made besides
 * @returns `{ connections, perSecond, times, errors }`: the milliseconds by kind, and what failed
 */
export async function mixedLoad(world, connections, warmUpSeconds, seconds, more = []) {
  world.joined ??= new Map();
  const { server, ids, groups, joined } = world;
  const all = [...kinds, ...more];
  const times = Object.fromEntries(all.map(([, kind]) => [kind, []]));
  const errors = [];
  let measuring = false;
  let stopped = false;
  // each connection has users of its own: what it last heard of them is so
  const work = async (connection, share) => {
    const own = ids.map((_, i) => i).filter((i) => i % connections === share);
    const state = { ids, groups, own, joined, created: [] };
    while (!stopped) {
      const [, kind, make] = chooseKind(all);
      const { request, refused, answered } = make(state);
      const { status, body, milliseconds } = await connection.request(...request);
      if (refused ? status !== refused : status >= 300)
        errors.push(`${request.slice(0, 2).join(" ")}: ${status} ${body}`);
      else answered?.(body);
      if (measuring && !stopped) times[kind].push(milliseconds);
    }
    connection.close();
  };
  const open = await Promise.all(Array.from({ length: connections }, () => Connection.open(server)));
  const working = Promise.all(open.map(work));
  const played = async () => {
    await sleep(warmUpSeconds * 1_000);
    measuring = true;
    const start = performance.now();
    await sleep(seconds * 1_000);
    stopped = true;
    return performance.now() - start;
  };
  const [took] = await Promise.all([played(), working]);
  const count = Object.values(times).flat().length;
  return { connections, perSecond: (count * 1_000) / took, times, errors };
}

function chooseKind(all) {
  let left = Math.random() * all.reduce((sum, [percent]) => sum + percent, 0);
  return all.find(([percent]) => {
    left -= percent;
    return left < 0;
  });
}

const one = (list) => list[Math.floor(Math.random() * list.length)];

function findByUserName({ own }) {
  return { request: ["GET", `/Users?filter=${encodeURIComponent(`userName eq "${userName(one(own))}"`)}`] };
}

function getById({ ids, own }) {
  return { request: ["GET", `/Users/${ids[one(own)]}`] };
}

const someTitle = () => `Engineer ${Math.floor(Math.random() * 1_000)}`;

function changeTitle({ ids, own }) {
  const body = patch({ op: "replace", path: "title", value: someTitle() });
  return { request: ["PATCH", `/Users/${ids[one(own)]}`, body] };
}

function replaceUser({ ids, own }) {
  const user = one(own);
  return { request: ["PUT", `/Users/${ids[user]}`, userBody(userName(user), someTitle())] };
}

function createUser({ created }) {
  const answered = (body) => created.push(JSON.parse(body.toString()).id);
  return { request: ["POST", "/Users", userBody(`newcomer-${newcomers++}@example.com`)], answered };
}

function createStranger() {
  return { request: ["POST", "/Users", userBody(`stranger-${newcomers++}@evil.example`)], refused: 400 };
}

/** One of those who came lately leaves; where none has, one comes. */
function deactivateUser(state) {
  const id = state.created.pop();
  if (id === undefined) return createUser(state);
  return { request: ["PATCH", `/Users/${id}`, patch({ op: "replace", value: { active: false } })] };
}

/** Always a change: who is in the group leaves it, who is not joins. */
function joinOrLeave({ ids, groups, own, joined }) {
  const [user, group] = [one(own), one(groups)];
  const key = `${group.id} ${user}`;
  const before = joined.get(key) ?? isMember(group, user, ids.length);
  joined.set(key, !before);
  const body = before ? removeMember(ids[user]) : addMembers([ids[user]]);
  return { request: ["PATCH", `/Groups/${group.id}`, body] };
}
