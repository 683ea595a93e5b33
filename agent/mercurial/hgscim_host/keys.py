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

import argparse
import re

from .logins import answer, forced, isactive, opened
from .settings import DEFAULT, Problem, settings, trusted

# The unix user that people log in as, unless [hgscim] ssh-user is another.
USER = 'hg'
TYPE = re.compile('[a-z0-9@.-]{1,64}')
BLOB = re.compile('[A-Za-z0-9+/]{1,16384}={0,2}')


def main(arguments):
    """Print at most one line for sshd; returns the exit code."""
    parser = argparse.ArgumentParser(prog='hgscim-ssh-keys', description='the line of a key, for AuthorizedKeysCommand')
    parser.add_argument('--config', default=DEFAULT, metavar='HGRC')
    parser.add_argument('type', metavar='%t')
    parser.add_argument('blob', metavar='%k')
    parser.add_argument('user', metavar='%u', nargs='?')
    options = parser.parse_args(arguments)
    return answer('hgscim-ssh-keys', lambda: lines(options))


def lines(options):
    """The line of a key; none where it is nobody's who may log in."""
    configured = settings(options.config)
    if options.user not in (None, configured.get('ssh-user', USER)):
        return
    if not TYPE.fullmatch(options.type) or not BLOB.fullmatch(options.blob):
        raise Problem('sshd asks for a key that is none')
    key = (options.type, options.blob)
    with opened(configured) as connection:
        account = owner(configured, connection, key)
        if account is None or not isactive(connection, account):
            return
    yield '%s %s %s' % (forced(account, options.config), *key)


def owner(configured, connection, key):
    """The account that a key is of: one key, one account.

    Raises Problem where two have it.
    """
    row = connection.execute(
        'SELECT account FROM keys WHERE type = ? AND blob = ?', key
    ).fetchone()
    owners = {row[0]} if row else set()
    if configured.get('keys'):
        text = trusted(configured['keys'], 'the file of keys')
        owners |= {words[0] for words in listed(text) if words[1:3] == [*key]}
    if len(owners) > 1:
        raise Problem('a key is of several accounts: %s' % ', '.join(sorted(owners)))
    return owners.pop() if owners else None


def listed(text):
    """The words of each line ``ACCOUNT TYPE BLOB comment`` of a host's file."""
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 3 and not words[0].startswith('#'):
            yield words
