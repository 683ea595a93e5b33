# keys.py - whose a public key is, for AuthorizedKeysCommand
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""hgscim-ssh-keys %t %k %u: the line of a key whose account is active

What is printed is made anew of a type and a base64 text: nothing that anybody
has written beside a key becomes an option.
"""

from .arguments import parsed
from .logins import answer, consists, forced, isactive, opened
from .settings import settings
from .trusted import trusted
from .unusable import Unusable

# The unix user that people log in as, unless [hgscim] ssh-user is another.
USER = 'hg'
# What a key's type and base64 text are made of, and how long each may be.
TYPE = 'abcdefghijklmnopqrstuvwxyz0123456789@.-', 64
BLOB = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/', 16384


def main(arguments):
    """Print at most one line for sshd; returns the exit code."""
    program = 'hgscim-ssh-keys'
    config, (kind, blob, user) = parsed(program, ['%t', '%k', '[%u]'], arguments)
    return answer(program, lambda: lines(config, (kind, blob), user))


def lines(config, key, user):
    """The line of a key; none where it is nobody's who may log in."""
    configured = settings(config)
    if user not in (None, configured.get('ssh-user', USER)):
        return
    if not iskey(*key):
        raise Unusable('sshd asks for a key that is none')
    connection = opened(configured)
    account = owner(configured, connection, key)
    if account is not None and isactive(connection, account):
        yield '%s %s %s' % (forced(account, config), *key)


def iskey(kind, blob):
    """Whether it is a type and a base64 text, and nothing that has a meaning in
    a line for sshd."""
    padding = len(blob) - len(blob.rstrip('='))
    data = blob[: len(blob) - padding]
    return padding <= 2 and consists(kind, *TYPE) and consists(data, *BLOB)


def owner(configured, connection, key):
    """The account that a key is of: one key, one account.

    Raises Unusable where two have it.
    """
    row = connection.execute(
        'SELECT account FROM keys WHERE type = ? AND blob = ?', key
    ).fetchone()
    owners = {row[0]} if row else set()
    if configured.get('keys'):
        text = trusted(configured['keys'], 'the file of keys')
        owners |= {words[0] for words in listed(text) if words[1:3] == [*key]}
    if len(owners) > 1:
        raise Unusable('a key is of several accounts: %s' % ', '.join(sorted(owners)))
    return owners.pop() if owners else None


def listed(text):
    """The words of each line ``ACCOUNT TYPE BLOB comment`` of a host's file."""
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 3 and not words[0].startswith('#'):
            yield words
