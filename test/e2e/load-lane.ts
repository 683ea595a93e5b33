/**
 * One connection's share of a SCIM load: it writes its own users, its own group, and its users' memberships in groups that
 * all lanes share, one request after the other. It knows what was acknowledged, and what was under way at the end.
 */
import { Agent } from "node:https";
import { send } from "../agent/request.ts";
import type { KillWorld } from "./kill-world.ts";

const verbs = { POST: "create", PUT: "update", PATCH: "update", DELETE: "delete" } as const;
type Method = keyof typeof verbs;

export interface LaneUser {
  readonly active: boolean;
  readonly title: string;
}

/** What a lane's part of the directory looks like, by userName and displayName. Never changed, always made anew. */
export interface LaneState {
  readonly users: ReadonlyMap<string, LaneUser>;
  /** The lane's own members; of a group that is not there, nothing. */
  readonly groups: ReadonlyMap<string, ReadonlySet<string>>;
}

/** A request, and what it makes of the lane's state. */
export interface LaneWrite {
  readonly method: Method;
  readonly path: "Users" | "Groups";
  /** The userName or displayName of what is written. */
  readonly name: string;
  readonly body?: unknown;
  /** As the audit calls it. */
  readonly operation: string;
  readonly after: LaneState;
}

export const sharedGroups = ["core-team", "docs-team", "engineering"];
export const ownGroup = (lane: number | "*") => `lane-${lane}`;
/** The lane of a user, by userName or account, or of a lane's own group; NaN for a shared group. */
export const laneOf = (name: string) => Number(/^lane-(\d+)/.exec(name)?.[1]);

const fewestUsers = 3;
const mostUsers = 8;

export class Lane {
  readonly number: number;
  readonly #random: () => number;
  readonly #world: KillWorld;
  /** What was acknowledged. */
  state: LaneState = { users: new Map(), groups: new Map(sharedGroups.map((name) => [name, new Set()])) };
  /** What no answer came to. */
  pending: LaneWrite | undefined;
  /** The ids of what is there, by userName and displayName. */
  readonly ids: Map<string, string>;
  /** Each write that was done, as the audit must have it. */
  readonly done: string[] = [];
  #counter = 0;

  /** @param shared the ids of the shared groups */
  constructor(number: number, world: KillWorld, shared: ReadonlyMap<string, string>, random: () => number) {
    this.number = number;
    this.ids = new Map(shared);
    this.#world = world;
    this.#random = random;
  }

  /**
   * Writes until the agent answers no more.
   *
   * @param answered is told of each answer
   * @throws {Error} when a write is refused: none of them is wrong
   */
  async run(answered: () => void): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: this.#world.scim.ca });
    try {
      for (;;) {
        this.pending = this.#next();
        const id = await this.#send(this.pending, agent);
        if (id === undefined) return;
        this.settle(this.pending, id);
        this.pending = undefined;
        answered();
      }
    } finally {
      agent.destroy();
    }
  }

  /** Takes a write as done. */
  settle({ operation, name, method, after }: LaneWrite, id: string): void {
    if (method === "DELETE") this.ids.delete(name);
    else this.ids.set(name, id);
    this.done.push(`${operation} ${id}`);
    this.state = after;
  }

  /** Sends a write; answers the id of what was written, or undefined when the connection broke. */
  async #send({ method, path, name, body }: LaneWrite, agent: Agent): Promise<string | undefined> {
    const { url, token } = this.#world.scim;
    const known = this.ids.get(name);
    const target = method === "POST" ? path : `${path}/${known}`;
    const answer = await send(`${url}/${target}`, {
      method,
      agent,
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/scim+json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    }).catch(() => undefined);
    if (!answer) return undefined;
    if (answer.status < 200 || answer.status > 299)
      throw new Error(`${method} ${target} ${JSON.stringify(body)}: ${answer.status} ${answer.text}`);
    return method === "POST" ? JSON.parse(answer.text).id : known;
  }

  /** A write by chance. Each one changes something: so it has an effect that can be looked for. */
  #next(): LaneWrite {
    const { users } = this.state;
    if (users.size < fewestUsers) return this.#createUser();
    const dice = this.#random();
    if (dice < 0.15) return users.size < mostUsers ? this.#createUser() : this.#deleteUser();
    if (dice < 0.25) return users.size > fewestUsers ? this.#deleteUser() : this.#createUser();
    if (dice < 0.35) return this.#replaceUser();
    if (dice < 0.55) return this.#switchUser();
    if (dice < 0.7) return this.#writeOwnGroup();
    return this.#moveMembers();
  }

  #createUser(): LaneWrite {
    const name = `lane-${this.number}-${this.#counter++}@example.com`;
    const user = { active: this.#random() < 0.9, title: "new" };
    return this.#ofUser("POST", name, user, { userName: name, ...user });
  }

  #replaceUser(): LaneWrite {
    const name = this.#someUser();
    const user = { active: this.#random() < 0.7, title: `title ${this.#counter++}` };
    return this.#ofUser("PUT", name, user, { userName: name, ...user });
  }

  /** What a leaver's last request is, and a returner's first. */
  #switchUser(): LaneWrite {
    const name = this.#someUser();
    const { active = true, title = "" } = this.state.users.get(name) ?? {};
    const body = patch({ op: "replace", path: "active", value: !active });
    return this.#ofUser("PATCH", name, { active: !active, title }, body);
  }

  #deleteUser(): LaneWrite {
    return this.#ofUser("DELETE", this.#someUser(), undefined);
  }

  /** Adds some of the lane's users to a shared group and takes others out, all in one request. */
  #moveMembers(): LaneWrite {
    const name = sharedGroups[Math.floor(this.#random() * sharedGroups.length)] ?? "engineering";
    const present = this.state.groups.get(name) ?? new Set();
    const moving = new Set([...this.state.users.keys()].filter(() => this.#random() < 0.6));
    if (moving.size === 0) moving.add(this.#someUser());
    const joining = [...moving].filter((user) => !present.has(user));
    const leaving = [...moving].filter((user) => present.has(user));
    const body = patch(
      ...(joining.length > 0 ? [{ op: "add", path: "members", value: this.#members(joining) }] : []),
      ...leaving.map((user) => ({ op: "remove", path: `members[value eq "${this.ids.get(user)}"]` })),
    );
    const staying = [...present].filter((user) => !moving.has(user));
    return this.#ofGroup("PATCH", name, new Set([...staying, ...joining]), body);
  }

  #writeOwnGroup(): LaneWrite {
    const name = ownGroup(this.number);
    const present = this.state.groups.get(name);
    if (present && this.#random() < 0.2) return this.#ofGroup("DELETE", name, undefined);
    const all = [...this.state.users.keys()];
    const some = new Set(all.filter(() => this.#random() < 0.5));
    const isSame = present && some.size === present.size && [...some].every((user) => present.has(user));
    const members = isSame ? new Set(all.filter((user) => !present.has(user))) : some;
    const value = this.#members(members);
    if (!present) return this.#ofGroup("POST", name, members, { displayName: name, members: value });
    return this.#random() < 0.5
      ? this.#ofGroup("PUT", name, members, { displayName: name, members: value })
      : this.#ofGroup("PATCH", name, members, patch({ op: "replace", path: "members", value }));
  }

  #someUser(): string {
    const names = [...this.state.users.keys()];
    return names[Math.floor(this.#random() * names.length)] ?? "";
  }

  #members(names: Iterable<string>): { value: string | undefined }[] {
    return [...names].map((name) => ({ value: this.ids.get(name) }));
  }

  /** A write that makes a user this, or removes it. */
  #ofUser(method: Method, name: string, user: LaneUser | undefined, body?: unknown): LaneWrite {
    const users = new Map(this.state.users);
    const groups = new Map(this.state.groups);
    if (user) users.set(name, user);
    else {
      users.delete(name);
      for (const [group, members] of groups)
        groups.set(group, new Set([...members].filter((member) => member !== name)));
    }
    const operation = `user.${verbs[method]}`;
    return { method, path: "Users", name, body, operation, after: { users, groups } };
  }

  /** A write that makes these the lane's members of a group, or removes it. */
  #ofGroup(
    method: Method,
    name: string,
    members: ReadonlySet<string> | undefined,
    body?: unknown,
  ): LaneWrite {
    const groups = new Map(this.state.groups);
    if (members) groups.set(name, members);
    else groups.delete(name);
    const operation = `group.${verbs[method]}`;
    return { method, path: "Groups", name, body, operation, after: { ...this.state, groups } };
  }
}

function patch(...Operations: unknown[]): unknown {
  return { schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], Operations };
}
