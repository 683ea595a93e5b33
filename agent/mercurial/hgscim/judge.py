# judge.py - who asks, and what is held while a push closes
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""the judgement of one web request, from its first look to its last

A hook of a push judges as its page does; what the last one found is held
until the push is in.
"""

import os
import re
import threading
import time
import traceback

from mercurial import (
    error,
    extensions,
    rcutil,
)

from .access import (
    PATH,
    READ,
    WRITE,
    Unavailable,
    inwords,
    lookup,
    openaccess,
    restricting,
    restriction,
)
from .parts import NAMESPACES
from .touched import Unfit, touchedlabels, touchedpaths

# These hand out content by its hash from a store that repositories share, or
# take content in outside of a transaction.
CONTENT_AROUND = (b'infinitepush', b'largefiles', b'lfs', b'remotefilelog')


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
        try:
            if closing is not None:
                touched = touchedlabels(repo, closing)
                withpaths = self._restrictspaths(access, repository)
            if withpaths:
                touched.update(touchedpaths(repo, closing))
        except Unfit as unfit:
            what, why = unfit.args
            return '%s repository %s' % (what, repository), why
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
        """pretxnopen: the right may be gone since the upload."""
        self.judge(repo, WRITE)

    def maypushkey(self, ui, repo, namespace, **_arguments):
        """prepushkey: the same, for the keys that hg pushes."""
        self.judge(repo, WRITE)
        if namespace not in NAMESPACES:
            raise Refused(403, 'hg pushes no key like this one')

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
    # Whoever reads a refusal must be able to tell which repository it means.
    if not name.isprintable():
        raise Unavailable('the repository has a control character in its name')
    return name
