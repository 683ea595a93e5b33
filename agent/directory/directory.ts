/** Rows of people, and lists of them: everything that the store holds of users, groups, and whose an account is. */
import type { Resources } from "../../policy/population.ts";
import type { Store } from "../store/schema.ts";
import { Activity } from "./activity.ts";
import { TakenRights } from "./break-glass.ts";
import { Groups } from "./groups.ts";
import { Memberships } from "./memberships.ts";
import { Owners, ownerOf } from "./owners.ts";
import { Renumberings } from "./renumberings.ts";
import { SshKeys } from "./ssh-keys.ts";
import { Users } from "./users.ts";

/** The directory in one store, or in one transaction of it. */
export class Directory {
  readonly users: Users;
  readonly groups: Groups;
  readonly memberships: Memberships;
  readonly owners: Owners;
  readonly renumberings: Renumberings;
  readonly activity: Activity;
  readonly sshKeys: SshKeys;
  readonly breakGlass: TakenRights;

  constructor(store: Store) {
    this.users = new Users(store);
    this.groups = new Groups(store);
    this.memberships = new Memberships(store);
    this.owners = new Owners(store);
    this.renumberings = new Renumberings(store);
    this.activity = new Activity(store);
    this.sshKeys = new SshKeys(store);
    this.breakGlass = new TakenRights(store);
  }

  /** All of it, as policy looks at it. */
  async everything(): Promise<Resources> {
    const users = await this.users.all();
    const groups = await this.groups.all();
    const members = await this.memberships.byGroup();
    const owners = await this.owners.all();
    return {
      users,
      groups: groups.map(({ id, ...group }) => ({ ...group, members: members.get(id) ?? [] })),
      owners: new Map(owners.map((row) => [row.account, ownerOf(row)])),
    };
  }
}
