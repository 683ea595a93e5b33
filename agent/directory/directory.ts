/** Rows of people, and lists of them: everything that the store holds of users, groups, and whose an account is. */
import type { Resources } from "../../policy/population.ts";
import { tentatively } from "../store/savepoint.ts";
import type { Store } from "../store/schema.ts";
import { Activity } from "./activity.ts";
import { Awaited } from "./awaited.ts";
import { TakenRights } from "./break-glass.ts";
import { Groups } from "./groups.ts";
import { Memberships } from "./memberships.ts";
import { Owners } from "./owners.ts";
import { Pairs } from "./pairs.ts";
import { Renumberings } from "./renumberings.ts";
import { SshKeys } from "./ssh-keys.ts";
import { Suspended } from "./suspended.ts";
import { Users } from "./users.ts";

/** The directory in one store, or in one transaction of it. */
export class Directory {
  readonly #store: Store;
  readonly users: Users;
  readonly groups: Groups;
  readonly memberships: Memberships;
  readonly owners: Owners;
  readonly pairs: Pairs;
  readonly renumberings: Renumberings;
  readonly activity: Activity;
  readonly awaited: Awaited;
  readonly sshKeys: SshKeys;
  readonly breakGlass: TakenRights;
  readonly suspended: Suspended;

  constructor(store: Store) {
    this.#store = store;
    this.users = new Users(store);
    this.groups = new Groups(store);
    this.memberships = new Memberships(store);
    this.owners = new Owners(store);
    this.pairs = new Pairs(store);
    this.renumberings = new Renumberings(store);
    this.activity = new Activity(store);
    this.awaited = new Awaited(store);
    this.sshKeys = new SshKeys(store);
    this.breakGlass = new TakenRights(store);
    this.suspended = new Suspended(store);
  }

  /** Does some work in its transaction, and takes back what that wrote unless its result is one to keep. */
  attempt<R>(work: () => Promise<R>, isKept: (result: R) => boolean): Promise<R> {
    return tentatively(this.#store, work, isKept);
  }

  /** All of it, as policy looks at it. */
  async everything(): Promise<Resources> {
    const users = await this.users.all();
    const groups = await this.groups.all();
    const members = await this.memberships.byGroup();
    const owners = await this.owners.byAccount();
    return {
      users,
      groups: groups.map(({ id, ...group }) => ({ ...group, members: members.get(id) ?? [] })),
      owners,
      pairs: await this.pairs.of(),
    };
  }
}
