/** Sides of a comparison at random. */
import fc from "fast-check";
import type { Side } from "../../policy/impact.ts";
import { permissionSet } from "./permission-set.ts";

export const accounts = ["ada", "bob", "cy", "dee"];
export const groups = ["okta/a", "okta/b", "okta/c"];
export const branches = ["default", "stable"];
export const repositories = ["core/api", "core/web", "docs"];

// nothing here ends
export const now = 0;

export const some = <T>(items: readonly T[], minLength = 0) => fc.subarray([...items], { minLength });
const subject = (name: string) => (name.includes("/") ? name : { account: name });
/** People, and permission sets about them, at random: few of each, so that they meet. */
export const side: fc.Arbitrary<Side> = fc
  .record({
    permissions: fc.dictionary(
      fc.constantFrom("one", "two", "three"),
      fc
        .record({
          repositories: some(["core/*", "core/api", "docs", "**", "!core/web"], 1),
          read: some([...groups, "ada", "bob"]).map((names) => names.map(subject)),
          write: some(groups),
          deny: fc.record({ read: some(["cy"]).map((names) => names.map(subject)), write: some(["okta/a"]) }),
          branches: fc.dictionary(fc.constantFrom(...branches), some(groups, 1), { maxKeys: 2 }),
        })
        .map(permissionSet),
    ),
    // who is not among them has no account
    members: fc.dictionary(fc.constantFrom(...accounts), some(groups)),
  })
  .map(({ permissions, members }) => ({
    release: { permissions },
    population: {
      accounts: new Map(
        Object.entries(members).map(([name, of]) => [
          name,
          { name, connector: "okta", user: name, proven: null, groups: new Set(of) },
        ]),
      ),
      withheld: [],
      failures: [],
    },
  }));
