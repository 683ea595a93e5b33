# hgscim.py - allow or refuse what a web request asks of a repository
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""allow or refuse each web request as the agent's access file says

The extension decides nothing but allowed or not: it looks the account that
the web server has authenticated (``REMOTE_USER``) and the repository up in
the access file (access-schema.sql) and takes the place of hgweb's own
permission check. It looks again when a push opens its transaction, when it
moves a key (bookmark, phase) and, last of all hooks, when its transaction is
about to close, and keeps that last read transaction open until the push is
in. So a commit that takes the right away waits for a push that is closing,
and a push that has yet to close is refused. Whatever goes wrong in here
refuses.

That last look is also where rules that restrict branches, bookmarks and paths
are judged, since every kind of push closes a transaction: by the branches that
its new changesets, the phases and obsolescence it changes, and bookmarks of a
branch's name touch, by the bookmarks it moves, and by the files that its new
changesets change. All of a transaction is stored, or nothing.

The server's own configuration::

  [extensions]
  hgscim = /usr/share/hgscim/hgscim.py
  hgscim:required = yes

  [hgscim]
  access = /var/lib/hgscim/access.db
  # folder that the repositories' names start from
  root = /srv/hg
  # whom a refusal names
  contact = hg-admins@example.com

  [web]
  # what holds if this extension is missing: without it, nobody
  deny_read = *
  deny_push = *

and ``HGRCSKIPREPO=1`` in the server's environment, since a repository's own
configuration could otherwise switch parts of this off.

What is not judged: a command that an administrator runs on the host itself
(``hg commit``, ``hg -R /srv/hg/core pull``). It has no identity to judge, and
who has a shell and the files' permissions needs no permission from here.
What is refused altogether: the wire protocol over standard input and output
(``hg serve --stdio``, so SSH), which tells no identity; hosts with largefiles,
lfs, remotefilelog or infinitepush, which keep content outside of the
repository it belongs to; and the list of repositories, which is not judged
repository by repository. Clone bundles are not announced.

An account or repository name that is not ASCII must come from the web server
as UTF-8 once Mercurial has converted it; other encodings match nothing.
"""

import contextlib
import os
import re
import sqlite3
import stat
import sys
import threading
import time
import traceback
import urllib.parse

from mercurial import (
    bundle2,
    encoding,
    error,
    extensions,
    rcutil,
    registrar,
    wireprotoserver,
    wireprototypes,
    wireprotov1server,
)
from mercurial.hgweb import (
    common,
    hgweb_mod,
    hgwebdir_mod,
)

testedwith = b'6.3.2'
minimumhgversion = b'6.3'

configtable = {}
configitem = registrar.configitem(configtable)
configitem(b'hgscim', b'access', default=None)
configitem(b'hgscim', b'root', default=None)
configitem(b'hgscim', b'contact', default=b'the administrator of this host')
# Seconds that a push may take from its last check to its end. The revoking
# commit waits as long, so the agent's own busy timeout must be longer.
configitem(b'hgscim', b'close-within', default=4)

READ, WRITE = 'read', 'write'
BRANCH, BOOKMARK, PATH = 'branch', 'bookmark', 'path'
REQUEST = b'hgscim.request'
APPLICATION_ID = 0x68675343
FORMAT = 3
BUSY_SECONDS = 5
PLAINTEXT = [(b'Content-Type', b'text/plain; charset=us-ascii')]

# These hand out content by its hash from a store that repositories share, or
# take content in outside of a transaction.
CONTENT_AROUND = (b'infinitepush', b'largefiles', b'lfs', b'remotefilelog')

# SQLite's result codes (https://www.sqlite.org/rescode.html), in words.
STATES = {
    'SQLITE_BUSY': 'is being written for too long',
    'SQLITE_CANTOPEN': 'cannot be opened',
    'SQLITE_CORRUPT': 'is damaged',
    'SQLITE_NOTADB': 'is not an access file',
    'SQLITE_READONLY': 'waits for the agent to recover it',
}


class Refused(error.HookAbort):
    """The answer no: an HTTP status and one sentence for the person."""

    def __init__(self, code, sentence):
        # The sentence travels as an HTTP reason phrase: one line of ASCII.
        escaped = re.sub(
            r'[^ -~]',
            lambda c: c[0].encode('unicode_escape').decode('ascii'),
            sentence,
        )
        super(Refused, self).__init__(escaped.encode('ascii'))
        self.code = code


class Unavailable(Exception):
    """The question cannot be answered; says why, in words for the person."""


def openaccess(path):
    """A connection inside a read transaction on a checked access file."""
    try:
        status = os.stat(path)
    except FileNotFoundError:
        raise Unavailable('the access file is missing')
    except OSError:
        raise Unavailable('the access file cannot be reached')
    if not stat.S_ISREG(status.st_mode):
        raise Unavailable('the access file is not a file')
    if not status.st_size:
        raise Unavailable('the access file is empty')
    connection = sqlite3.connect(
        'file:%s?mode=ro' % urllib.parse.quote(path),
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        # a hold may be ended by its timer's thread
        check_same_thread=False,
    )
    try:
        connection.execute('BEGIN')
        application, version, size = connection.execute(
            'SELECT (SELECT application_id FROM pragma_application_id),'
            ' (SELECT user_version FROM pragma_user_version),'
            ' (SELECT page_count FROM pragma_page_count)'
            ' * (SELECT page_size FROM pragma_page_size)'
        ).fetchone()
        if application != APPLICATION_ID:
            raise Unavailable('the access file is not an access file')
        if version != FORMAT:
            raise Unavailable('the access file has another format')
        # SQLite notices missing pages but not a last page that is cut short.
        # Nobody can be writing now, so the size on the disk is the final one.
        if os.stat(path).st_size < size:
            raise Unavailable('the access file is damaged')
    except BaseException:
        connection.close()
        raise
    return connection


def lookup(connection, account, repository, right, now):
    """None when the account has the right on the repository, else why not.

    ``now`` is in milliseconds since 1970: what has ended by then is no rule.
    """
    release, active = connection.execute(
        "SELECT (SELECT value FROM meta WHERE key = 'release'),"
        ' (SELECT active FROM accounts WHERE account = ?)',
        (account,),
    ).fetchone()
    if not release:
        return 'no release is active'
    if active is None:
        return 'there is no such account'
    if active != 1:
        return 'the account is deactivated'

    def ruled(effect, rights):
        return covering(
            connection,
            repository,
            'grants WHERE grants.permission = patterns.permission'
            ' AND effect = ? AND "right" IN (?, ?) AND until > ?'
            ' AND (subject = ? OR EXISTS (SELECT 1 FROM memberships'
            ' WHERE account = ? AND memberships."group" = subject))',
            (effect, *rights, now, account, account),
        )

    # Who may write may read, and who may not read may not write.
    if ruled('deny', (READ, right)):
        return 'the %s right is denied' % right
    if not ruled('allow', (WRITE, right)):
        return 'the %s right is missing' % right
    return None


def restriction(connection, account, repository, touched):
    """None when no rule keeps the account from pushing to the places, else
    the first place that one does, and the groups that the rule names.

    Asks nothing but the rules: write on the repository is needed besides.
    """
    rules = {}
    for permission in sorted(restricting(connection, repository)):
        for kind, place, group, member in connection.execute(
            'SELECT kind, place, "group", EXISTS (SELECT 1 FROM memberships'
            ' WHERE account = ? AND memberships."group" = restrictions."group")'
            ' FROM restrictions WHERE permission = ?'
            ' ORDER BY kind, place, "group"',
            (account, permission),
        ):
            rule = rules.setdefault((kind, place, permission), {})
            rule[group] = member
    for (kind, place, _permission), groups in sorted(rules.items()):
        if any(groups.values()):
            continue
        regex = place if kind == PATH else re.escape(place)
        for touch in touched:
            if touch[0] == kind and re.fullmatch(regex, touch[1]):
                return touch, list(groups)
    return None


def restricting(connection, repository, kind=None):
    """The permission sets with rules, of a kind or of any, that restrict
    pushes to places of the repository."""
    having = 'restrictions WHERE restrictions.permission = patterns.permission'
    if kind is None:
        return covering(connection, repository, having)
    return covering(connection, repository, having + ' AND kind = ?', (kind,))


def covering(connection, repository, having, values=()):
    """The permission sets that cover a repository, of those for which a row of
    ``having`` (SQL after FROM, about patterns.permission) exists."""
    # Only patterns whose base leads to this repository can match it.
    folders = repository.split('/')
    bases = ['/'.join(folders[:n]) for n in range(len(folders) + 1)]
    patterns = connection.execute(
        'SELECT permission, regex, negated FROM patterns WHERE base IN (%s)'
        ' AND EXISTS (SELECT 1 FROM %s)' % (', '.join('?' * len(bases)), having),
        (*bases, *values),
    )
    covered, excluded = set(), set()
    for permission, regex, negated in patterns:
        if re.fullmatch(regex, repository):
            (excluded if negated else covered).add(permission)
    return covered - excluded


def touchedlabels(repo, transaction):
    """Each branch and bookmark that a transaction touches, as (kind, name),
    and what it does to it: for the person.

    New changesets are on their branch, whether they begin, continue, merge
    into or close it. A change of phase or an obsolescence marker touches the
    branch of its changeset. A bookmark changes no branch but the one whose
    name it bears: ``hg update NAME`` would follow the bookmark.
    """
    unfiltered = repo.unfiltered()
    changelog = unfiltered.changelog
    touched = {}

    def touch(what, rev):
        # Not from the context or a cache, which may have the name in an
        # encoding that loses some of it.
        name = utf8(changelog.changelogrevision(rev).extra[b'branch'])
        if (BRANCH, name) not in touched:
            node = changelog.node(rev).hex()[:12]
            push = 'push %s %s to branch %s of' % (what, node, name)
            touched[BRANCH, name] = push

    first = transaction.changes[b'origrepolen']
    for rev in range(first, len(changelog)):
        touch('changeset', rev)
    for revs, _phases in transaction.changes[b'phases']:
        for rev in revs:
            if rev < first:
                touch('the phase of changeset', rev)
    predecessors = {marker[0] for marker in transaction.changes[b'obsmarkers']}
    known = map(changelog.index.get_rev, predecessors)
    for rev in sorted(rev for rev in known if rev is not None):
        touch('the obsolescence of changeset', rev)
    for bookmark in transaction.changes[b'bookmarks']:
        name = encoding.fromlocal(bookmark).decode('utf-8')
        touched[BOOKMARK, name] = 'push bookmark %s to' % name
        push = 'push bookmark %s to branch %s of' % (name, name)
        touched.setdefault((BRANCH, name), push)
    return touched


def touchedpaths(repo, transaction):
    """Each file that the new changesets of a transaction change, as touched
    labels are.

    By what the manifests say. A changeset's own list of files is only what its
    client says of it.
    """
    unfiltered = repo.unfiltered()
    touched = {}
    for rev in range(transaction.changes[b'origrepolen'], len(unfiltered)):
        context = unfiltered[rev]
        what = 'push changeset %s, which changes %%s, to' % context.hex()[
            :12
        ].decode('ascii')
        for path in changedfiles(unfiltered, context):
            name = path.decode('utf-8', 'surrogateescape')
            touched.setdefault((PATH, name), what % name)
    return touched


def changedfiles(unfiltered, context):
    """The files that a changeset changes; of a merge those that are not as a
    merge without conflicts leaves them: as one parent has them, while the
    other one has not changed them since they parted.
    """
    manifest = context.manifest()
    parents = [parent.manifest() for parent in context.parents()]
    differing = [set(manifest.diff(parent)) for parent in parents]
    if len(parents) == 1:
        return sorted(differing[0])
    p1, p2 = [parent.node() for parent in context.parents()]
    heads = unfiltered.changelog.commonancestorsheads(p1, p2)
    bases = [unfiltered[head].manifest() for head in heads or [unfiltered.nullid]]

    def entry(manifest, path):
        return manifest.get(path), manifest.flags(path)

    changed = differing[0] & differing[1]
    for parent, others in zip(parents, differing):
        # as the other parent has it, and other than this one
        for path in others - changed:
            here = entry(parent, path)
            if any(entry(base, path) != here for base in bases):
                changed.add(path)
    return sorted(changed)


def utf8(name):
    """A branch's stored name as Mercurial reads it: UTF-8, or else latin-1."""
    return encoding.fromlocal(encoding.tolocal(name)).decode('utf-8')


def repositoryname(repo, root):
    """The path below root of the repository whose content repo hands out.

    Real paths, so that neither the URL, nor a symbolic link, nor ``hg share``
    lets a repository pass under another one's name.
    """
    root = os.path.join(os.path.realpath(root), b'')
    home, last = os.path.split(os.path.realpath(repo.sharedpath))
    if last != b'.hg' or not home.startswith(root):
        raise Unavailable('the repository is outside of the configured root')
    name = home[len(root) :].decode('utf-8')
    # "." in a regular expression does not match a line break.
    if not name.isprintable():
        raise Unavailable('the repository has a control character in its name')
    return name


class Request:
    """One web request: who asks, and what is held while its push closes."""

    def __init__(self, environ):
        self._account = environ.get(b'REMOTE_USER')
        self._errors = environ[b'wsgi.errors']
        self._held = None
        self._timer = None
        self._committing = False
        self._lock = threading.RLock()

    def judge(self, repo, right, closing=None):
        """Raise Refused unless the account has the right on repo now.

        With a transaction that is about to close, also for each place that it
        touches; and what was found is held until the transaction has closed.
        """
        contact = repo.ui.config(b'hgscim', b'contact')
        contact = contact.decode('utf-8', 'replace')
        if not self._account:
            raise Refused(401, 'authentication is required')
        try:
            account = self._account.decode('utf-8')
            what, refusal = self._lookup(repo, account, right, closing)
        except Exception as problem:
            self._errors.write('hgscim: refused: %s' % traceback.format_exc())
            raise Refused(
                503,
                'access cannot be checked, so nothing is allowed: %s; ask %s'
                % (inwords(problem), contact),
            )
        if refusal:
            raise Refused(
                403,
                '%s may not %s: %s; ask %s' % (account, what, refusal, contact),
            )

    def _lookup(self, repo, account, right, closing):
        """What is asked for, and None or why it is refused, both in words."""
        access, root = (
            repo.ui.config(b'hgscim', name) for name in (b'access', b'root')
        )
        if not access or not root:
            raise Unavailable('[hgscim] access or root is not configured')
        if rcutil.use_repo_hgrc():
            raise Unavailable('HGRCSKIPREPO is not set')
        for name, _module in extensions.extensions(repo.ui):
            if name in CONTENT_AROUND:
                raise Unavailable(
                    'the extension %s is on' % name.decode('ascii')
                )
        repository = repositoryname(repo, root)
        # Before the access file is opened for long, since it may take a while.
        touched = {}
        withpaths = False
        if closing is not None:
            touched = touchedlabels(repo, closing)
            withpaths = self._restrictspaths(access, repository)
        if withpaths:
            touched.update(touchedpaths(repo, closing))
        connection = self._open(access)
        try:
            verb = 'read' if right == READ else 'write to'
            what = '%s repository %s' % (verb, repository)
            now = time.time() * 1000
            refusal = lookup(connection, account, repository, right, now)
            restricted = None
            if touched and not refusal:
                if not withpaths and restricting(connection, repository, PATH):
                    raise Unavailable('the rules changed during the push')
                restricted = restriction(
                    connection, account, repository, touched
                )
            if restricted:
                place, groups = restricted
                what = '%s repository %s' % (touched[place], repository)
                refusal = 'only members of %s may' % ' or '.join(groups)
            if closing is not None and not refusal:
                self._hold(connection, repo.ui)
        finally:
            if connection is not self._held:
                connection.close()
        return what, refusal

    def _open(self, access):
        # A second connection would wait behind a writer that waits for the
        # first one.
        return self._held or openaccess(os.fsdecode(access))

    def _restrictspaths(self, access, repository):
        connection = self._open(access)
        try:
            return bool(restricting(connection, repository, PATH))
        finally:
            if connection is not self._held:
                connection.close()

    def _hold(self, connection, ui):
        seconds = ui.configint(b'hgscim', b'close-within')
        self._timer = threading.Timer(seconds, self._lapse)
        self._timer.daemon = True
        self._held = connection
        self._timer.start()

    def _lapse(self):
        with self._lock:
            if not self._committing:
                self.release()

    def release(self, _transaction=None):
        """End the hold, if there is one; the revoking commit goes on."""
        with self._lock:
            if self._held is not None:
                self._timer.cancel()
                self._held.close()
                self._held = None

    def maywrite(self, ui, repo, **_arguments):
        """pretxnopen, prepushkey: the right may be gone since the upload."""
        self.judge(repo, WRITE)

    def mayclose(self, ui, repo, **_arguments):
        """pretxnclose: judge, and let nothing change until the push is in."""
        transaction = repo.currenttransaction()
        self.judge(repo, WRITE, closing=transaction)
        # "~" and "!" sort after and before the names that Mercurial uses.
        transaction.addfinalize(b'~hgscim', self._confirm)
        transaction.addpostclose(b'!hgscim', self.release)
        transaction.addabort(b'!hgscim', self.release)

    def _confirm(self, _transaction):
        # Only a fixed number of renames and unlinks follows, without hooks:
        # from here on the hold lasts until they are done.
        with self._lock:
            if self._held is None:
                raise Refused(
                    503, 'the push took too long to close; nothing was stored'
                )
            self._committing = True


def inwords(problem):
    """Why a check failed, without the details that only the log may have."""
    if isinstance(problem, Unavailable):
        return str(problem)
    if isinstance(problem, sqlite3.Error):
        code = getattr(problem, 'sqlite_errorname', '')
        for name, state in STATES.items():
            if code.startswith(name):
                return 'the access file %s' % state
        return 'the access file cannot be read'
    return 'the check failed'


def answer(res, code, sentence):
    """A response with the sentence where people see it: hg prints the reason
    phrase, a browser the body."""
    res.status = common.statusmessage(code, sentence)
    for name, value in PLAINTEXT:
        res.headers[name] = value
    res.setbodybytes(b'%s\n' % sentence)
    return res.sendresponse()


def permit(hgweb, req, op):
    """The permission hook, in place of hgweb's ``checkauthz``.

    ``op`` is None (a page), pull, push or upload. Asks for what checkauthz
    asks for besides the lists of users: web.allow-pull, PUT for an upload and
    POST for any other write, and web.push_ssl.
    """
    if op == b'pull' and not hgweb.allowpull:
        raise common.ErrorResponse(
            common.HTTP_FORBIDDEN, b'pull not authorized'
        )
    right = READ if op in (None, b'pull') else WRITE
    if right == WRITE:
        method = b'PUT' if op == b'upload' else b'POST'
        if req.method != method:
            raise common.ErrorResponse(
                common.HTTP_METHOD_NOT_ALLOWED,
                b'%s requires %s request' % (op, method),
            )
        if hgweb.configbool(b'web', b'push_ssl') and req.urlscheme != b'https':
            raise common.ErrorResponse(common.HTTP_FORBIDDEN, b'ssl required')
    try:
        req.rawenv[REQUEST].judge(hgweb.repo, right)
    except Refused as refused:
        raise common.ErrorResponse(refused.code, refused.message, PLAINTEXT)


def runwsgi(orig, hgweb, req, res, repo):
    """Bind the judgement to one request; ``hgweb._runwsgi`` answers it.

    The hooks belong to the request, so they cannot mistake who asks, and a
    local command has none.
    """
    request = Request(req.rawenv)
    req.rawenv[REQUEST] = request
    for name, hook in (
        (b'pretxnopen.hgscim', request.maywrite),
        (b'prepushkey.hgscim', request.maywrite),
        (b'pretxnclose.hgscim', request.mayclose),
    ):
        repo.ui.setconfig(b'hooks', name, hook, b'hgscim')
        # After every other hook, however long that takes.
        last = b'priority.%s' % name
        repo.ui.setconfig(b'hooks', last, -sys.maxsize, b'hgscim')
    # A nested repository has a name, and an answer, of its own.
    repo.ui.setconfig(b'web', b'archivesubrepos', b'no', b'hgscim')
    with contextlib.ExitStack() as whateverhappens:
        whateverhappens.callback(request.release)
        try:
            return orig(hgweb, req, res, repo)
        except Refused as refused:
            # Mercurial has an answer for a hook's refusal in the middle of a
            # bundle, but none for one in the legacy pushkey command.
            return answer(res, refused.code, refused.message)


def makeindex(orig, hgwebdir, req, res, tmpl, subdir=b''):
    """Mercurial lists repositories without asking any permission hook."""
    return answer(
        res,
        common.HTTP_NOT_FOUND,
        b'this host does not list its repositories; ask for one by its name',
    )


def runsshserver(orig, *args, **kwargs):
    """Every server of the wire protocol over stdio comes through here."""
    raise error.Abort(
        b'this host serves repositories over HTTP only: over SSH or stdio'
        b' it cannot tell who asks'
    )


def noclonebundles(repo, proto):
    """Announce no bundle: it would be fetched from where nobody judges."""
    return wireprototypes.bytesresponse(b'')


def notinapush(handler, sentence):
    """A handler of a bundle's part that takes none of it from a push.

    hg pushes no part of these kinds, but a client could.
    """

    def handle(operation, part):
        if operation.source == b'push':
            raise error.Abort(sentence)
        return handler(operation, part)

    handle.params = handler.params
    return handle


def extsetup(ui):
    extensions.wrapfunction(hgweb_mod.hgweb, '_runwsgi', runwsgi)
    extensions.wrapfunction(hgwebdir_mod.hgwebdir, 'makeindex', makeindex)
    extensions.wrapfunction(wireprotoserver, '_runsshserver', runsshserver)
    for command in (b'clonebundles', b'clonebundles_manifest'):
        if command in wireprotov1server.commands:
            wireprotov1server.commands[command].func = noclonebundles
    handlers = bundle2.parthandlermapping
    for kind in list(handlers):
        if kind.startswith(b'stream'):
            # It writes the store's files themselves, and leaves them there
            # when the transaction is refused.
            sentence = b"a push cannot bring a repository's files"
            handlers[kind] = notinapush(handlers[kind], sentence)
        if kind == b'remote-changegroup':
            # The server would fetch what the client names, from within its
            # own network.
            sentence = b'a push cannot make this host fetch from elsewhere'
            handlers[kind] = notinapush(handlers[kind], sentence)
    # In place: hgweb holds the same list. Other extensions' hooks stay, since
    # a hook can only refuse.
    common.permhooks[:] = [permit] + [
        hook for hook in common.permhooks if hook is not common.checkauthz
    ]
