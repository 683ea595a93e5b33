# principals.py - whose a certificate is, for AuthorizedPrincipalsCommand
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""hgscim-ssh-principals %i: the principal of a certificate whose account is
active

A certificate is an account's when its key ID is the account, and the account
is among its principals: both are the authority's word.
"""

import argparse

from .keys import USER
from .logins import ACCOUNT, answer, forced, isactive, opened
from .settings import DEFAULT, settings


def main(arguments):
    """Print at most one line for sshd; returns the exit code."""
    parser = argparse.ArgumentParser(prog='hgscim-ssh-principals', description='the principal of a certificate, for AuthorizedPrincipalsCommand')
    parser.add_argument('--config', default=DEFAULT, metavar='HGRC')
    parser.add_argument('identity', metavar='%i')
    parser.add_argument('user', metavar='%u', nargs='?')
    options = parser.parse_args(arguments)
    return answer('hgscim-ssh-principals', lambda: lines(options))


def lines(options):
    """The line of the account; none where it may not log in."""
    configured = settings(options.config)
    account = options.identity
    if options.user not in (None, configured.get('ssh-user', USER)):
        return
    if not ACCOUNT.fullmatch(account):
        return
    with opened(configured) as connection:
        if not isactive(connection, account):
            return
    yield '%s %s' % (forced(account, options.config), account)
