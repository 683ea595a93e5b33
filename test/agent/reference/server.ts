/** A SCIM service provider in maps (RFC 7644, section 3), and who may do what by what is in them. */
import {
  type Attribute,
  enterprise,
  groupUrn,
  type Kind,
  lookUp,
  resourceOf,
  subOf,
  userUrn,
  valueNamed,
} from "./attributes.ts";
import { type Filter, selects, valuesAt } from "./filter.ts";
import { isObject, type Json, type JsonObject, same } from "./json.ts";
import { attempt, type Operation, patch, readMembers, type Word, wordsOn } from "./patch.ts";
import { Refusal, refuse } from "./refusal.ts";
import { checkRequired, foldedText, readOne } from "./values.ts";

interface Kept extends Partial<Standing> {
  readonly kind: Kind;
  readonly id: string;
  resource: JsonObject;
  version: number;
}

export interface ListRequest {
  readonly filter?: Filter;
  readonly sortBy?: string;
  readonly descending?: boolean;
  readonly startIndex: number;
  readonly count: number;
}

/** The condition of a write: a version that is the present one, or is not. */
export type Condition = "*" | "present" | "past";

export class ReferenceServer {
  /** In the order of their creation. A group has its `members` as a list of ids. */
  readonly #kept = new Map<string, Kept>();
  /** Whose an account is: a user's by id, or whoever shows the externalId that proves it. */
  readonly #owners = new Map<string, { readonly id: string; readonly proven: string | undefined }>();

  /** The ids of a kind that there are. */
  ids(kind: Kind): string[] {
    return [...this.#kept.values()].flatMap((one) => (one.kind === kind ? [one.id] : []));
  }

  version(id: string): number {
    return this.#kept.get(id)?.version ?? 0;
  }

  /** POST; the id is the provider's to choose, so it is given. */
  create(kind: Kind, body: JsonObject, id: () => string): JsonObject {
    const resource = this.#read(kind, body);
    if (kind === "User") resource.active ??= true;
    const standing = this.#check(kind, undefined, resource, membersOf(resource));
    const made: Kept = { kind, id: id(), resource, version: 1 };
    this.#own(made, undefined, standing);
    this.#kept.set(made.id, made);
    return this.#show(made);
  }

  /** PUT. Who is not said to be active or not stays as they are. */
  replace(kind: Kind, id: string, body: JsonObject, condition?: Condition): JsonObject {
    const present = this.#find(kind, id, condition);
    const whole = () => {
      const resource = this.#read(kind, body);
      if (kind === "User") resource.active ??= present.resource.active ?? true;
      return this.#store(present, resource, membersOf(resource));
    };
    const [active, members] = [valueNamed(body, "active"), valueNamed(body, "members") ?? null];
    // what is not there says nothing, where something else is wrong too
    const isOff = attempt(() => readOne(activeAttribute, active)) === false;
    const word = (value: Json): Word => ({ op: "replace", value });
    return this.#orTaken(present, whole, isOff ? [word(false)] : [], members === null ? [] : [word(members)]);
  }

  modify(kind: Kind, id: string, operations: readonly Operation[], condition?: Condition): JsonObject {
    const present = this.#find(kind, id, condition);
    const whole = () => {
      const resource = structuredClone(present.resource);
      const named = patch(kind, resource, operations);
      checkRequired(resourceOf[kind], resource);
      if (kind === "User") resource.active ??= false;
      return this.#store(present, resource, [...named]);
    };
    const [active, members] = [wordsOn(kind, "active", operations), wordsOn(kind, "members", operations)];
    return this.#orTaken(present, whole, active, members);
  }

  /** What cannot be done whole is done as far as it takes something away. */
  #orTaken(
    present: Kept,
    whole: () => JsonObject,
    active: readonly Word[],
    members: readonly Word[],
  ): JsonObject {
    const done = attempt(whole);
    if (!(done instanceof Refusal)) return done;
    const { kind, resource } = present;
    if (kind === "User") {
      if (resource.active !== true || !saysInactive(active)) throw done;
      return this.#store(present, { ...resource, active: false });
    }
    const there = membersOf(resource);
    const [named, said] = memberWords(there, members);
    const isOfHere = named.length === 0 || named.some((id) => this.#isUser(id));
    const [, removed] = memberWords(
      there,
      members.filter(({ op }) => op === "remove"),
    );
    const left = isOfHere ? said : removed;
    const stay = there.filter((id) => left.has(id));
    if (stay.length === there.length) throw done;
    return this.#store(present, { ...resource, members: stay });
  }

  #isUser(id: string): boolean {
    return this.#kept.get(id)?.kind === "User";
  }

  remove(kind: Kind, id: string, condition?: Condition): void {
    this.#find(kind, id, condition);
    this.#kept.delete(id);
    for (const { resource } of this.#kept.values())
      if (Array.isArray(resource.members))
        resource.members = resource.members.filter((member) => member !== id);
  }

  get(kind: Kind, id: string): JsonObject {
    return this.#show(this.#find(kind, id));
  }

  /** What matches, in its order, and the page of it. */
  list(kind: Kind, { filter, sortBy, descending, startIndex, count }: ListRequest) {
    const all = this.ids(kind).map((id) => this.get(kind, id));
    if (filter) selects(kind, filter, {});
    const found = all.filter((one) => !filter || selects(kind, filter, one));
    if (sortBy) {
      const chain = lookUp(kind, sortBy) ?? [];
      const keys = new Map(found.map((one) => [one, sortKey(chain, one)]));
      found.sort((x, y) => compare(keys.get(x), keys.get(y)));
      if (descending) {
        // the exact reverse, so that a page from the end is a page from the start
        found.reverse();
      }
    }
    const from = Math.max(startIndex, 1) - 1;
    return { total: found.length, page: found.slice(from, from + count) };
  }

  /** The accounts that are somebody's, or were. */
  accounts(): string[] {
    return [...this.#owners.keys()];
  }

  /** Who may do what in the one repository. */
  access(): string[] {
    return this.ids("User")
      .flatMap((id) => {
        const account = this.#kept.get(id)?.account;
        if (account === undefined) return [];
        const groups = this.#groupsOf(id).map(({ resource }) => nameOf("Group", resource));
        if (groups.includes("core-team")) return [`${account} write`];
        return groups.includes("engineering") ? [`${account} read`] : [];
      })
      .sort();
  }

  #find(kind: Kind, id: string, condition?: Condition): Kept {
    const found = this.#kept.get(id);
    if (found?.kind !== kind) throw new Refusal({ status: 404 });
    if (condition === "past") throw new Refusal({ status: 412 });
    return found;
  }

  #read(kind: Kind, body: JsonObject): JsonObject {
    const resource = (readOne(resourceOf[kind], body) ?? {}) as JsonObject;
    checkRequired(resourceOf[kind], resource);
    if (kind === "User" && valueNamed(body, "active") !== undefined && resource.active === undefined)
      throw new Refusal({ status: 400, scimType: "invalidValue" });
    if (kind === "Group") resource.members = readMembers(valueNamed(body, "members"));
    return resource;
  }

  #store(present: Kept, resource: JsonObject, named: readonly string[] = []): JsonObject {
    const standing = this.#check(present.kind, present, resource, named);
    this.#own(present, resource, standing);
    if (!same(content(present.resource), content(resource))) present.version++;
    present.resource = resource;
    return this.#show(present);
  }

  /** A name that is new has no character that nobody sees: here those that the sequences use. */
  #checkSeen(kind: Kind, before: JsonObject, after: JsonObject): void {
    const name = kind === "User" ? "userName" : "displayName";
    if (before[name] !== after[name] && /[\u200b\u00ad]/.test(String(after[name]))) refuse("invalidValue");
  }

  /**
   * Names are unique in whatever form, and accounts are not handed on. Members whom nobody knows are left out; where none
   * of those who are named is known, the request is of another store.
   */
  #check(
    kind: Kind,
    present: Kept | undefined,
    resource: JsonObject,
    named: readonly string[],
  ): Standing | undefined {
    this.#checkSeen(kind, present?.resource ?? {}, resource);
    const key = nameOf(kind, resource);
    for (const one of this.#kept.values())
      if (one.kind === kind && one !== present && nameOf(kind, one.resource) === key)
        throw new Refusal({ status: 409, scimType: "uniqueness" });
    const account = kind === "User" ? accountOf(resource) : undefined;
    if (account !== undefined && !/^[a-z0-9][a-z0-9._@+-]*$/.test(account)) refuse("invalidValue");
    const isUsed = [...this.#kept.values()].some((one) => one !== present && one.account === account);
    if (account !== undefined && isUsed) throw new Refusal({ status: 409, scimType: "uniqueness" });
    const standing = kind === "User" ? this.#standing(present, resource, account) : undefined;
    // the release's constraint on userName, of those who have an account
    if (standing?.account !== undefined && !lowerAscii(String(resource.userName)).endsWith("@example.com"))
      refuse("invalidValue");
    if (named.length > 0 && !named.some((id) => this.#isUser(id))) refuse("invalidValue");
    if (kind === "Group") resource.members = membersOf(resource).filter((id) => this.#isUser(id));
    return standing;
  }

  /** Who a user is, once known for good, and whether the account that they would have is theirs. */
  #standing(present: Kept | undefined, resource: JsonObject, wanted: string | undefined): Standing {
    const externalId = externalIdOf(resource);
    let identity = present ? present.identity : externalId;
    const isShutOut = wanted === undefined && (present?.account !== undefined || present?.withheld === true);
    if (present && externalId !== undefined && externalId !== identity && !present.lapsed && !isShutOut)
      if (proven(present.resource, identity, wanted) === undefined)
        // a name is followed by another one; who somebody is, is not
        identity = externalId;
    const claimed = externalId ?? present?.claimed;
    if (wanted === undefined) {
      return { identity, claimed, lapsed: (present?.lapsed ?? false) || isShutOut, withheld: false };
    }
    const owner = this.#owners.get(wanted);
    const shows = owner?.proven !== undefined && owner.proven === identity;
    const isOwn =
      owner === undefined ||
      (owner.proven === undefined
        ? owner.id === present?.id
        : shows && (owner.id === present?.id || proven(resource, identity, wanted) === owner.proven));
    const isKnown = claimed === undefined || claimed === identity;
    const account = isOwn && isKnown ? wanted : undefined;
    return { identity, claimed, lapsed: present?.lapsed ?? false, account, withheld: account === undefined };
  }

  /** Notes who a user is from now on, and whose the account is. */
  #own(kept: Kept, resource: JsonObject | undefined, standing: Standing | undefined): void {
    if (!standing) return;
    const { account, identity } = standing;
    const now = resource ?? kept.resource;
    if (resource && kept.identity !== identity)
      for (const [name, owner] of this.#owners)
        if (owner.id === kept.id && owner.proven === undefined)
          this.#owners.set(name, { id: kept.id, proven: proven(now, identity, accountOf(now)) });
    Object.assign(kept, standing, { account });
    const owner = account === undefined ? undefined : this.#owners.get(account);
    if (account === undefined || (owner?.id === kept.id && owner.proven !== undefined)) return;
    this.#owners.set(account, { id: kept.id, proven: proven(now, identity, account) });
  }

  #groupsOf(user: string): Kept[] {
    return [...this.#kept.values()].filter(
      ({ resource: { members } }) => Array.isArray(members) && members.includes(user),
    );
  }

  #show({ kind, id, resource, version, withheld }: Kept): JsonObject {
    const { members, ...rest } = resource;
    const schemas = kind === "User" ? [userUrn, ...(enterprise in rest ? [enterprise] : [])] : [groupUrn];
    if (withheld) schemas.push(warning);
    const related =
      kind === "User"
        ? this.#groupsOf(id).map((group) => reference(group.id, group.resource.displayName, "direct"))
        : this.ids("User")
            .filter((user) => Array.isArray(members) && members.includes(user))
            .map((user) => reference(user, this.#kept.get(user)?.resource.userName, "User"));
    const name = kind === "User" ? "groups" : "members";
    return {
      ...{ schemas, id, ...rest },
      ...(related.length > 0 ? { [name]: related } : {}),
      meta: { resourceType: kind, version: `W/"${version}"` },
      ...(withheld ? { [warning]: {} } : {}),
    };
  }
}

/** Whether the last word on `active` that is understood is no. */
function saysInactive(words: readonly Word[]): boolean {
  let says = true;
  for (const { op, value } of words) {
    const read = attempt(() => (op === "remove" ? undefined : readOne(activeAttribute, value)));
    if (!(read instanceof Refusal)) says = read === true;
  }
  return !says;
}

const activeAttribute = subOf(resourceOf.User, "active") as Attribute;

/** Who is named as a member, `?` for what is none, and who is one then. */
function memberWords(there: readonly string[], words: readonly Word[]): [string[], Set<string>] {
  const named: string[] = [];
  let members = new Set(there);
  for (const { op, id, value } of words) {
    const isAll = op === "remove" && id === undefined && (value === undefined || value === null);
    if (op === "replace" || isAll) members = new Set();
    const listed = id === undefined ? (Array.isArray(value) ? value : [value ?? null]) : [id];
    for (const one of listed) {
      const read = attempt(() => readMembers(one, op === "remove"));
      const ids = read instanceof Refusal ? ["?"] : read;
      if (op !== "remove") named.push(...ids);
      for (const each of ids)
        if (op === "remove") members.delete(each);
        else members.add(each);
    }
  }
  return [named, members];
}

const membersOf = ({ members }: JsonObject): string[] => (Array.isArray(members) ? members.map(String) : []);

const lowerAscii = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/** What a resource is known by, as it compares. */
function nameOf(kind: Kind, resource: JsonObject): string {
  const attribute = subOf(resourceOf[kind], kind === "User" ? "userName" : "displayName");
  return attribute ? foldedText(attribute, String(resource[attribute.name])) : "";
}

/** What no schema knows: why there is no account. */
export const warning = "urn:hgscim:scim:schemas:Warning";

interface Standing {
  /** The externalId by which the user is known; undefined while none was sent. */
  readonly identity: string | undefined;
  /** The externalId that came last. */
  readonly claimed: string | undefined;
  readonly lapsed: boolean;
  readonly account?: string | undefined;
  readonly withheld: boolean;
}

function externalIdOf({ externalId }: JsonObject): string | undefined {
  return typeof externalId === "string" && externalId.trim() !== "" ? externalId : undefined;
}

/** An externalId that is more than a name of the user again. */
function proven(
  { userName, emails }: JsonObject,
  externalId: string | undefined,
  account: string | undefined,
): string | undefined {
  const addresses = Array.isArray(emails) ? emails.map((one) => (isObject(one) ? one.value : "")) : [];
  const names = [userName, account ?? "", ...addresses].map((name) => String(name).toLowerCase());
  return externalId === undefined || names.includes(externalId.toLowerCase()) ? undefined : externalId;
}

/** The account that the release gives a user; undefined when it gives none. */
function accountOf({ userName, active, userType }: JsonObject): string | undefined {
  if (active !== true || userType === "contractor") return undefined;
  return lowerAscii(String(userName)).split("@")[0];
}

const reference = (value: string, display: Json | undefined, type: string): JsonObject => ({
  value,
  display: display ?? "",
  type,
});

/** A resource as it is compared with what it was: members are a set. */
const content = ({ members, ...rest }: JsonObject): JsonObject =>
  Array.isArray(members) ? { ...rest, members: members.map(String).sort() } : rest;

/** The value that a resource is sorted by (section 3.4.2.3): of several the primary one, else the first. */
function sortKey(chain: readonly Attribute[], resource: JsonObject): Json | undefined {
  const [first, ...rest] = chain;
  if (!first) return undefined;
  const values = valuesAt(resource, [first]);
  const chosen = values.find((one) => isObject(one) && one.primary === true) ?? values[0];
  const more = rest.length === 0 && first.many ? lookUp("User", `${first.name}.value`)?.slice(1) : rest;
  const key =
    chosen === undefined
      ? undefined
      : (more ?? []).length > 0
        ? valuesAt(chosen as JsonObject, more ?? [])[0]
        : chosen;
  const last = [...chain, ...(more ?? [])].at(-1);
  return typeof key === "string" && last ? foldedText(last, key) : key;
}

/** What has no value comes last. */
function compare(x: Json | undefined, y: Json | undefined): number {
  if (x === undefined || y === undefined) return x === y ? 0 : x === undefined ? 1 : -1;
  return x === y ? 0 : String(x) < String(y) ? -1 : 1;
}
