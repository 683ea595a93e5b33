/**
 * The ways in which a host's web half can be set up wrong, each with what it is answered: a request of somebody who would be let in
 * otherwise, or of somebody who must not be.
 */
import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { change } from "../../agent/mercurial/access.ts";
import type { Asked } from "./ask.ts";
import { configuration, type Running, secret, type WebHost } from "./host.ts";

export interface Misconfiguration {
  readonly what: string;
  /** What somebody does to a host that is as it must be. */
  readonly spoil: (host: WebHost) => void;
  /** Of who may read, unless said otherwise. */
  readonly asks?: Asked;
  readonly status: 401 | 403 | 500 | 503;
  /** What the person reads. */
  readonly reads?: string | RegExp;
  /** What the server's log says. */
  readonly log?: string | RegExp;
  /** What `hgscim host check` finds wrong, that of an account that may not read where it is not said; nothing of what does no harm. */
  readonly finds?: RegExp | "nothing";
}

/** One that needs a process of its own, or another program than ours. */
export interface MisconfiguredStart extends Omit<Misconfiguration, "spoil"> {
  readonly start: (host: WebHost) => Promise<Running>;
}

const closed = "this host is not set up as it must be, so nothing is allowed";
const unchecked = "access cannot be checked, so nothing is allowed:";
const eve = { as: "eve" };

/** Replaces a line of the configuration. */
const line = (from: string | RegExp, to: string) => (host: WebHost) =>
  host.write(configuration, host.read(configuration).replace(from, to));
const add = (text: string) => line(/$/, `\n${text}`);

/** What somebody sends to gunicorn who may speak to it. */
export const header = (value: string | readonly string[], name = "X-Remote-User"): Asked => ({
  plain: true,
  headers: { [name]: value, "X-Forwarded-Proto": "https" },
});

/** A host behind a proxy, which is said to be here. */
export const behind = (from: string) => (host: WebHost) => {
  host.install(true);
  line("from = unix", `from = ${from}`)(host);
};

/** Noticed by a server that runs: each begins and ends while it does. */
export const atRunTime: readonly Misconfiguration[] = [
  {
    what: "the configuration is missing",
    spoil: (host) => rmSync(host.path(configuration)),
    status: 503,
    reads: closed,
    log: /nobody is served: the configuration .*hgweb\.config is missing/,
  },
  {
    what: "the configuration is unreadable for the web server's user",
    spoil: (host) => chmodSync(host.path(configuration), 0o000),
    status: 503,
    reads: closed,
    log: /hgweb\.config cannot be read: Permission denied/,
  },
  {
    what: "the configuration is a folder",
    spoil: (host) => {
      rmSync(host.path(configuration));
      mkdirSync(host.path(configuration));
    },
    status: 503,
    log: /hgweb\.config is not a file/,
  },
  {
    what: "the configuration is empty",
    spoil: (host) => host.write(configuration, "\n"),
    status: 503,
    log: /hgweb\.config is empty/,
  },
  {
    what: "others can write to the configuration",
    spoil: (host) => chmodSync(host.path(configuration), 0o664),
    status: 503,
    log: /hgweb\.config can be written by others \(expected/,
  },
  {
    what: "the configuration is not UTF-8",
    spoil: (host) => host.write(configuration, Buffer.from(`${host.read(configuration)}# \xff`, "latin1")),
    status: 503,
    log: /hgweb\.config:\d+ is not UTF-8/,
  },
  {
    what: "a line of the configuration is none",
    spoil: add("deny_read everybody"),
    status: 503,
    log: /hgweb\.config:\d+/,
  },
  {
    what: "a key is misspelt",
    spoil: line("access =", "acces ="),
    status: 503,
    log: /hgweb\.config:8: there is no \[hgscim\] acces \(expected \[hgscim\] access\)/,
  },
  {
    what: "a section is misspelt",
    spoil: line("[hgscim]", "[hgscm]"),
    status: 503,
    log: /hgweb\.config:\d+: there is no \[hgscm\] \(expected \[hgscim\]\)/,
  },
  {
    what: "the deny lines are removed",
    spoil: line("deny_read = *\n", ""),
    status: 503,
    log: "[web] deny_read = * is missing",
  },
  {
    what: "the deny lines are in another file that is not there",
    spoil: line(/deny_read = \*\ndeny_push = \*/, "%include denied.rc"),
    status: 503,
    log: /hgweb\.config:\d+ includes or unsets \(expected that one file says all\)/,
  },
  {
    what: "the access file is nobody's",
    spoil: line(/access = .*/, ""),
    status: 503,
    log: "[hgscim] access is missing",
  },
  {
    what: "root is missing",
    spoil: line(/root = .*/, ""),
    status: 503,
    log: "[hgscim] root is missing",
  },
  {
    what: "the web server's user cannot read the access file",
    spoil: (host) => chmodSync(host.access, 0o000),
    status: 503,
    reads: `${unchecked} the access file cannot be opened`,
  },
  {
    what: "the access file is missing",
    spoil: (host) => rmSync(host.access),
    status: 503,
    reads: `${unchecked} the access file is missing`,
  },
  {
    what: "the access file is another environment's",
    spoil: (host) => change(host.access, "UPDATE meta SET value = 'staging' WHERE key = 'environment'"),
    status: 503,
    reads: `${unchecked} the access file is of the environment staging, and this host of production`,
  },
  {
    what: "root is another folder than the repositories'",
    spoil: line(/root = .*/, "root = /srv/elsewhere"),
    status: 503,
    reads: `${unchecked} the repository is outside of the configured root`,
    finds: /\[hgscim\] root: \/srv\/elsewhere/,
  },
  {
    what: "a proxy is declared that nobody is",
    spoil: add("[hgscim-proxy]\nheader = X-Remote-User"),
    status: 503,
    log: "[hgscim-proxy] from is missing",
  },
  {
    what: "a proxy's header is declared without a secret",
    spoil: add("[hgscim-proxy]\nfrom = 127.0.0.1\nheader = X-Remote-User"),
    status: 503,
    log: "header and secret stand together",
  },
  {
    what: "everybody can read the proxy's secret",
    spoil: (host) => {
      host.write("/etc/hgscim/proxy-secret", secret, 0o644);
      add(
        `[hgscim-proxy]\nfrom = 127.0.0.1\nheader = X-Remote-User\nsecret = ${host.path("/etc/hgscim/proxy-secret")}`,
      )(host);
    },
    status: 503,
    log: /everybody can open .*proxy-secret/,
  },
  {
    what: "a header of a proxy comes where none is declared",
    spoil: () => undefined,
    asks: {
      ...eve,
      headers: { "X-Remote-User": `${secret} ada`, "Remote-User": "ada" },
    },
    status: 403,
    reads: "eve may not read repository core/api",
    finds: "nothing",
  },
  {
    what: "a repository's own hgrc switches everything off",
    spoil: (host) =>
      host.write(
        "/srv/hg/core/api/.hg/hgrc",
        "[extensions]\nhgscim = !\n[web]\ndeny_read =\nallow_read = *\n[hgscim]\naccess =\n",
      ),
    asks: eve,
    status: 403,
    reads: "eve may not read repository core/api",
    finds: "nothing",
  },
];

const started =
  (spoil: (host: WebHost) => void, more?: string, wsgi?: string) =>
  async (host: WebHost): Promise<Running> => {
    spoil(host);
    return host.apache(more, wsgi && host.path(wsgi));
  };

/** A WSGI file that goes on as the guide's after something else. */
const wsgi = (before: string) => (host: WebHost) =>
  host.write("/etc/hgscim/hgscim.wsgi", `${before}\n${host.placed("/etc/hgscim/hgscim.wsgi")}`);

const plainHgweb = (host: WebHost) =>
  host.write(
    "/etc/hgscim/hgweb.wsgi",
    `from mercurial.hgweb import hgweb\napplication = hgweb(${JSON.stringify(host.path(configuration))}.encode())\n`,
  );

const anotherMercurial = (what: string) => (host: WebHost) => {
  host.write("/usr/share/other/mercurial/__init__.py", what);
  wsgi(`import sys\nsys.path.insert(0, ${JSON.stringify(host.path("/usr/share/other"))})`)(host);
};

/** Adds an extension to the configuration that is loaded after ours. */
const extension = (text: string) => (host: WebHost) => {
  host.write("/usr/share/other/meddling.py", text);
  add(`[extensions]\nmeddling = ${host.path("/usr/share/other/meddling.py")}`)(host);
};

/** The same, of a proxy's header: gunicorn is asked by who may speak to it. */
export const behindProxy: readonly Misconfiguration[] = [
  {
    what: "a header that comes from another address than the proxy's",
    spoil: behind("10.0.0.1, unix"),
    asks: header(`${secret} ada`),
    status: 401,
    log: "an identity was not taken: it came from 127.0.0.1, which is no declared proxy",
  },
  {
    what: "two headers",
    spoil: behind("127.0.0.1"),
    asks: header([`${secret} eve`, `${secret} ada`]),
    status: 401,
    log: "the proxy has not put it there, or not alone",
  },
  {
    what: "a header that only becomes the proxy's",
    spoil: behind("127.0.0.1"),
    asks: header("ada", "X_Remote_User"),
    status: 401,
  },
  {
    what: "a header of the server's own variable",
    spoil: behind("127.0.0.1"),
    asks: header("ada", "Remote_User"),
    status: 401,
  },
  {
    what: "a header without the proxy's secret",
    spoil: behind("127.0.0.1"),
    asks: header("ada"),
    status: 401,
    log: "the proxy has not put it there, or not alone",
  },
  {
    what: "a header whose account is empty",
    spoil: behind("127.0.0.1"),
    asks: header(`${secret} `),
    status: 401,
  },
  {
    what: "a push without TLS, of which the client says otherwise",
    spoil: behind("127.0.0.1"),
    asks: {
      plain: true,
      headers: { "X-Remote-User": `${secret} ada`, "X-Forwarded-Ssl": "on" },
      path: "/core/api?cmd=unbundle&heads=666f726365",
      method: "POST",
      body: "HG20",
    },
    status: 403,
    reads: "ssl required",
  },
];

/** Noticed where a server starts. */
export const atStart: readonly MisconfiguredStart[] = [
  {
    what: "the extension is removed",
    start: started((host) => rmSync(host.path("/usr/share/hgscim/hgscim"), { recursive: true })),
    status: 503,
    reads: closed,
    log: /failed to import extension "hgscim"/,
  },
  {
    what: "the extension is switched off",
    start: started(add("[extensions]\nhgscim = !")),
    status: 503,
    reads: closed,
    log: "the extension hgscim is not loaded",
  },
  {
    what: "the extension is not named",
    start: started(line("[extensions]", "[extension]")),
    status: 503,
    log: "the extension hgscim is not loaded",
  },
  {
    what: "the extension is one of before, which leaves no mark",
    start: started((host) =>
      host.write("/usr/share/hgscim/hgscim/judgement.py", "JUDGEMENT = b'x'\ndef make(_): pass\n"),
    ),
    status: 503,
    reads: "nobody has judged this request, so nothing is answered",
    log: "a request was answered that the extension had not judged",
  },
  {
    what: "another extension takes hgweb's permission check away",
    start: started(
      extension("from mercurial.hgweb import common\ndef extsetup(ui):\n    common.permhooks[:] = []\n"),
    ),
    status: 503,
    reads: `${unchecked} another extension has taken hgweb's permission check away`,
  },
  {
    what: "another extension takes everything of ours away",
    start: started(
      extension(
        "from mercurial.hgweb import common, hgweb_mod, hgwebdir_mod\n" +
          "asis = hgweb_mod.hgweb._runwsgi, hgweb_mod.hgweb.run_wsgi, hgwebdir_mod.hgwebdir._runwsgi\n" +
          "def extsetup(ui):\n    common.permhooks[:] = []\n    hgweb_mod.hgweb._runwsgi, hgweb_mod.hgweb.run_wsgi, hgwebdir_mod.hgwebdir._runwsgi = asis\n",
      ),
    ),
    status: 503,
    reads: "nobody has judged this request, so nothing is answered",
  },
  {
    what: "largefiles, which keeps content elsewhere, is on",
    start: started(add("[extensions]\nlargefiles =")),
    status: 503,
    reads: `${unchecked} the extension largefiles is on`,
  },
  {
    what: "the application is removed",
    start: started((host) => rmSync(host.path("/usr/share/hgscim/hgscim_host"), { recursive: true })),
    status: 500,
  },
  {
    what: "the configuration's path is misspelt in the WSGI file",
    start: started((host) =>
      host.write(
        "/etc/hgscim/hgscim.wsgi",
        host.read("/etc/hgscim/hgscim.wsgi").replace("hgweb.config", "hgweb.conf"),
      ),
    ),
    status: 503,
    log: /hgweb\.conf is missing/,
  },
  {
    what: "the web server's Python has no Mercurial",
    start: started(anotherMercurial("raise ImportError('no Mercurial here')")),
    status: 503,
    log: /Mercurial cannot be imported by Python .*no Mercurial here/,
  },
  {
    what: "the web server's Python has a Mercurial that is broken",
    start: started(anotherMercurial("1 / 0")),
    status: 503,
    log: /hgweb\.config: ZeroDivisionError/,
  },
  {
    what: "the web server's Python has another thing of that name",
    start: started(anotherMercurial("")),
    status: 503,
    log: /Mercurial cannot be imported by Python/,
  },
  {
    what: "Mercurial was imported before, for another configuration",
    start: started(wsgi("from mercurial import ui")),
    status: 503,
    log: "this process has imported Mercurial already, for another configuration",
  },
  {
    what: "SetEnv in place of the application, around hgweb's own WSGI file",
    start: started(
      plainHgweb,
      `SetEnv HGRCPATH ${configuration}\nSetEnv HGRCSKIPREPO 1`,
      "/etc/hgscim/hgweb.wsgi",
    ),
    status: 503,
    reads: `${unchecked} HGRCSKIPREPO is not set`,
  },
  {
    what: "the deny lines alone: hgweb's own WSGI file, without the extension",
    start: started(
      (host) => {
        add("[extensions]\nhgscim = !")(host);
        plainHgweb(host);
      },
      "",
      "/etc/hgscim/hgweb.wsgi",
    ),
    status: 401,
    reads: "read not authorized",
  },
  {
    what: "Apache asks for no password",
    start: started(() => undefined, "<Location />\nAuthType None\nRequire all granted\n</Location>"),
    status: 401,
    reads: "authentication is required",
    finds: /a stranger: reaches Mercurial without a password/,
  },
  {
    what: "a client's header is let into the environment as REMOTE_USER's",
    start: started((host) => {
      host.install(true);
      line("from = unix", "from = 127.0.0.1")(host);
    }, "SetEnvIf X-Whoever (.*) REMOTE_USER=$1\n<Location />\nAuthType None\nRequire all granted\n</Location>"),
    asks: { headers: { "X-Whoever": "ada" } },
    status: 401,
    finds: /a stranger: reaches Mercurial without a password/,
  },
  {
    what: "somebody has set HGRCPATH and HGPLAINEXCEPT for the server",
    start: async (host) => {
      host.install(true);
      line("from = unix", "from = 127.0.0.1")(host);
      host.write("/etc/open.rc", "[extensions]\nhgscim = !\n[web]\nallow_read = *\n");
      return host.gunicorn({ HGRCPATH: host.path("/etc/open.rc"), HGRCSKIPREPO: "" });
    },
    asks: header(`${secret} eve`),
    status: 403,
    reads: "eve may not read repository core/api",
    // whoever reaches gunicorn has passed nginx
    finds: /a stranger: reaches Mercurial without a password/,
  },
  {
    what: "nginx hands on the header that its clients send",
    start: async (host) => {
      host.install(true);
      return host.nginx("# no header of nginx's own");
    },
    asks: { as: "eve", headers: { "X-Remote-User": "ada" } },
    status: 401,
    log: "the proxy has not put it there, or not alone",
  },
  {
    what: "hg serve by hand over the same file",
    start: (host) => host.hgServe(undefined, "--web-conf", host.path(configuration)),
    asks: { plain: true },
    status: 401,
  },
  {
    what: "hg serve by hand in a repository",
    start: (host) => host.hgServe("/etc/mercurial/hgrc.d/hgscim.rc", "--cwd", host.path("/srv/hg/core/api")),
    asks: { plain: true, path: "/?cmd=heads" },
    status: 401,
  },
];
