# judge.py - who asks, and what is held while a push closes
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""the judgement of one request, from its first look to its last

A hook of a push judges as its page does; what the last one found is held
until the push is in.
"""

import os
import threading
import time
import traceback

from .access import (
    BOOKMARK,
    BRANCH,
    PATH,
    READ,
    WRITE,
    facts,
    keptout,
    probe,
    refusal,
    restriction,
    restricts,
)
from .accessfile import Unavailable, giveback, inwords, mustbeof, openaccess
from .before import Before
from .brought import mustbesound
from .fixed import HOOKS, fix, isfixed
from .host import configured, repositoryname
from .judgement import JUDGEMENT, make
from .markers import unsoundmarker
from .ownsettings import settle
from .parts import NAMESPACES
from .refused import Refused
from .touched import touchedlabels, touchednames, touchedpaths
from .unfit import Unfit

# How often the rules may change while a push is judged.
LOOKS = 5

# Bookmarks, and other keys, of a push: what each of them sets off takes a while.
MOST_KEYS = 1000

# Characters and folders of a name that is looked up though no repository may
# have it: nobody writes the access file meanwhile.
LONGEST_ASKED, DEEPEST_ASKED = 1024, 32

# Characters of a name that nobody has checked in a sentence.
LONGEST_NAME = 200


class Request:
    """One request of hgweb, or one command over SSH: who asks, and what is held while its push closes."""

    def __init__(self, environ, asked=None):
        """``asked`` is the name that a repository is asked for by: who may
        not read it learns of no other one."""
        self._judgement = environ.get(JUDGEMENT)
        self._account = environ.get(b'REMOTE_USER')
        self._errors = environ[b'wsgi.errors']
        self._asked = asked
        self._keys = 0
        # whether the repository's own settings count
        self._issettled = False
        # the format of the bundle that is pushed, 1 or 2
        self.bundle = None
        # whether the client hears what Mercurial says of an exception
        self.isheard = False
        # whether it asks for a page, and may have it
        self.ispage = False
        # what the transaction that is open has changed is told by this
        self._before = None
        self._held = None
        self._timer = None
        self._committing = False
        self._lock = threading.RLock()

    def say(self, what):
        """Write a line into the server's log."""
        line = 'hgscim: %s\n' % what
        try:
            self._errors.write(line)
        except TypeError:
            # Mercurial's own servers (hg serve, wsgicgi) write bytes
            self._errors.write(line.encode('utf-8', 'backslashreplace'))

    def bind(self, repo):
        """Have a push judged by this request.

        The hooks belong to the request, so they cannot mistake who asks, and
        a local command has none.
        """
        hooks = self.maywrite, self.maypushkey, self.mayclose
        for name, hook in zip(HOOKS, hooks):
            repo.ui.setconfig(b'hooks', name, hook, b'hgscim')
        if not isfixed(repo.ui):
            fix(repo.ui)

    def judge(self, repo, right, closing=None):
        """Raise Refused unless the account has the right on repo now.

        With a transaction that is about to close, also for each place that it
        touches; and what was found is held until the transaction has closed.
        """

        def look(account):
            try:
                repository = repositoryname(repo, configured(repo.ui, b'root'))
            except Unavailable:
                # what is wrong with it is told to those who may read it
                if self._asked is None:
                    raise
                refused = self._lookatname(repo.ui, account)
                if refused[1] is None:
                    raise
                return refused
            if closing is not None:
                return self._lastlook(repo, account, repository, closing)
            found = self._look(repo.ui, account, repository, right)
            if found[1] is None and not self._issettled:
                settle(repo)
                self._issettled = True
            return found

        self._answer(repo.ui, look)

    def judgename(self, ui):
        """Raise Refused unless the account could read a repository of the
        name that it asks for, if there was one."""
        self._answer(ui, lambda account: self._lookatname(ui, account))

    def _lookatname(self, ui, account):
        """``_look`` at a name that may be anything: of one repository, or of a
        page beneath one whose name is a part of it."""
        # As long as no repository's name is; what is cut off is no other's.
        parts = self._asked[:LONGEST_ASKED].split('/')[:DEEPEST_ASKED]
        found = self._facts(ui, account, '/'.join(parts), READ)
        what = 'read repository %s' % shown(self._asked)
        names = ['/'.join(parts[: n + 1]) for n in range(len(parts))]
        for name in names:
            why = refusal(found, name, READ)
            if why and keptout(found, name):
                return what, why
        return what, refusal(found, names[-1], READ)

    def _answer(self, ui, look):
        """Raise Refused unless there is nothing to say against it: ``look`` is
        given the account, and returns what it may not do and why."""
        contact = ui.config(b'hgscim', b'contact').decode('utf-8', 'replace')
        # whatever the answer is
        make(self._judgement)
        if not self._account:
            raise Refused(401, 'authentication is required')
        try:
            account = self._account.decode('utf-8')
            what, why = look(account)
        except Exception as problem:
            self.say('refused: %s' % traceback.format_exc().rstrip('\n'))
            raise unchecked(ui, problem)
        if why:
            raise Refused(
                403,
                '%s may not %s: %s; ask %s%s'
                % (account, what, why, contact, self._marked(ui, account)),
            )

    def _marked(self, ui, account):
        """What ends a refusal of an account that the host is checked by: the
        agent knows by it that this access file was asked, and by whom."""
        connection = None
        try:
            path = os.fsdecode(configured(ui, b'access'))
            connection = self._held or openaccess(path)
            nonce = probe(connection, account, time.time() * 1000)
            return ' (probe %s)' % nonce if nonce else ''
        except Exception:
            # it is refused all the same
            self.say('no probe: %s' % traceback.format_exc().rstrip('\n'))
            return ''
        finally:
            if connection is not None and connection is not self._held:
                giveback(connection)

    def _look(self, ui, account, repository, right):
        """What is asked for, and None or why it is refused, both in words."""
        found = self._facts(ui, account, repository, right)
        if right == READ:
            what = 'read repository %s' % shown(self._asked or repository)
        else:
            what = 'write to repository %s' % repository
        return what, refusal(found, repository, right)

    def _lastlook(self, repo, account, repository, closing):
        """The same of a push, with each place that it touches; held, when
        nothing is against it.

        Nobody can take a right away while the access file is read. So it is
        read twice: once for judging, which may take a while, and once for
        holding what was judged.
        """
        try:
            return self._judgeplaces(repo, account, repository, closing)
        except Unfit as unfit:
            what, why = unfit.args
            return '%s repository %s' % (what, repository), why

    def _judgeplaces(self, repo, account, repository, closing):
        """``_lastlook``, but for places that nobody can judge."""
        mustbesound(repo, closing)
        marked = closing.changes[b'obsmarkers']
        lost = unsoundmarker(repo.obsstore, marked) if marked else None
        if lost:
            node, why = lost
            what = 'push the obsolescence of changeset %s to' % node.hex()[:12]
            raise Unfit(what, why)
        touched = touchedlabels(repo, closing, self._before)
        judged, withnames, withpaths = None, False, False
        for _ in range(LOOKS):
            found = self._facts(
                repo.ui, account, repository, WRITE, held=judged
            )
            if found == judged:
                return None, None
            why = refusal(found, repository, WRITE)
            if why:
                return 'write to repository %s' % repository, why
            if not withnames and restricts(found, repository, BRANCH, BOOKMARK):
                touched.update(touchednames(repo, self._before))
                withnames = True
            if not withpaths and restricts(found, repository, PATH):
                touched.update(touchedpaths(repo, closing, self._before))
                withpaths = True
            restricted = restriction(found, repository, touched)
            if restricted:
                place, groups = restricted
                return (
                    '%s repository %s' % (touched[place], repository),
                    'only members of %s may' % ' or '.join(groups),
                )
            judged = found
        raise Unavailable('the rules keep changing during the push')

    def _facts(self, ui, account, repository, right, held=None):
        """What the access file says now; it is read no longer than that, but
        for the facts ``held``, which are to be true until the push is in."""
        access = configured(ui, b'access')
        # A second connection would wait behind a writer that waits for the
        # first one.
        connection = self._held or openaccess(os.fsdecode(access))
        try:
            now = time.time() * 1000
            found = facts(connection, account, repository, right, now)
            environment = ui.config(b'hgscim', b'environment', b'')
            mustbeof(environment.decode('utf-8', 'replace'), found.environment)
            if found == held and connection is not self._held:
                self._hold(connection, ui)
        finally:
            if connection is not self._held:
                giveback(connection)
        return found

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
                # a request may close several transactions
                self._committing = False

    def maywrite(self, ui, repo, **_arguments):
        """pretxnopen: the right may be gone since the upload."""
        self.judge(repo, WRITE)
        self._before = Before(repo)

    def maypushkey(self, ui, repo, namespace, **_arguments):
        """prepushkey: the same, for the keys that hg pushes."""
        self._keys += 1
        if self._keys > MOST_KEYS:
            raise Refused(403, 'a push has %d keys at most' % MOST_KEYS)
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


def unchecked(ui, problem):
    """The refusal where something keeps a request from being judged at all."""
    contact = ui.config(b'hgscim', b'contact').decode('utf-8', 'replace')
    return Refused(
        503,
        'access cannot be checked, so nothing is allowed: %s; ask %s'
        % (inwords(problem), contact),
    )


def shown(name):
    """A name that came with a request, as part of a sentence."""
    return name if len(name) <= LONGEST_NAME else name[:LONGEST_NAME] + '...'
