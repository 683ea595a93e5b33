# ssh.py - the forced command of a key or certificate
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""hgscim-ssh ACCOUNT: one session of hg over SSH, for one account

sshd runs it in place of what a client asks for, as the key's or certificate's
line says, and that line alone says whose key it is. Of the client comes
SSH_ORIGINAL_COMMAND, which must be what hg sends; nothing else of it is
looked at: Mercurial is given an environment of its own.
"""

import os
import re
import shlex
import signal
import sys

from .arguments import parsed
from .configuration import check, configured
from .saying import Log
from .unusable import SENTENCE, Unusable

# An address, as the hooks of the host's own are told it.
ADDRESS = re.compile('[0-9A-Fa-f.:]{2,45}(%[0-9A-Za-z]+)?')

# Exit code of a session that is refused, as Mercurial has it.
REFUSED = 255


# What a client is told that asks for anything else.
ALONE = 'this account is for hg alone: it takes clone, pull and push'


def main(arguments):
    """Serve one session; returns its exit code."""
    config, (account,) = parsed('hgscim-ssh', ['ACCOUNT'], arguments)
    path = asked(os.environ.get('SSH_ORIGINAL_COMMAND', ''))
    log = Log('hgscim-ssh')
    if path is None:
        log.write('refused %s: it asks for something else than hg does' % account)
        return refused(ALONE)
    clean(os.environ.get('SSH_CLIENT', '').partition(' ')[0])
    try:
        with configured(config):
            ui, module = loaded()
    except Unusable as problem:
        log.write('nobody is served: %s' % problem)
        return refused(SENTENCE)
    from mercurial import scmutil

    return scmutil.callcatch(ui, lambda: module.servessh(ui, account, path, log))


def refused(sentence):
    """Tell the client, and return the exit code of a session that is refused."""
    sys.stderr.write('%s\n' % sentence)
    return REFUSED


def asked(command):
    """The path in what hg asks a host for (sshpeer.py, ``_makeconnection``), or
    None for anything else, such as options or a shell's commands."""
    try:
        words = shlex.split(command)
    except ValueError:
        words = []
    if len(words) == 5:
        hg, option, path, *rest = words
        isasked = hg == 'hg' and option == '-R' and rest == ['serve', '--stdio']
        if isasked and path and not path.startswith('-'):
            return os.fsencode(path)
    return None


def clean(client):
    """Leave of the environment nothing that a client could have sent."""
    os.environ.clear()
    os.environ.update(
        LANG='C.UTF-8',
        PATH='/usr/local/bin:/usr/bin:/bin',
        # sshd's own, and what Mercurial's hooks are told of a client
        SSH_CLIENT=client if ADDRESS.fullmatch(client) else '',
    )


def loaded():
    """Mercurial's ui with its extensions, and ours, which alone judges."""
    import hgdemandimport

    hgdemandimport.enable()

    from mercurial import dispatch, extensions
    from mercurial import ui as uimod

    # no conversion of line ends, and SIGTERM and SIGHUP end a transaction in order
    dispatch.initstdio()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(REFUSED))
    ui = uimod.ui.load()
    extensions.loadall(ui)
    extensions.populateui(ui)
    check(ui)
    return ui, extensions.find(b'hgscim')
