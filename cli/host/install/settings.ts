/** What an installation is about: given, as it was the last time, found on the host, or else what most hosts have. */
import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { z } from "zod";
import { Name } from "../../../model/environment/common.ts";
import { fail, ok, type Result } from "../../../model/result.ts";
import type { Found } from "./found.ts";

/** Paths stand in files of five formats, so they are made of what none of them reads as its own. */
const Path = z
  .string()
  .regex(/^(\/[\w.@+-]+)+$/, {
    error: "not a path (expected an absolute one, of letters, digits and . _ @ + -)",
  })
  .refine((path) => !/\/\.\.?(\/|$)/.test(path), { error: "not a path (expected one without . and ..)" });

export const Settings = z.strictObject({
  environment: Name,
  root: Path,
  web: z.enum(["apache", "nginx", "none"], { error: "not a web server (expected apache, nginx or none)" }),
  ssh: z.boolean(),
  contact: z.string().regex(/^[^\s\p{Cc}]([^\p{Cc}]*[^\s\p{Cc}])?$/u, {
    error: "no text (expected one line that says whom to ask)",
  }),
  user: z
    .string()
    .regex(/^[a-z_][a-z0-9_-]{0,31}$/, { error: "not a unix user (expected one such as hg)" })
    .refine((user) => user !== "root" && user !== "hgscim", {
      error: "not a user that may serve repositories (expected one such as hg, neither root nor the agent's)",
    }),
  // an installation of before has none
  path: z
    .union([z.literal("/"), Path], {
      error: "not the path of an address (expected / or one such as /hg, without a slash at its end)",
    })
    .refine((path) => !/^\/scim(\/|$)/.test(path), {
      error: "the agent's own (expected another one than /scim)",
    })
    .default("/"),
  server: z
    .string()
    .regex(/^[A-Za-z0-9.-]+$/, { error: "not the name of a host (expected one such as hg.example.com)" }),
  certificate: Path,
  key: Path,
  passwords: Path,
});
export type Settings = z.infer<typeof Settings>;

/** Each setting with where it is from. */
export type Origins = Readonly<Record<keyof Settings, string>>;

/**
 * The settings, and the origin of each.
 *
 * @param given by options
 * @param before of the installation that there is
 * @param at where a path of the host is
 * @returns a sentence for each that is missing or wrong
 */
export function settingsOf(
  given: Partial<Record<keyof Settings, unknown>>,
  before: Partial<Settings>,
  found: Found,
  at: (path: string) => string,
): Result<{ settings: Settings; origins: Origins }, string[]> {
  const values: Record<string, unknown> = {};
  const origins: Record<string, string> = {};
  const usual = usualOf(at);
  for (const name of Settings.keyof().options) {
    const choices: readonly (readonly [unknown, string])[] = [
      [given[name], "given"],
      [before[name], "as before"],
      [found.values[name]?.value, `as in ${found.values[name]?.at}`],
      [usual[name], "as usual"],
    ];
    const [value, origin] = choices.find(([one]) => one !== undefined) ?? [undefined, ""];
    values[name] = value;
    origins[name] = origin;
  }
  if (values.environment === undefined)
    return fail(["whose releases? (expected --environment with the environment's name, such as production)"]);
  const checked = Settings.safeParse(values);
  if (checked.success && checked.data.web === "nginx" && checked.data.path !== "/")
    return fail([
      `--path is ${JSON.stringify(checked.data.path)}, ${origins.path}: behind nginx repositories begin at / (expected --path /, or --web apache)`,
    ]);
  if (checked.success) return ok({ settings: checked.data, origins: origins as Origins });
  return fail(
    checked.error.issues.map(({ path: [name = ""], message }) => {
      const from = origins[String(name)];
      return `--${String(name)} is ${JSON.stringify(values[String(name)])}${from === "given" ? "" : `, ${from}`}: ${message}`;
    }),
  );
}

function usualOf(at: (path: string) => string): Partial<Settings> {
  return {
    root: "/srv/hg",
    web: existsSync(at("/etc/apache2")) ? "apache" : existsSync(at("/etc/nginx")) ? "nginx" : "none",
    ssh: existsSync(at("/etc/ssh/sshd_config")),
    contact: `the administrators of ${hostname()}`,
    user: "hg",
    path: "/",
    server: hostname(),
    certificate: "/etc/hgscim/tls.pem",
    key: "/etc/hgscim/tls.key",
    passwords: "/etc/hgscim/htpasswd",
  };
}
