/** What of a release can be told before it is active by what is stored and on the disk: parts that nobody acts on here, repositories and groups that are not there. */
import type { PreflightCheck } from "../../api/preflight.ts";
import type { Release } from "../../model/release.ts";
import { missingGroups, unmatchedPatterns } from "../../policy/ineffective.ts";
import { failedCheck, type LookedAt, passed, warned } from "../../preflight/check.ts";
import { listed } from "../../report/words.ts";
import { Directory } from "../directory/directory.ts";
import { listRepositories } from "../mercurial/repositories.ts";
import type { Surroundings } from "./surroundings.ts";
import { unsupportedParts } from "./unsupported.ts";

/** What it would be refused for. */
export function unsupportedChecks(release: Release): PreflightCheck[] {
  return unsupportedParts(release).map((part) =>
    failedCheck(
      { subject: "agent", name: part, entry: part, what: "what this agent acts on" },
      {
        found: "this agent does not act on it yet",
        expected: "nothing that has no effect",
        mend: "take it out, or run an agent of a version that acts on it",
      },
    ),
  );
}

/** What permission sets and others name, and is not there: it may come, so that nothing is stopped by it. */
export async function namedSetChecks(
  { store, active, host }: Surroundings,
  release: Release,
): Promise<PreflightCheck[]> {
  const looked = (entry: string, what: string): LookedAt => {
    const [section = "", name = ""] = entry.split(".");
    const owner =
      section === "permissions"
        ? release.permissions[name]?.owner
        : section === "constraints"
          ? release.constraints[name]?.owner
          : undefined;
    return { subject: "set", name: entry, entry, what, ...(owner !== undefined && { owner }) };
  };
  const listing = await listRepositories(host.repositories);
  const repositories = listing.ok
    ? unmatchedPatterns(release, listing.value).map((one) => {
        const [, entry = "", pattern = ""] = /^(\S+): (.*)$/s.exec(one) ?? [];
        return warned(looked(entry, "repositories"), {
          found: `no repository matches ${pattern}`,
          expected: "at least one of that name on the host",
          mend: "correct the pattern, or make the repository",
        });
      })
    : listing.error.map((found) =>
        failedCheck(looked("permissions", "repositories"), {
          found,
          expected: "that the agent's user can list each folder",
          mend: "chmod o+rx, or a group: a release is refused otherwise",
        }),
      );
  const connectors = active?.active.release.connectors ?? {};
  const groups = missingGroups(release, await new Directory(store).groups.all(), (connector) =>
    Object.hasOwn(connectors, connector),
  ).map(({ entry, connector, name }) =>
    warned(looked(entry, "groups"), {
      found: `connector ${connector} has sent no group ${JSON.stringify(name)}`,
      expected: "that the identity provider pushes it",
      mend: "correct the name, or assign the group to the application at the provider",
    }),
  );
  const all = [...repositories, ...groups];
  if (all.length > 0) return all;
  const sets = Object.keys(release.permissions);
  return [
    passed(
      { subject: "set", name: "permissions", entry: "permissions", what: "repositories and groups" },
      sets.length === 0 ? "there are no permission sets" : `all that ${listed(sets.sort())} name are there`,
    ),
  ];
}
