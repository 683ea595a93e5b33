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

import os
import sys

from .lookups import accessfile
from .unusable import Unusable

# As model/environment/subject.ts has it: nothing that means anything to sshd or
# to a shell.
ACCOUNT = 'abcdefghijklmnopqrstuvwxyz0123456789._@+-', 128
# A path that needs no quotes in a line for sshd.
PLAIN = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._+-', 4096

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
        from .saying import Log

        log = Log(program)
        if isinstance(problem, Unusable):
            why = str(problem)
        else:
            log.trace()
            why = accessfile.inwords(problem)
        sentence = 'nobody is let in: %s' % why
        log.write(sentence)
        sys.stderr.write('%s: %s\n' % (program, sentence))
        return 0
    sys.stdout.write(printed)
    return 0


def opened(configured):
    """The access file that the host's settings name, to be looked at until the
    program ends.

    Raises Unusable or Unavailable where it cannot be gone by.
    """
    path = configured.get('access')
    if not path:
        raise Unusable('[hgscim] access is missing')
    connection = accessfile.openaccess(path)
    (environment,) = connection.execute(
        "SELECT value FROM meta WHERE key = 'environment'"
    ).fetchone()
    accessfile.mustbeof(configured.get('environment'), environment)
    return connection


def isactive(connection, account):
    """Whether somebody has the account, and a release is active."""
    row = connection.execute(
        "SELECT 1 FROM accounts, meta WHERE account = ? AND active = 1"
        " AND key = 'release' AND value != ''",
        (account,),
    ).fetchone()
    return row is not None


def isaccount(text):
    """Whether a text can be an account's name."""
    return consists(text, *ACCOUNT) and text[0].isalnum()


def consists(text, characters, longest):
    """Whether a text is not empty, no longer than this, and made of these
    characters. (To import the module re takes as long as all else in here.)"""
    return 0 < len(text) <= longest and not text.strip(characters)


def forced(account, config):
    """The options that let a login do nothing but be served as an account.

    Raises Unusable for what cannot be written so that sshd reads it alike.
    """
    if not isaccount(account):
        raise Unusable('an account has a name that is none')
    for path in (PROGRAM, config):
        if not path.startswith('/') or not consists(path, *PLAIN):
            raise Unusable('the path %s has characters that sshd may misread' % path)
    return 'restrict,command="%s --config %s %s"' % (PROGRAM, config, account)
