/** What the web servers of a host say of Mercurial: who serves repositories by which file, at which path, and with which certificate and passwords. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A setting that is proposed, and the place that says so. */
export interface Proposed {
  readonly value: string;
  readonly at: string;
}

/** A line by which repositories are served without hgscim. */
export interface Beside {
  /** `file:line` */
  readonly at: string;
  readonly line: string;
  /** The folder that it serves, where that can be told. */
  readonly root: string | undefined;
  /** The path of their addresses, where the line names one. */
  readonly path: string | undefined;
  readonly file: string;
}

export interface Found {
  readonly values: Readonly<Record<string, Proposed | undefined>>;
  readonly beside: readonly Beside[];
}

interface Directive {
  readonly name: string;
  readonly words: readonly string[];
  readonly at: string;
  readonly line: string;
}

const folders = {
  apache: ["/etc/apache2/sites-enabled", "/etc/apache2/conf-enabled", "/etc/httpd/conf.d"],
  nginx: ["/etc/nginx/sites-enabled", "/etc/nginx/conf.d"],
} as const;

/** The directives that answer to a setting, in lower case. */
const settingOf: Readonly<Record<string, string>> = {
  servername: "server",
  server_name: "server",
  sslcertificatefile: "certificate",
  ssl_certificate: "certificate",
  sslcertificatekeyfile: "key",
  ssl_certificate_key: "key",
  authuserfile: "passwords",
  auth_basic_user_file: "passwords",
};

/**
 * Looks through the sites that are enabled, but for those of hgscim.
 *
 * @param at where a path of the host is
 */
export function lookAround(at: (path: string) => string): Found {
  const values: Record<string, Proposed> = {};
  const beside: Beside[] = [];
  const propose = (name: string, proposed: Proposed) => {
    values[name] ??= proposed;
  };
  for (const [web, places] of Object.entries(folders))
    for (const file of places.flatMap((folder) => filesIn(folder, at))) {
      const directives = directivesIn(file, textOf(at(file)));
      const serving = directives.flatMap((one) => servedBy(one, directives, at));
      const [first] = serving;
      if (!first) continue;
      beside.push(...serving);
      propose("web", { value: web, at: first.at });
      for (const name of ["root", "path"] as const)
        if (first[name] !== undefined) propose(name, { value: first[name], at: first.at });
      for (const { name, words, at: place } of directives) {
        const setting = settingOf[name];
        if (setting && words[0]) propose(setting, { value: proposedValue(setting, words[0]), at: place });
      }
    }
  return { values, beside };
}

/** A server's name may come with scheme and port. Source: Apache's `ServerName`. */
function proposedValue(setting: string, word: string): string {
  return setting === "server" ? word.replace(/^https?:\/\//, "").replace(/:\d+$/, "") : word;
}

/** Whether a directive has repositories served: a script that speaks of hgweb, or a server behind this one where the site speaks of hg. */
function servedBy(
  { name, words, at: place, line }: Directive,
  site: readonly Directive[],
  at: (path: string) => string,
): Beside[] {
  const [file = ""] = place.split(":");
  if (/^(wsgi)?scriptalias(match)?$/.test(name)) {
    const script = textOf(at(words[1] ?? ""));
    const path = name.endsWith("match") ? undefined : words[0]?.replace(/(.)\/+$/, "$1");
    return /hgweb/.test(script) ? [{ at: place, line, root: rootOf(script, at), path, file }] : [];
  }
  const isPassed = /^(proxy|uwsgi|fastcgi|scgi)_?pass$/.test(name) && words[0] !== "/scim/";
  const speaksOfHg = site.some((one) => /\bhg(web)?\b/i.test(one.line));
  return isPassed && speaksOfHg ? [{ at: place, line, root: undefined, path: undefined, file }] : [];
}

/** The folder that the configuration of a script serves, where the script names one that can be read. */
function rootOf(script: string, at: (path: string) => string): string | undefined {
  const named = [...script.matchAll(/["'](\/[^"'\n]+)["']/g)].map(([, path = ""]) => path);
  for (const path of named) {
    const sections = textOf(at(path)).split(/^\[/m);
    const paths = sections.find((section) => /^(paths|collections)\]/.test(section)) ?? "";
    const root = /=\s*"?(\/[^*"\n]*?)\/?(\*{1,2})?"?\s*$/m.exec(paths)?.[1];
    if (root) return root;
  }
  return undefined;
}

function directivesIn(file: string, text: string): Directive[] {
  return text.split("\n").flatMap((whole, index) => {
    // nginx may have several in a line
    const line = whole.trim();
    if (line.startsWith("#")) return [];
    return line.split(/[{};]/).flatMap((part) => {
      const [name = "", ...words] = (part.match(/"[^"]*"|'[^']*'|[^\s"']+/g) ?? []).map((word) =>
        word.replace(/^(["'])(.*)\1$/, "$2"),
      );
      return name === "" ? [] : { name: name.toLowerCase(), words, at: `${file}:${index + 1}`, line };
    });
  });
}

function filesIn(folder: string, at: (path: string) => string): string[] {
  try {
    return readdirSync(at(folder))
      .filter((name) => !/^hgscim(\.conf)?$/.test(name))
      .sort()
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/** Nothing where it cannot be read: then it proposes nothing. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
