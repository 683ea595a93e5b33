/** An agent with a few people and groups, for sequences of requests: each test has its own. */
import { afterEach, beforeEach } from "vitest";
import type { Milliseconds, Time } from "../../../model/time.ts";
import { type Harness, type Reply, startHarness } from "../harness.ts";
import { staff } from "../people.ts";
import { change, deployConstraints, eventually, held, shown } from "./world.ts";

export let h: Harness;
/** What time it is for the agent. */
export let now: Time;
let people: ReadonlyMap<string, string>;
let groups: ReadonlyMap<string, string>;

/** Has an agent start before each test of a file, and stop after it. */
export function staffed(): void {
  beforeEach(async () => {
    now = Date.parse("2030-01-01T00:00:00Z");
    h = await startHarness(["core/api"], {}, { clock: () => now });
    await deployConstraints(h, {});
    people = await staff(h, { engineering: ["ada", "bob"], "core-team": ["ada"], "docs-team": ["eve"] });
    const { Resources } = (await h.scim("GET", "/Groups")).body;
    groups = new Map(Resources.map(({ displayName, id }: Record<string, string>) => [displayName, id]));
  });
  afterEach(() => h.stop());
}

/** Lets time go by. */
export function pass(span: Milliseconds): void {
  now += span;
}

export const id = (name: string): string => people.get(name) ?? "";
export const user = (name: string): string => `/Users/${id(name)}`;
export const group = (name: string): string => `/Groups/${groups.get(name)}`;

export function patch(path: string, ...operations: object[]): Promise<Reply> {
  return h.scim("PATCH", path, change(...operations));
}

export async function membersOf(name: string): Promise<string[]> {
  const { members = [] } = (await h.scim("GET", group(name))).body;
  return members.map(({ display }: { display: string }) => display.split("@")[0]).sort();
}

/** A hold, once it waits no more. */
export const ended = (hold: string) =>
  eventually(
    () => shown(h, hold),
    ({ state }) => state !== "pending",
  );

export const title = (value: string) => ({ op: "replace", path: "title", value });
export const fourEyes = held({ separate: { groups: ["okta/core-team", "okta/docs-team"] } });
export const titled = held({ require: 'user.?title.orValue("") != "x"' });
