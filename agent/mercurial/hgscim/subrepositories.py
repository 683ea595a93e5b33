# subrepositories.py - what a changeset has of subrepositories
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""subrepositories, as a changeset's .hgsub and .hgsubstate have them"""

from mercurial import (
    config,
    error,
)

from .unfit import Unfit
from .work import LINE

HGSUB, HGSUBSTATE = b'.hgsub', b'.hgsubstate'
# The files that a .hgsub may lead to.
MOST_INCLUDED = 100
# Bytes of all these, and of a .hgsubstate.
MOST_BYTES = 1 << 20
# What there is of a subrepository.
SOURCE, REWRITTEN = 'source', 'rewritten'


class Subrepositories:
    """What the changesets of one push have of subrepositories; what they have
    in common is read once."""

    def __init__(self, work, manifests):
        self._work = work
        self._manifests = manifests
        # by the nodes of both files, and by that of the manifest
        self._known = {}
        # manifests where other files are included
        self._including = set()

    def of(self, context):
        """What there is of each path of a subrepository, as
        ``subrepoutil.state`` reads it: SOURCE, with the revision; and REWRITTEN,
        by what changes all sources ([subpaths]), which is not tried, since that
        may take for ever. The same object for the same files.

        Raises Unfit where .hgsub has no end, for each file may include others
        twice; and where there is more than anybody writes.
        """
        node = context.manifestnode()
        if node not in self._known:
            state = self._asbefore(context)
            self._known[node] = self._look(context) if state is None else state
        return self._known[node]

    def _asbefore(self, context):
        """The same where it is its parent's, else None."""
        before = context.p1().manifestnode()
        if before in self._known and before not in self._including:
            told = self._manifests.told(context, context.p1())
            if told is not None and HGSUB not in told and HGSUBSTATE not in told:
                return self._known[before]
        return None

    def _look(self, context):
        manifest = context.manifest()
        files = manifest.get(HGSUB), manifest.get(HGSUBSTATE)
        if files in self._known:
            return self._known[files]
        state, included = self._read(context)
        if included:
            # what is included may be another file elsewhere
            self._including.add(context.manifestnode())
        else:
            self._known[files] = state
        return state

    def _read(self, context):
        """The same, and whether there are other files in it."""
        found = config.config()
        contents = []

        def read(name, sections=None, remap=None):
            if len(contents) == MOST_INCLUDED:
                raise unreadable(context, 'it includes too many files')
            contents.append(self._content(context, name, contents))
            found.parse(name, contents[-1], sections, remap, read)

        try:
            read(HGSUB)
        except error.ConfigError:
            raise unreadable(context, 'it is malformed')
        revisions = {}
        for line in self._content(context, HGSUBSTATE).splitlines():
            revision, _space, path = line.lstrip().partition(b' ')
            revisions[path] = revision
        rewriting = tuple(found.items(b'subpaths'))
        state = {}
        for path, source in found.items(b''):
            state[path, SOURCE] = source, revisions.get(path)
            if rewriting:
                state[path, REWRITTEN] = rewriting
        return state, len(contents) > 1

    def _content(self, context, name, before=()):
        """What a changeset's file has; nothing where there is none."""
        content = context[name].data() if name in context else b''
        if len(content) + sum(map(len, before)) > MOST_BYTES:
            raise unreadable(context, 'it has more than %d bytes' % MOST_BYTES)
        self._work.spend(LINE * content.count(b'\n'))
        return content


def unreadable(context, why):
    what = 'push changeset %s to' % context.hex()[:12].decode('ascii')
    return Unfit(what, 'nobody can read its .hgsub: %s' % why)
