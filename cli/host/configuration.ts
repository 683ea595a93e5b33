/** What is installed on the host: the programs as this version has them, and a configuration that the web server's user can go by. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { AgentConfig } from "../../agent/config.ts";
import { packageFile, version } from "../../model/package.ts";
import { type HostFinding, unchecked, well, wrong } from "./finding.ts";
import { isRoot, runAs, runHere } from "./run.ts";

/** One line of `python3 -m hgscim_host.check`. */
const Configured = z.object({
  problem: z.string().nullable(),
  python: z.string(),
  configuration: z.string().optional(),
  mercurial: z.string().optional(),
  access: z.string().optional(),
  root: z.string().optional(),
  environment: z.string().optional(),
  header: z.string().optional(),
  release: z.string().optional(),
});
export type Configured = z.infer<typeof Configured>;

export interface HostPlaces {
  /** Where the extension and the application lie. */
  readonly installed: string;
  /** The configuration of the application. */
  readonly hgrc: string;
  /** Who runs the web server's application; undefined where nobody can tell. */
  readonly user: string | undefined;
}

const packages = ["hgscim", "hgscim_host"];

/** Whether the programs are those of this version, file by file. */
export function checkPrograms({ installed }: HostPlaces): HostFinding {
  const check = `programs in ${installed}`;
  // what sshd starts lies where people log in over SSH
  const folders = [...packages, ...(existsSync(join(installed, "bin")) ? ["bin"] : [])];
  const others = folders.flatMap((name) => {
    const own = packageFile(join("agent/mercurial", name));
    return readdirSync(own)
      .filter((file) => name === "bin" || file.endsWith(".py"))
      .filter((file) => contentOf(join(own, file)) !== contentOf(join(installed, name, file)))
      .map((file) => join(name, file));
  });
  if (others.length === 0) return well(check, `those of version ${version}`);
  const [first] = others;
  return wrong(
    check,
    `${first}${others.length > 1 ? ` and ${others.length - 1} more` : ""} missing, or of another version`,
    `those of version ${version}`,
    `copy both folders again (docs/web-servers.md), and restart the web server`,
  );
}

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

/** The configuration as the web server's user reads it, and as the application understands it. */
export function readConfigured(places: HostPlaces): Configured | HostFinding {
  return lookAt(places, places.hgrc, `configuration ${places.hgrc}`);
}

/** Whether mod_wsgi's file serves by that configuration, and by nothing else. */
export function checkWsgi(places: HostPlaces, wsgi: string): HostFinding {
  const check = `WSGI file ${wsgi}`;
  const expected = `hgscim's application, by ${places.hgrc}`;
  const found = lookAt(places, wsgi, check);
  if (!("problem" in found)) return found;
  if (found.problem === null && found.configuration === places.hgrc) return well(check, expected);
  return wrong(
    check,
    found.problem ?? `it serves by ${found.configuration}`,
    expected,
    "write it as docs/web-servers.md has it, or correct --hgrc",
  );
}

/** What `hgscim_host.check` says of a file, as the web server's user; a finding where it says nothing. */
function lookAt({ installed, user }: HostPlaces, file: string, check: string): Configured | HostFinding {
  const python = ["-m", "hgscim_host.check", file];
  const env = { PYTHONPATH: installed, PYTHONDONTWRITEBYTECODE: "1" };
  const ran =
    isRoot() && user !== undefined
      ? runAs(user, "/usr/bin/python3", python, { env })
      : runHere("/usr/bin/python3", python, { env });
  const read = Configured.safeParse(parsed(ran.stdout));
  if (read.success) return read.data;
  return wrong(
    check,
    `cannot be looked at: ${ran.stderr.trim().split("\n").at(-1) ?? ""}`,
    "Mercurial, and hgscim's programs, for /usr/bin/python3",
    `copy both folders to ${installed} (docs/web-servers.md)`,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether the host's configuration is about what the agent's is about. */
export function checkConfigured(
  { hgrc, user }: HostPlaces,
  configured: Configured,
  config: Pick<AgentConfig, "environment" | "access" | "repositories">,
): HostFinding[] {
  const check = `configuration ${hgrc}`;
  const { problem, python, mercurial, release } = configured;
  const as = isRoot() && user !== undefined ? `, as ${user}` : "";
  if (problem !== null)
    return [wrong(check, `${problem}${as}`, "people are served by it", "mend what the sentence says")];
  const same = (name: "access" | "root" | "environment", own: string): HostFinding =>
    configured[name] === own
      ? well(`[hgscim] ${name}`, own)
      : wrong(
          `[hgscim] ${name}`,
          configured[name] || "nothing",
          `${own}, as in agent.yaml`,
          `write ${name} = ${own} into ${hgrc}`,
        );
  return [
    well(check, `Mercurial ${mercurial}, Python ${python}${as}`),
    same("access", config.access),
    same("root", config.repositories),
    same("environment", config.environment),
    release === ""
      ? wrong("release", "none is active: nobody has access", "a release", "deploy one (docs/release.md)")
      : well("release", `${release}`),
    ...(as === "" ? [unchecked(`${check} as the web server's user`, "not checked (expected root)")] : []),
  ];
}

/** Whether Mercurial serves a repository to whoever starts it by hand, or by a program that tells no identity, such as hg-ssh. */
export function checkByHand(
  { user, systemHgrc }: Pick<HostPlaces, "user"> & { readonly systemHgrc?: string | undefined },
  repository: string | undefined,
): HostFinding {
  const check = "hg serve --stdio by hand";
  if (!isRoot() || user === undefined) return unchecked(check, "not checked (expected root)");
  if (repository === undefined) return unchecked(check, "not checked: there is no repository");
  const env = { ...(systemHgrc !== undefined && { HGRCPATH: systemHgrc }), HGPLAIN: "1" };
  const ran = runAs(user, "hg", ["-R", repository, "serve", "--stdio"], { env, input: "hello\n" });
  if (/by hgscim-ssh alone/.test(ran.stderr)) return well(check, "refused by the extension");
  const [said = ""] = ran.stderr.trim().split("\n");
  return wrong(
    check,
    ran.stdout.includes("capabilities:") ? "serves the repository to whoever starts it" : said,
    "the extension refuses it",
    "name the extension in /etc/mercurial/hgrc.d/hgscim.rc (docs/web-servers.md, What both have in common)",
  );
}
