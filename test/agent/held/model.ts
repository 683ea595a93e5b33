/**
 * What docs/holds.md promises, in maps: users and groups of one connector, three constraints that hold, and what waits. It shares
 * nothing with the agent.
 */

export type Rule = "titled" | "four-eyes" | "mass";

/** How a release has each constraint; absent where it has none. */
export type Rules = Readonly<Partial<Record<Rule, "hold" | "reject">>>;

/** A request. Users and groups are named by their ids. */
export type Ask =
  | { readonly to: "user"; readonly verb: "POST"; readonly name: string; readonly title?: string }
  | {
      readonly to: "user";
      readonly verb: "PATCH" | "PUT";
      readonly id: string;
      readonly title?: string;
      readonly nick?: string;
      readonly active?: boolean;
    }
  | { readonly to: "user"; readonly verb: "DELETE"; readonly id: string }
  | {
      readonly to: "group";
      readonly verb: "PATCH";
      readonly id: string;
      readonly add: readonly string[];
      readonly remove: readonly string[];
    }
  | { readonly to: "group"; readonly verb: "PUT"; readonly id: string; readonly members: readonly string[] };

interface Person {
  readonly name: string;
  readonly title?: string | undefined;
  readonly nick?: string | undefined;
  readonly active: boolean;
}

interface World {
  readonly users: ReadonlyMap<string, Person>;
  readonly groups: ReadonlyMap<string, ReadonlySet<string>>;
}

export interface Wait {
  readonly number: number;
  readonly place: string;
  readonly ask: Ask;
  /** A removal that is done, and is done again behind what waits before it. */
  readonly isTaken: boolean;
  rules: readonly Rule[];
  isRemoval: boolean;
}

type Came =
  | { readonly kind: "done"; readonly world: World; readonly rest?: Came }
  | { readonly kind: "held"; readonly rules: readonly Rule[]; readonly isRemoval: boolean }
  | { readonly kind: "refused" };

/** What is answered: done, held, or refused. */
export type Said = "done" | "held" | "refused";

const hour = 3_600_000;
export const groupNames = ["core-team", "docs-team"] as const;

export class HoldModel {
  world: World = { users: new Map(), groups: new Map() };
  waits: Wait[] = [];
  rules: Rules;
  #now: number;
  #number = 0;
  #window: number[] = [];
  /** How often each resource changed. */
  readonly #versions = new Map<string, number>();

  constructor(rules: Rules, now: number) {
    this.rules = rules;
    this.#now = now;
  }

  get pending(): Wait[] {
    return this.waits.filter(({ isTaken }) => !isTaken);
  }

  /** Who has access, and the groups of each. */
  get access(): string[] {
    return [...this.world.users]
      .flatMap(([id, { name, active }]) =>
        active
          ? `${name} ${groupsOf(this.world, id)
              .map((group) => nameOfGroup.get(group))
              .sort()}`
          : [],
      )
      .sort();
  }

  pass(span: number): void {
    this.#now += span;
  }

  /** What waits for what. */
  waitsFor({ rules }: Wait): "person" | "cause" | "turn" {
    if (rules.length === 0) return "turn";
    return rules.includes("mass") ? "person" : "cause";
  }

  /** A request comes in. @param id of what it creates */
  ask(ask: Ask, id: string): Said {
    const place = placeOf(ask);
    const queue = this.#at(place);
    const [head] = queue.filter(({ isTaken }) => !isTaken);
    const lastTaken = queue.findLastIndex(({ isTaken }) => isTaken);
    const earlier = queue.slice(lastTaken + 1).findLast((one) => same(one.ask, ask));
    if (earlier && this.waitsFor(earlier) === "person") return "held";
    const isBehind = ask.verb === "PATCH" && head !== undefined && head !== earlier;
    const standing = ask.to === "user" && queue.some((one) => !one.isTaken && one.isRemoval);
    const came = this.#perform(ask, { id, lifted: [], standing, isBehind });
    if (came.kind === "refused") return "refused";
    if (came.kind === "done") this.#become(came.world, []);
    const rest = came.kind === "done" ? came.rest : came;
    const others = queue.filter((one) => one !== earlier);
    if (came.kind === "done" && !came.rest && earlier) {
      if (!isBehind) this.#drop([earlier]);
      else if (earlier.isRemoval) this.#becomeTaken(earlier);
    }
    let left = others.filter(({ isTaken }) => !isTaken);
    if (ask.verb !== "PATCH" && rest?.kind !== "refused") {
      const saysNothing = ask.to === "user" && ask.verb === "PUT" && ask.active === undefined;
      const gone = left.filter((one) => !(one.isRemoval && saysNothing));
      left = left.filter((one) => !gone.includes(one));
      this.#drop(gone);
      if (left.length === 0) this.#drop(queue.filter(({ isTaken }) => isTaken));
    }
    const mayTake =
      ask.verb !== "POST" &&
      ask.verb !== "DELETE" &&
      (came.kind === "done" || (isBehind && !isRemovalHeld(came) && mentionsRemoval(ask)));
    const isAgain = queue.findLast(({ isTaken }) => isTaken);
    if (mayTake && left.length > 0 && (isBehind || rest) && !(isAgain && same(isAgain.ask, ask)))
      this.#wait(ask, place, { isTaken: true, rules: [], isRemoval: true });
    if (rest?.kind === "held") {
      if (!earlier) this.#wait(ask, place, { isTaken: false, rules: rest.rules, isRemoval: rest.isRemoval });
      else if (!isBehind) Object.assign(earlier, { rules: rest.rules, isRemoval: rest.isRemoval });
    }
    this.#settle();
    return came.kind === "held" ? "held" : "done";
  }

  /** Another release is active. */
  deploy(rules: Rules): void {
    this.rules = rules;
    this.#settle();
  }

  /** @param seen of several at once, the version that was shown */
  approve(wait: Wait, seen = this.version(wait)): Said {
    if (!this.pending.includes(wait)) return "refused";
    if (wait.rules.length > 0 && seen !== this.version(wait)) return "refused";
    if (!this.#isFirst(wait)) return wait.isRemoval && this.#overtake(wait, wait.rules) ? "done" : "refused";
    return this.#play(wait, wait.rules);
  }

  version({ ask }: Wait): number {
    return "id" in ask ? (this.#versions.get(ask.id) ?? 0) : 0;
  }

  discard(wait: Wait): Said {
    if (!this.pending.includes(wait)) return "refused";
    this.#end(wait);
    return "done";
  }

  /** By itself, what nothing holds any more. */
  settle(): void {
    this.#settle();
  }

  #settle(): void {
    for (let isChanged = true; isChanged; ) {
      isChanged = false;
      for (const wait of this.pending) {
        if (!this.pending.includes(wait)) continue;
        if (!this.#isFirst(wait) && !wait.isRemoval) continue;
        if (this.waitsFor(wait) === "person" && this.rules.mass === "hold") continue;
        if (!this.#isFirst(wait)) {
          if (this.#overtake(wait, [])) isChanged = true;
          continue;
        }
        const before = JSON.stringify([this.pending.length, wait.rules]);
        this.#play(wait, []);
        if (JSON.stringify([this.pending.length, wait.rules]) !== before) isChanged = true;
      }
    }
  }

  #play(wait: Wait, lifted: readonly Rule[]): Said {
    const id = `new ${wait.number}`;
    const came = this.#perform(wait.ask, { id, lifted, standing: false, isBehind: false });
    const isWord = lifted.length > 0;
    if (came.kind === "refused") {
      if (!isWord && !this.#isWordNow) this.#end(wait);
      return "refused";
    }
    const rest = came.kind === "done" ? came.rest : came;
    if (rest?.kind === "held") {
      // what somebody lets through goes whole, or is asked about again
      if (came.kind === "done" && !isWord && !this.#isWordNow) this.#become(came.world, []);
      const added = rest.rules.filter((rule) => !wait.rules.includes(rule));
      const all = isWord || this.#isWordNow ? [...wait.rules, ...added] : rest.rules;
      wait.isRemoval = rest.isRemoval || ((isWord || this.#isWordNow) && wait.isRemoval);
      wait.rules = [...all].sort();
      return "refused";
    }
    if (came.kind !== "done") return "refused";
    this.#become(came.world, lifted);
    for (const taken of this.#takenSince(wait))
      this.#becomeQuietly(takenFrom(this.world, taken.ask, true) ?? this.world);
    this.#end(wait);
    return "done";
  }

  #isFirst(wait: Wait): boolean {
    return this.#at(wait.place).find(({ isTaken }) => !isTaken) === wait;
  }

  /** A removal waits for no turn: it is done where that is all of it, and again behind what waits before it. */
  #overtake(wait: Wait, lifted: readonly Rule[]): boolean {
    const came = this.#perform(wait.ask, { id: "", lifted, standing: false, isBehind: true });
    if (came.kind === "held" && lifted.length > 0)
      wait.rules = [...new Set([...wait.rules, ...came.rules])].sort();
    if (came.kind !== "done" || came.rest) return false;
    this.#become(came.world, lifted);
    for (const taken of this.#takenSince(wait))
      this.#becomeQuietly(takenFrom(this.world, taken.ask, true) ?? this.world);
    this.#becomeTaken(wait);
    return true;
  }

  #becomeTaken(wait: Wait): void {
    const done = { ...wait, isTaken: true, rules: [] };
    this.waits = this.waits.map((one) => (one === wait ? done : one));
  }

  #isWordNow = false;

  /** A word about what only waits for its turn lifts nothing, and ends nothing that is refused. */
  byWord<T>(work: () => T): T {
    this.#isWordNow = true;
    try {
      return work();
    } finally {
      this.#isWordNow = false;
    }
  }

  #end(wait: Wait): void {
    const isFirst = this.#at(wait.place).find(({ isTaken }) => !isTaken) === wait;
    const taken = isFirst ? this.#takenBehind(wait) : [];
    this.#drop([wait, ...taken]);
  }

  #takenSince(wait: Wait): Wait[] {
    return this.#at(wait.place).filter(({ isTaken, number }) => isTaken && number > wait.number);
  }

  #takenBehind(wait: Wait): Wait[] {
    const queue = this.#at(wait.place);
    const behind = queue.slice(queue.indexOf(wait) + 1);
    const next = behind.findIndex(({ isTaken }) => !isTaken);
    return next < 0 ? behind : behind.slice(0, next);
  }

  #at(place: string): Wait[] {
    return this.waits.filter((one) => one.place === place);
  }

  #drop(some: readonly Wait[]): void {
    this.waits = this.waits.filter((one) => !some.includes(one));
  }

  #wait(ask: Ask, place: string, parts: Pick<Wait, "isTaken" | "rules" | "isRemoval">): void {
    this.waits.push({ number: this.#number++, ask, place, ...parts });
  }

  #perform(
    ask: Ask,
    {
      id,
      lifted,
      standing,
      isBehind,
    }: { id: string; lifted: readonly Rule[]; standing: boolean; isBehind: boolean },
  ): Came {
    const judged = (after: World | undefined): Came => {
      if (!after) return { kind: "refused" };
      const broken = this.#judge(after, ask, standing);
      if (broken.some((rule) => this.rules[rule] === "reject")) return { kind: "refused" };
      const rules = broken.filter((rule) => !lifted.includes(rule));
      return rules.length > 0 ? { kind: "held", rules, isRemoval: false } : { kind: "done", world: after };
    };
    if (ask.verb !== "POST" && !this.#isThere(ask)) return { kind: "refused" };
    const whole: Came = isBehind
      ? { kind: "held", rules: [], isRemoval: false }
      : judged(changed(this.world, ask, id));
    if (whole.kind === "done") return whole;
    if (ask.verb === "DELETE") return whole.kind === "held" ? { ...whole, isRemoval: true } : whole;
    if (ask.verb === "POST") return whole;
    const less = takenFrom(this.world, ask, false);
    if (!less) return whole;
    const taken = judged(less);
    if (taken.kind === "held") {
      const rules = [...new Set([...taken.rules, ...(whole.kind === "held" ? whole.rules : [])])].sort();
      return { kind: "held", rules, isRemoval: true };
    }
    if (taken.kind === "refused") return taken;
    if (isBehind && onlyTakes(ask)) return taken;
    return alike(less, this.world) ? whole : { ...taken, rest: whole };
  }

  #isThere(ask: Exclude<Ask, { verb: "POST" }>): boolean {
    return ask.to === "user" ? this.world.users.has(ask.id) : this.world.groups.has(ask.id);
  }

  /** The constraints that a change breaks. */
  #judge(after: World, ask: Ask, standing: boolean): Rule[] {
    const before = this.world;
    if (alike(after, before)) return [];
    const broken = new Set<Rule>();
    for (const id of new Set([...before.users.keys(), ...after.users.keys()])) {
      const [was, is] = [before.users.get(id), after.users.get(id)];
      const isWritten = ask.to === "user" && (ask.verb === "POST" ? !was : ask.id === id);
      if (isWritten && is?.active && is.title === "x") broken.add("titled");
      const had = was?.active ? groupsOf(before, id) : [];
      const has = is?.active ? groupsOf(after, id) : [];
      if (has.length > 1 && has.some((group) => !had.includes(group))) broken.add("four-eyes");
      if (was?.active && !is?.active && (standing || this.#recent() + 1 > 1)) broken.add("mass");
    }
    return [...broken].filter((rule) => this.rules[rule] !== undefined).sort();
  }

  #recent(): number {
    return this.#window.filter((at) => at >= this.#now - hour).length;
  }

  /** @param lifted what somebody has let through does not count */
  #become(after: World, lifted: readonly Rule[]): void {
    const left = [...this.world.users].filter(([id, { active }]) => active && !after.users.get(id)?.active);
    if (this.rules.mass !== undefined && !lifted.includes("mass"))
      this.#window.push(...left.map(() => this.#now));
    this.#becomeQuietly(after);
  }

  #becomeQuietly(after: World): void {
    for (const [id, is] of after.users)
      if (JSON.stringify(this.world.users.get(id)) !== JSON.stringify(is)) this.#bump(id);
    for (const [id, is] of after.groups)
      if (String([...(this.world.groups.get(id) ?? [])].sort()) !== String([...is].sort())) this.#bump(id);
    this.world = after;
  }

  #bump(id: string): void {
    this.#versions.set(id, (this.#versions.get(id) ?? 0) + 1);
  }

  /** A group that there is from the beginning. */
  found(name: string, id: string): void {
    nameOfGroup.set(id, name);
    this.world = { ...this.world, groups: new Map([...this.world.groups, [id, new Set()]]) };
  }

  /** What was created by itself or a word has this id. */
  called(name: string, id: string): void {
    const { users, groups } = this.world;
    const [old] = [...users].find(([key, one]) => one.name === name && key.startsWith("new ")) ?? [];
    if (old === undefined) return;
    const person = users.get(old) as Person;
    this.world = {
      users: new Map([...users].map(([key, one]) => (key === old ? [id, person] : [key, one]))),
      groups,
    };
  }
}

/** The groups are the same in every sequence, and have other ids. */
const nameOfGroup = new Map<string, string>();

function placeOf(ask: Ask): string {
  return ask.verb === "POST" ? `new ${ask.name}` : ask.id;
}

function same(one: Ask, other: Ask): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function isRemovalHeld(came: Came): boolean {
  return came.kind === "held" && came.isRemoval;
}

function alike(one: World, other: World): boolean {
  const text = ({ users, groups }: World) =>
    JSON.stringify([
      [...users].map(([id, { name, title, nick, active }]) => [id, name, title, nick, active]).sort(),
      [...groups].map(([id, members]) => [id, [...members].sort()]).sort(),
    ]);
  return text(one) === text(other);
}

function groupsOf({ groups }: World, user: string): string[] {
  return [...groups].flatMap(([id, members]) => (members.has(user) ? id : []));
}

/** What a whole request makes of the world; undefined where it is refused whatever the constraints say. */
function changed(world: World, ask: Ask, id: string): World | undefined {
  const { users, groups } = world;
  if (ask.to === "user") {
    if (ask.verb === "DELETE")
      return {
        users: new Map([...users].filter(([key]) => key !== ask.id)),
        groups: new Map([...groups].map(([key, members]) => [key, without(members, [ask.id])])),
      };
    if (ask.verb === "POST") {
      if ([...users.values()].some(({ name }) => name === ask.name)) return undefined;
      const person = { name: ask.name, title: ask.title, nick: undefined, active: true };
      return { users: new Map([...users, [id, person]]), groups };
    }
    const person = users.get(ask.id);
    if (!person) return undefined;
    const { title, nick, active = person.active } = ask;
    const next =
      ask.verb === "PUT"
        ? { name: person.name, title, nick, active }
        : { ...person, ...(title !== undefined && { title }), ...(nick !== undefined && { nick }), active };
    return { users: new Map([...users, [ask.id, next]]), groups };
  }
  const there = groups.get(ask.id);
  if (!there) return undefined;
  const named = ask.verb === "PUT" ? ask.members : ask.add;
  const known = named.filter((one) => users.has(one));
  if (named.length > 0 && known.length === 0) return undefined;
  const members = ask.verb === "PUT" ? new Set(known) : new Set([...without(there, ask.remove), ...known]);
  return { users, groups: new Map([...groups, [ask.id, members]]) };
}

/** The same without all but what it takes away; undefined where it takes nothing. */
function takenFrom(world: World, ask: Ask, isAgain: boolean): World | undefined {
  const { users, groups } = world;
  if (ask.to === "user") {
    if (ask.verb === "POST" || ask.verb === "DELETE" || ask.active !== false) return undefined;
    const person = users.get(ask.id);
    return person && { users: new Map([...users, [ask.id, { ...person, active: false }]]), groups };
  }
  const there = groups.get(ask.id) ?? new Set();
  const named = ask.verb === "PUT" ? ask.members : ask.add;
  const isOfHere = named.length === 0 || named.some((one) => users.has(one));
  const gone =
    ask.verb === "PATCH"
      ? ask.remove.filter((one) => there.has(one))
      : isOfHere
        ? [...there].filter((one) => !ask.members.includes(one))
        : [];
  if (gone.length === 0 && !isAgain && (ask.verb === "PUT" || ask.remove.length === 0 || ask.add.length > 0))
    return undefined;
  return { users, groups: new Map([...groups, [ask.id, without(there, gone)]]) };
}

function onlyTakes(ask: Ask): boolean {
  if (ask.to === "group") return ask.verb === "PATCH" && ask.add.length === 0;
  return ask.verb === "PATCH" && ask.active === false && ask.title === undefined && ask.nick === undefined;
}

/** Whether a change may take something away, by what it says. */
function mentionsRemoval(ask: Ask): boolean {
  if (ask.to === "group") return ask.verb === "PUT" || ask.remove.length > 0;
  return "active" in ask && ask.active !== undefined;
}

function without(members: ReadonlySet<string>, some: readonly string[]): Set<string> {
  return new Set([...members].filter((one) => !some.includes(one)));
}
