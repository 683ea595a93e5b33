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

from .arguments import parsed
from .keys import USER
from .logins import answer, forced, isaccount, isactive, opened
from .settings import settings


def main(arguments):
    """Print at most one line for sshd; returns the exit code."""
    program = 'hgscim-ssh-principals'
    config, (account, user) = parsed(program, ['%i', '[%u]'], arguments)
    return answer(program, lambda: lines(config, account, user))


def lines(config, account, user):
    """The line of the account; none where it may not log in."""
    configured = settings(config)
    if user not in (None, configured.get('ssh-user', USER)):
        return
    if not isaccount(account):
        return
    if isactive(opened(configured), account):
        yield '%s %s' % (forced(account, config), account)
