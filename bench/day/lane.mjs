/** One of the connections of a provider: does what the day has for it, and learns from each answer. */
import { setTimeout as sleep } from "node:timers/promises";
import { addMembers, patch, removeMember, userBody } from "../scim/world.mjs";

const heldSchema = "urn:hgscim:scim:schemas:Held";
const many = 20;

export class Lane {
  #company;
  #connection;
  #random;
  #times;
  #number;
  #own;
  #groups;
  #everybody;
  #left = [];
  #newcomers = 0;

  /** @param {Map<string, number[]>} times where the milliseconds of each kind of request go */
  constructor(number, { company, connection, random, times }) {
    this.#number = number;
    this.#company = company;
    this.#connection = connection;
    this.#random = random;
    this.#times = times;
    this.#own = [...company.people.values()].filter(({ lane }) => lane === number);
    this.#groups = company.groups.filter(({ lane }) => lane === number);
    this.#everybody = company.groups.find(({ lane }) => lane === undefined);
  }

  /**
   * Does it all, each when its time has come, or at once when that is over.
   *
   * @returns how late the last one was, in seconds
   */
  async play(events, start, seconds) {
    let late = 0;
    for (const { at, what } of events) {
      const due = start + at * seconds * 1_000;
      if (due > performance.now()) await sleep(due - performance.now());
      late = (performance.now() - due) / 1_000;
      await this[what]();
    }
    return late;
  }

  async changeTitle() {
    const [person, title] = [this.#somebody(), this.#title()];
    const body = patch({ op: "replace", path: "title", value: title });
    await this.#done("change a user", "PATCH", `/Users/${person.id}`, body);
    person.title = title;
  }

  async replaceUser() {
    const [person, title] = [this.#somebody(), this.#title()];
    // a changed externalId would be another identity
    const body = { ...userBody(person.name, title), externalId: person.externalId };
    await this.#done("replace a user", "PUT", `/Users/${person.id}`, body);
    person.title = title;
  }

  /** Somebody new is looked for, as providers do, created, and put into a department. */
  async join() {
    const name = `newcomer-${this.#number}-${this.#newcomers++}@example.com`;
    await this.#read(`/Users?filter=${encodeURIComponent(`userName eq "${name}"`)}`);
    const { id } = await this.#done("create a user", "POST", "/Users", userBody(name));
    const person = this.#company.add({ name, title: "Engineer", id, lane: this.#number });
    this.#own.push(person);
    await this.#enter(this.#one(this.#groups), person);
  }

  /** Somebody goes from one department to another. */
  async move() {
    const person = this.#somebody();
    const from = this.#groups.find(({ members }) => members.has(person));
    if (from) {
      const path = `/Groups/${from.id}`;
      await this.#done("remove one member", "PATCH", path, removeMember(person.id));
      from.members.delete(person);
    }
    await this.#enter(this.#one(this.#groups.filter((group) => group !== from)), person);
  }

  async everybody() {
    const [person, { id, members }] = [this.#somebody(), this.#everybody];
    if (!members.has(person)) return this.#enter(this.#everybody, person);
    await this.#done("remove one member", "PATCH", `/Groups/${id}`, removeMember(person.id));
    members.delete(person);
  }

  async addMany() {
    const [group, people] = [this.#one(this.#groups), this.#some(many)];
    const ids = people.map(({ id }) => id);
    await this.#done(`add ${many} members`, "PATCH", `/Groups/${group.id}`, addMembers(ids));
    for (const person of people) group.members.add(person);
  }

  /** A department is sent whole, with some more in it and one less. */
  async pushGroup() {
    const group = this.#one(this.#groups);
    const members = new Set([...group.members, ...this.#some(3)]);
    members.delete(members.values().next().value);
    const body = { displayName: group.name, members: [...members].map(({ id }) => ({ value: id })) };
    await this.#done("replace a group", "PUT", `/Groups/${group.id}`, body);
    group.members = members;
  }

  async rename() {
    const person = this.#somebody();
    const name = `renamed-${this.#number}-${this.#newcomers++}@example.com`;
    const body = patch({ op: "replace", path: "userName", value: name });
    if (await this.#ends(person, { name }, "rename a user", "PATCH", body))
      this.#company.rename(person, name);
  }

  async leave() {
    const person = this.#somebody();
    const body = patch({ op: "replace", value: { active: false } });
    if (!(await this.#ends(person, { active: false }, "deactivate a user", "PATCH", body))) return;
    person.active = false;
    this.#forget(person);
    this.#left.push(person);
  }

  async comeBack() {
    const person = this.#left.shift();
    if (!person) return this.changeTitle();
    const body = patch({ op: "replace", value: { active: true } });
    await this.#done("activate a user", "PATCH", `/Users/${person.id}`, body);
    person.active = true;
    this.#own.push(person);
  }

  async vanish() {
    const person = this.#somebody();
    if (!(await this.#ends(person, { isGone: true }, "delete a user", "DELETE"))) return;
    this.#company.remove(person);
    this.#forget(person);
  }

  stranger() {
    return this.#refused("corporate-email", `stranger-${this.#number}-${this.#newcomers++}@evil.example`);
  }

  /** The mapping makes a name of it that is no account's. */
  unmappable() {
    return this.#refused("mappingFailed", `no account ${this.#number} ${this.#newcomers++}@example.com`);
  }

  /** A constraint holds it, and the provider asks again, as providers do: it is the same hold. */
  async consultant() {
    const name = `consultant-${this.#number}-${this.#newcomers++}@example.com`;
    const body = userBody(name, "Consultant");
    const [first, again] = [
      await this.#send("held", "POST", "/Users", body),
      await this.#send("held", "POST", "/Users", body),
    ];
    if (!first.held || first.held.id !== again.held?.id) throw new Error(`${name} is not held as one`);
    this.#company.hold(first.held, { makes: { name, title: "Consultant" } });
    this.#company.answered.held += 2;
  }

  async missing() {
    await this.#read(
      `/Users?filter=${encodeURIComponent(`userName eq "nobody-${this.#number}@example.com"`)}`,
    );
  }

  async #enter(group, person) {
    await this.#done("add one member", "PATCH", `/Groups/${group.id}`, addMembers([person.id]));
    group.members.add(person);
  }

  /** What ends an account: it is done, or held by a limit; answers whether it is done. */
  async #ends(person, becomes, kind, method, body) {
    const { status, json, held } = await this.#send(kind, method, `/Users/${person.id}`, body);
    if (held) {
      this.#company.answered.held++;
      this.#company.hold(held, { person, becomes });
      this.#forget(person);
      return false;
    }
    if (status >= 300) throw new Error(`${kind}: ${status} ${JSON.stringify(json)}`);
    this.#company.answered.done++;
    this.#company.ended++;
    return true;
  }

  async #done(kind, method, path, body) {
    const { status, json } = await this.#send(kind, method, path, body);
    if (status >= 300) throw new Error(`${kind}: ${method} ${path}: ${status} ${JSON.stringify(json)}`);
    this.#company.answered.done++;
    return json;
  }

  async #refused(rule, name) {
    const { status, json } = await this.#send("refused", "POST", "/Users", userBody(name));
    if (status !== 400) throw new Error(`${name} was to be refused: ${status} ${JSON.stringify(json)}`);
    const { refusedBy, answered } = this.#company;
    refusedBy.set(rule, (refusedBy.get(rule) ?? 0) + 1);
    answered.refused++;
  }

  async #read(path) {
    const { status, json } = await this.#send("find a user", "GET", path);
    if (status !== 200 || json.totalResults !== 0) throw new Error(`GET ${path}: ${status}`);
  }

  async #send(kind, method, path, body) {
    const { status, body: text, milliseconds } = await this.#connection.request(method, path, body);
    const json = text.length > 0 ? JSON.parse(text.toString()) : undefined;
    const held = json?.[heldSchema];
    const of = held ? "held" : kind;
    if (!this.#times.has(of)) this.#times.set(of, []);
    this.#times.get(of).push(milliseconds);
    return { status, json, held };
  }

  #title() {
    return `Engineer ${Math.floor(this.#random() * 1_000_000)}`;
  }

  #one(list) {
    return list[Math.floor(this.#random() * list.length)];
  }

  #somebody() {
    return this.#one(this.#own);
  }

  #some(count) {
    return [...new Set(Array.from({ length: count }, () => this.#somebody()))];
  }

  #forget(person) {
    this.#own.splice(this.#own.indexOf(person), 1);
  }
}
