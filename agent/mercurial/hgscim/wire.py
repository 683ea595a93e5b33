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


def noclonebundles(repo, proto):
    """Announce no bundle: it would be fetched from where nobody judges."""
    return wireprototypes.bytesresponse(b'')


def notinapush(handlers):
    """Refuse some kinds of a bundle's parts in a push, and leave pulls alone.

    ``handlers`` is a part's kind to its handler, and changed in place. hg
    pushes no part of these kinds, but a client could.
    """
    for kind in list(handlers):
        if kind.startswith(b'stream'):
            # It writes the store's files themselves, and leaves them there
            # when the transaction is refused.
            sentence = b"a push cannot bring a repository's files"
            handlers[kind] = unlesspushed(handlers[kind], sentence)
        if kind == b'remote-changegroup':
            # The server would fetch what the client names, from within its
            # own network.
            sentence = b'a push cannot make this host fetch from elsewhere'
            handlers[kind] = unlesspushed(handlers[kind], sentence)


def unlesspushed(handler, sentence):
    """A handler of a bundle's part that takes none of it from a push."""

    def handle(operation, part):
        if operation.source == b'push':
            raise error.Abort(sentence)
        return handler(operation, part)

    handle.params = handler.params
    return handle
