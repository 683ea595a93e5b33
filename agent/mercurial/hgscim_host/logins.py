# logins.py - which accounts log in over SSH, and as what
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""the accounts that sshd may let in, and the forced command of each

Everything is looked up in the access file at each login: who is inactive there
has no line, whatever else names a key or certificate of theirs.
"""

import contextlib
import os
import re
import sys

from .lookups import access
from .saying import Log
from .settings import Problem

# As model/environment/subject.ts has it: nothing that means anything to sshd or
# to a shell.
ACCOUNT = re.compile('[a-z0-9][a-z0-9._@+-]{0,127}')
# A path that needs no quotes in a line for sshd.
PLAIN = re.compile('/[A-Za-z0-9/._+-]+')

PROGRAM = os.path.join(
    os.path.dirname(os.path.dirname(os.path.realpath(__file__))),
    'bin',
    'hgscim-ssh',
)


def answer(program, lines):
    """Print the lines for sshd, and return the exit code that it wants. What
    goes wrong is logged, and prints nothing."""
    try:
        printed = ''.join('%s\n' % line for line in lines())
    except Exception as problem:
        log = Log(program)
        if isinstance(problem, Problem):
            why = str(problem)
        else:
            log.trace()
            why = access.inwords(problem)
        sentence = 'nobody is let in: %s' % why
        log.write(sentence)
        sys.stderr.write('%s: %s\n' % (program, sentence))
        return 0
    sys.stdout.write(printed)
    return 0


@contextlib.contextmanager
def opened(configured):
    """The access file that the host's settings name, while it is looked at.

    Raises Problem or Unavailable where it cannot be gone by.
    """
    path = configured.get('access')
    if not path:
        raise Problem('[hgscim] access is not configured')
    connection = access.openaccess(path)
    try:
        (environment,) = connection.execute(
            "SELECT value FROM meta WHERE key = 'environment'"
        ).fetchone()
        if configured.get('environment', environment) != environment:
            raise Problem('the access file is of environment %s' % environment)
        yield connection
    finally:
        connection.close()


def isactive(connection, account):
    """Whether somebody has the account, and a release is active."""
    row = connection.execute(
        "SELECT 1 FROM accounts, meta WHERE account = ? AND active = 1"
        " AND key = 'release' AND value != ''",
        (account,),
    ).fetchone()
    return row is not None


def forced(account, config):
    """The options that let a login do nothing but be served as an account.

    Raises Problem for what cannot be written so that sshd reads it alike.
    """
    if not ACCOUNT.fullmatch(account):
        raise Problem('an account has a name that is none')
    for path in (PROGRAM, config):
        if not PLAIN.fullmatch(path):
            raise Problem('the path %s has characters that sshd may misread' % path)
    return 'restrict,command="%s --config %s %s"' % (PROGRAM, config, account)
