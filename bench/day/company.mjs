/** The company as a provider knows it: the model that the agent is compared with when the day is over. */
import { fillGroups, fillUsers, userBody, userName } from "../scim/world.mjs";

/** Who is in the company, by userName. */
export class Company {
  people = new Map();
  groups = [];
  /** What was answered 409 as held, by its id: `{ rule, end }`, and the person whom it ends or makes. */
  held = new Map();
  /** How many holds each rule has ever made. */
  holdsOf = new Map();
  /** How many writes of each outcome were answered, from the first load on. */
  answered = { done: 0, refused: 0, held: 0 };
  /** How many writes each rule refused. */
  refusedBy = new Map();
  /** How many accounts ended by a write that was done. */
  ended = 0;

  /**
   * Fills a server by SCIM; answers the company that it has then.
   *
   * @param {number} laneCount each person and each department is of one lane, which alone writes of them
   */
  static async fill(server, users, departments, laneCount) {
    const company = new Company();
    const ids = await fillUsers(server, users);
    const size = Math.floor((users * 0.8) / departments);
    const parts = Array.from({ length: departments }, (_, i) => ({
      name: `bench-department-${i}`,
      size,
      first: i * size,
    }));
    const everybody = { name: "bench-everybody", size: Math.floor(users / 5), first: 0 };
    const made = await fillGroups(server, [...parts, everybody], ids);
    company.answered.done += ids.length + made.reduce((sum, one) => sum + 1 + Math.ceil(one.size / 1_000), 0);
    for (const [i, id] of ids.entries()) {
      const department = Math.floor(i / size);
      const lane = (department < departments ? department : i) % laneCount;
      company.add({ name: userName(i), title: "Engineer", id, lane });
    }
    const people = [...company.people.values()];
    for (const { id, name, size, first } of made) {
      const members = new Set(people.slice(first, first + size));
      const lane = members.values().next().value.lane;
      company.groups.push({ id, name, members, ...(name !== everybody.name && { lane }) });
    }
    return company;
  }

  add(person) {
    const { externalId } = userBody(person.name);
    const added = { active: true, externalId, ...person };
    this.people.set(added.name, added);
    return added;
  }

  rename(person, name) {
    this.people.delete(person.name);
    person.name = name;
    this.people.set(name, person);
  }

  /** A write was answered 409 with this hold. */
  hold({ id, rules }, about) {
    this.held.set(id, { rules, ...about });
    for (const rule of rules) this.holdsOf.set(rule, (this.holdsOf.get(rule) ?? 0) + 1);
  }

  /** What was held is done. */
  approved(id) {
    const { person, becomes, makes } = this.held.get(id);
    if (makes) this.add(makes);
    else if (becomes.isGone) this.remove(person);
    else if (becomes.name !== undefined) this.rename(person, becomes.name);
    else person.active = false;
  }

  remove(person) {
    this.people.delete(person.name);
    for (const { members } of this.groups) members.delete(person);
  }
}

/** The account that the release maps a userName to. */
export const accountOf = ({ name }) => name.split("@")[0];
