/** In what Mercurial's own tests come out otherwise with the extension, by design: the table of docs/mercurial.md. */
import type { Difference } from "./compare.ts";

/** By name; the table explains each. */
export const differences = {
  "no list of repositories": {
    removed: [/^ {2}200 Script output follows$/, /^ {2}\/[\w/.]+\/$/, /^ {2}\[\('Content-Type', /],
    added: [
      /^ {2}(404 )?this host does not list its repositories/,
      /^ {2}\[1\]$/,
      /^ {2}\[\('Content-Type', /,
    ],
  },
  "no patch queues": {
    removed: [/^ {2}/],
    added: [
      /^ {2}(404 )?this host does not list its repositories/,
      /503: .* the repository lies in another one's \.hg; ask the administrator of this host$/,
      /^ {2}abort: \$ENOENT\$: '[bcd]'$/,
      /^ {2}\[(1|100|255)\]$/,
    ],
  },
  "no other server": {
    removed: [/^ {2}(uno|eins) /, /^ {2}searching for changes$/, /^ {2}remote: (adding|added) /],
    added: [
      /^ {2}remote: .*(hgscim-ssh alone|Traceback|File|_runsshserver|raise error.Abort)/,
      /^ {2}abort: no suit/,
      /^ {2}\[255\]$/,
    ],
  },
  "who asks": {
    removed: [/^ {2}remote: (HG_URL=)?remote:http:\$LOCALIP: \(glob\)/],
    added: [/^ {2}remote: (HG_URL=)?remote:http:\$LOCALIP:upstream$/],
  },
  "what is not there": {
    removed: [/^ {2}404 Not Found$/, /^ {2}error: repository \S+ not found$/],
    added: [/^ {2}(404 )?there is no repository \S+$/],
  },
  "a sentence in place of 401": {
    removed: [/^ {2}abort: authorization failed$/, /^ {2}\[255\]$/],
    added: [/^ {2}abort: HTTP Error 403: pull not authorized$/, /^ {2}\[100\]$/],
  },
  "lists of hgweb do not count": {
    removed: [/^ {2}abort: authorization failed$/, /^ {2}\[255\]$/, /^ {2}remote: /],
    added: [/^ {2}remote: (adding|added) /, /^ {2}no changes found$/, /^ {2}\[1\]$/],
  },
  "the machine": {
    removed: [/no such method: spam$/, /^ {2}1f424bb22ec05c3c6bc866b6e67efe43 {2}page1$/],
    added: [
      /method not found$/,
      /DeprecationWarning: 'cgitb'/,
      /^ {4}import cgitb$/,
      / {2}page1$/,
      /^ +\^+$/,
    ],
  },
} satisfies Record<string, Difference>;

/** Each test that is run, to its differences and how many hunks there are of each; `bundle1` and the like are cases. */
export const files: Readonly<Record<string, Readonly<Partial<Record<keyof typeof differences, number>>>>> = {
  "test-clone-cgi.t": { "the machine": 1 },
  "test-getbundle.t": {},
  "test-hgweb-bundle.t": {},
  "test-hgweb-csp.t": { "no list of repositories": 3 },
  "test-hgweb-descend-empties.t": {},
  "test-hgweb-empty.t": {},
  "test-hgweb-json.t": {},
  "test-hgweb-no-path-info.t": { "no list of repositories": 1 },
  "test-hgweb-non-interactive.t": {},
  "test-hgweb-raw.t": {},
  "test-hgweb-removed.t": {},
  "test-hgweb.t": { "the machine": 3 },
  "test-hgwebdirsym.t": { "no list of repositories": 1, "what is not there": 1 },
  "test-http-branchmap.t": { "no other server": 1 },
  "test-http-bundle1.t": {},
  "test-http-clone-r.t": {},
  "test-http-protocol.t": {},
  "test-http-proxy.t": {},
  "test-http.t": {},
  "test-known.t": {},
  "test-mq-qclone-http.t": { "no patch queues": 3 },
  "test-pull-bundle.t": {},
  "test-pull-http.t": { "a sentence in place of 401": 2 },
  "test-pull-network.t": {},
  "test-pull-r.t": {},
  "test-push-cgi.t": { "the machine": 4 },
  "test-push-http.t": {
    "lists of hgweb do not count": 6,
    "who asks": 11,
  },
  "test-server-view.t": {},
  "test-setdiscovery.t": {},
  "test-unbundlehash.t": {},
  "test-wireproto.t": { "no other server": 1 },
};
