/** Whether an environment has what keeps a mistake of an identity provider small, and a way in for an emergency. */
import type { Safeguard } from "../environment/safeguard.ts";
import type { Environment } from "../environment.ts";
import type { Problem } from "../problem.ts";
import type { Context, Locate } from "./context.ts";

const isThere: { readonly [one in Safeguard]: (environment: Environment) => boolean } = {
  protect: ({ constraints }) => Object.values(constraints).some(({ protect }) => protect !== undefined),
  keep: ({ constraints }) => Object.values(constraints).some(({ keep }) => keep !== undefined),
  breakGlass: ({ permissions }) =>
    Object.values(permissions).some(({ breakGlass }) => breakGlass !== undefined),
};

const words: { readonly [one in Safeguard]: { readonly section: string; readonly message: string } } = {
  protect: {
    section: "constraints",
    message: "no constraint protects an account or a group: an identity provider may take away everybody",
  },
  keep: {
    section: "constraints",
    message: "no constraint keeps the last of a group, or the last writers of a repository",
  },
  breakGlass: {
    section: "permissions",
    message: "no permission set has breakGlass: nobody can take a right in an emergency",
  },
};

/** A warning for each safeguard that is not there, unless the environment says that it does without. */
export function missingSafeguards(environment: Environment, locate: Locate): Problem[] {
  const missing = (Object.keys(isThere) as Safeguard[]).filter(
    (one) => !isThere[one](environment) && !environment.without?.includes(one),
  );
  return missing.map((one) => ({
    at: locate([words[one].section]),
    code: "missing-key",
    severity: "warning",
    message: `${words[one].message} (expected one that does, or ${one} under without)`,
  }));
}

/** Reports a safeguard that is there, and is said not to be. */
export function checkWithout({ environment, report }: Context): void {
  environment.without?.forEach((one, index) => {
    if (isThere[one](environment))
      report(
        ["without", index],
        "no-effect",
        `there is ${one} in this environment (expected under without what it does not have)`,
      );
  });
}
