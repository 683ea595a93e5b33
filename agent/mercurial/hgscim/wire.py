# wire.py - what is refused of the wire protocol
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""what no right allows: ways in and out where nobody would be judged"""

from mercurial import (
    error,
    wireprototypes,
)


def runsshserver(orig, *args, **kwargs):
    """Every server of the wire protocol over stdio comes through here."""
    raise error.Abort(
        b'this host serves repositories over HTTP only: over SSH or stdio'
        b' it cannot tell who asks'
    )


def noclonebundles(repo, proto, *args):
    """Announce no bundle: it would be fetched from where nobody judges."""
    return wireprototypes.bytesresponse(b'')


def nobundle(repo, proto, *args):
    """Hand no file out as a bundle that was announced (since Mercurial 6.5):
    Mercurial takes any whose path begins as the bundles' folder does."""
    return wireprototypes.ooberror(b'this host hands out no clone bundles\n')
