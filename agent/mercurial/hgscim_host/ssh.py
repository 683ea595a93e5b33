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
from .saying import Log
from .settings import Problem, trusted

# An address, as the hooks of the host's own are told it.
ADDRESS = re.compile('[0-9A-Fa-f.:]{2,45}(%[0-9A-Za-z]+)?')

# Exit code of a session that is refused, as Mercurial has it.
REFUSED = 255


def main(arguments):
    """Serve one session; returns its exit code."""
    config, (account,) = parsed('hgscim-ssh', ['ACCOUNT'], arguments)
    log = Log('hgscim-ssh')
    try:
        path = asked(os.environ.get('SSH_ORIGINAL_COMMAND', ''))
        trusted(config, 'the configuration')
        client = os.environ.get('SSH_CLIENT', '').partition(' ')[0]
        clean(config, client if ADDRESS.fullmatch(client) else '')
        return serve(account, path, log)
    except Problem as problem:
        log.write('refused %s: %s' % (account, problem))
        sys.stderr.write('%s\n' % problem)
        return REFUSED


def asked(command):
    """The path in what hg asks a host for (sshpeer.py, ``_makeconnection``).

    Raises Problem for anything else, such as options or a shell's commands.
    """
    try:
        words = shlex.split(command)
    except ValueError:
        words = []
    if len(words) == 5:
        hg, option, path, *rest = words
        isasked = hg == 'hg' and option == '-R' and rest == ['serve', '--stdio']
        if isasked and path and not path.startswith('-'):
            return os.fsencode(path)
    raise Problem('this account is for hg alone: it takes clone, pull and push')


def clean(config, client):
    """Leave of the environment nothing that a client could have sent."""
    os.environ.clear()
    os.environ.update(
        HGRCPATH=config,
        # a repository's own hgrc could switch the extension off
        HGRCSKIPREPO='1',
        HGPLAIN='1',
        HGENCODING='utf-8',
        LANG='C.UTF-8',
        PATH='/usr/local/bin:/usr/bin:/bin',
        # sshd's own, and what Mercurial's hooks are told of a client
        SSH_CLIENT=client,
    )


def serve(account, path, log):
    """Serve the repository at a path in this process; returns the exit code.

    Raises Problem unless the extension is on, since it alone judges.
    """
    # Mercurial reads its environment when it is imported
    import hgdemandimport

    hgdemandimport.enable()

    from mercurial import dispatch, error, extensions, scmutil
    from mercurial import ui as uimod

    # no conversion of line ends, and SIGTERM and SIGHUP end a transaction in order
    dispatch.initstdio()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(REFUSED))

    try:
        ui = uimod.ui.load()
        extensions.loadall(ui)
        extensions.populateui(ui)
        module = extensions.find(b'hgscim')
    except KeyError:
        raise Problem('access cannot be checked, so nothing is allowed: the extension hgscim is off')
    except Exception as problem:
        log.trace()
        why = problem.format() if isinstance(problem, error.Error) else b'see the log'
        raise Problem(
            'access cannot be checked, so nothing is allowed: the configuration is wrong (%s)'
            % why.decode('utf-8', 'replace').strip()
        )
    return scmutil.callcatch(ui, lambda: module.servessh(ui, account, path, log))
