# wire.py - what is refused of the wire protocol
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""what no right allows: ways in and out where nobody would be judged, and more
than a client has reason to ask for at once"""

from mercurial import (
    wireprototypes,
    wireprotov1peer,
    wireprotov1server,
)

# Commands of a batch. hg sends two to five, and one for each revision that it
# is to pull (hg pull -r).
MOST_COMMANDS = 1000

# Bytes of the answers to a batch, after which no further command is run: they
# are kept until all are there.
MOST_ANSWERED = 64 << 20

# Commands that known and getbundle have taken the place of.
SUPERSEDED = (b'branches', b'changegroup', b'changegroupsubset')

# What hg asks of the history between to see where a greeting over SSH ends.
NOTHING = b'%s-%s' % (b'0' * 40, b'0' * 40)

# Bytes of a command's arguments. The longest of hg's are lists of changesets,
# of 41 bytes each.
MOST_ARGUMENTS = 8 << 20


class TooMuch(Exception):
    """More than a request may ask for: in words, for the person."""

    code = 413


class NeverAsked(TooMuch):
    """What hg does not ask for."""

    code = 400


def batch(orig, repo, proto, cmds, others):
    """wireprotov1server.batch, as long as that is in proportion."""
    if cmds.count(b';') >= MOST_COMMANDS:
        raise TooMuch('a batch has %d commands at most' % MOST_COMMANDS)
    answers, size = [], 0
    for command in cmds.split(b';'):
        if size > MOST_ANSWERED:
            raise TooMuch('a batch has %d bytes of answers at most' % MOST_ANSWERED)
        if not isbatchable(command):
            raise NeverAsked('hg asks for nothing like this in a batch')
        answer = orig(repo, proto, command, others)
        if not isinstance(answer, wireprototypes.bytesresponse):
            return answer
        answers.append(answer.data)
        size += len(answer.data)
    return wireprototypes.bytesresponse(b';'.join(answers))


def isbatchable(command):
    """Whether hg, or an extension of it, would put a command in a batch: neither
    another batch, nor what is answered by a stream."""
    name, space, _arguments = command.partition(b' ')
    method = getattr(
        wireprotov1peer.wirepeer, name.decode('latin-1'), None
    )
    if hasattr(method, 'batchable'):
        return bool(space)
    # topic's clients batch a command that no peer of the host's own process has
    entry = wireprotov1server.commands.get(name)
    added = entry and not entry.func.__module__.startswith('mercurial.')
    return bool(space and added)


def notasked(repo, proto, *args):
    """Answer none of the commands of before hg 1.9, which walk the history once
    for each of their arguments."""
    raise NeverAsked('hg 1.9 and newer have no need of this command')


def between(orig, repo, proto, pairs):
    """wireprotov1server.between, another of those, for what hg still asks."""
    if pairs != NOTHING:
        return notasked(repo, proto)
    return orig(repo, proto, pairs)


def mustbeshort(headers):
    """Raise TooMuch unless a command's arguments are few enough: those in
    headers, and those ahead of a body, whose length a header says."""
    size = headers.get(b'X-HgArgs-Post', b'0')
    inheaders = sum(
        len(value)
        for name, value in headers.items()
        if name.lower().startswith(b'x-hgarg-')
    )
    # not what only Python reads as a number, nor one that takes it long to
    isnumber = size.isdigit() and len(size) < 20
    if not isnumber or int(size) + inheaders > MOST_ARGUMENTS:
        raise TooMuch('a command has %d bytes of arguments at most' % MOST_ARGUMENTS)


def noclonebundles(repo, proto, *args):
    """Announce no bundle: it would be fetched from where nobody judges."""
    return wireprototypes.bytesresponse(b'')


def nobundle(repo, proto, *args):
    """Hand no file out as a bundle that was announced (since Mercurial 6.5):
    Mercurial takes any whose path begins as the bundles' folder does."""
    return wireprototypes.ooberror(b'this host hands out no clone bundles\n')
