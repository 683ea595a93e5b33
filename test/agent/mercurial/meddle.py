# A Mercurial extension for the host under test: stops a push at one point, or
# takes away what the hgscim extension relies on.
#
# SPDX-License-Identifier: GPL-2.0-or-later
"""[meddle] at = POINT, signals = FOLDER: at that point, make FOLDER/reached
and wait for FOLDER/go; fail when FOLDER/go says so. POINT is the name of a
hook, `finalize`: after the pretxnclose hooks, before the transaction ends, or
`judged`: when the last look has judged what it read, and holds nothing yet.
[meddle] after = N: not the first N times.
[meddle] readhgrc = yes: forget HGRCSKIPREPO.
[meddle] shifting = FILE: change the access file whenever that was judged."""

import os
import sqlite3
import time

from mercurial import (
    encoding,
    error,
    extensions,
    registrar,
)

configtable = {}
configitem = registrar.configitem(configtable)
configitem(b'meddle', b'at', default=None)
configitem(b'meddle', b'signals', default=None)
configitem(b'meddle', b'after', default=0)
configitem(b'meddle', b'readhgrc', default=False)
configitem(b'meddle', b'shifting', default=None)


passed = 0


def stop(ui):
    global passed
    if passed < ui.configint(b'meddle', b'after'):
        passed += 1
        return
    signals = ui.config(b'meddle', b'signals')
    go = os.path.join(signals, b'go')
    with open(os.path.join(signals, b'reached'), 'w'):
        pass
    while not os.path.exists(go):
        time.sleep(0.005)
    with open(go) as file:
        if file.read() == 'fail':
            raise error.Abort(b'meddled with')


def uisetup(ui):
    if ui.configbool(b'meddle', b'readhgrc'):
        del encoding.environ[b'HGRCSKIPREPO']


def extsetup(ui):
    request = extensions.find(b'hgscim').pythonhook.__globals__['Request']
    judge = request.judge.__globals__
    restriction, meddled = judge['restriction'], ui.config(b'meddle', b'shifting')

    def shifted(facts, repository, touched):
        if meddled:
            file = sqlite3.connect(meddled, isolation_level=None)
            file.execute("UPDATE memberships SET \"group\" = \"group\" || 'x'")
            file.execute("UPDATE grants SET subject = subject || 'x'")
            file.execute("UPDATE restrictions SET place = place || 'x'")
            file.close()
        elif ui.config(b'meddle', b'at') == b'judged':
            stop(ui)
        return restriction(facts, repository, touched)

    judge['restriction'] = shifted


def reposetup(ui, repo):
    point = ui.config(b'meddle', b'at')
    if point == b'finalize':

        class meddledrepo(repo.__class__):
            def transaction(self, desc, report=None):
                tr = super(meddledrepo, self).transaction(desc, report)
                tr.addfinalize(b'zz-meddle', lambda tr: stop(ui))
                return tr

        repo.__class__ = meddledrepo
    elif point and point != b'judged':
        name = b'%s.meddle' % point
        ui.setconfig(b'hooks', name, lambda ui, **args: stop(ui), b'meddle')
