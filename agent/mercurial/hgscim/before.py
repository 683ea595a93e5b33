# before.py - what was shown of a repository before
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""what clients were shown of a repository before a transaction, and what that
changes of it without a new changeset

A changeset that was made obsolete is hidden until something visible descends
from it, or a bookmark is set on it. And a tag is what the files .hgtags of all
visible heads make of it.
"""

from mercurial import repoview, tags

TAGS = b'.hgtags'
SERVED = b'served'


class Before:
    """What was shown before a transaction."""

    def __init__(self, repo):
        unfiltered = repo.unfiltered()
        self._hidden = repoview.filterrevs(unfiltered, SERVED)
        self._heads = heads(unfiltered)

    def revived(self, repo):
        """The revision numbers of what was hidden before and is shown now."""
        unfiltered = repo.unfiltered()
        # what a marker, a phase or a bookmark of the transaction hides or shows
        unfiltered.invalidatevolatilesets()
        return sorted(self._hidden - repoview.filterrevs(unfiltered, SERVED))

    def movedtags(self, repo):
        """The names of tags, as Mercurial stores them in memory, that do not
        name what they did."""
        unfiltered = repo.unfiltered()
        after = heads(unfiltered)
        if after == self._heads:
            return []
        # It is not written: what is refused stays in no cache.
        cache = tags.hgtagsfnodescache(unfiltered)
        files = {
            rev: cache.getfnode(unfiltered.changelog.node(rev))
            for rev in set(self._heads) & set(after)
        }
        # The cache overlooks that a changeset removes the file.
        for rev in set(self._heads) ^ set(after):
            files[rev] = unfiltered[rev].manifest().get(TAGS)
        before = tagged(unfiltered, map(files.get, self._heads))
        after = tagged(unfiltered, map(files.get, after))
        return sorted(
            name
            for name in before.keys() | after.keys()
            if before.get(name) != after.get(name)
        )


def heads(unfiltered):
    return sorted(unfiltered.filtered(SERVED).changelog.headrevs())


def tagged(unfiltered, files):
    """Each tag to the node that it names, as ``tags.findglobaltags`` has it, by
    the nodes of the heads' files."""
    none = (None, unfiltered.nullid)
    log = unfiltered.file(TAGS)
    nodes = [
        node
        for node in dict.fromkeys(files)
        if node not in none and log.hasnode(node)
    ]
    found = tags._tagsfromfnodes(unfiltered.ui, unfiltered, nodes)
    return {
        name: node
        for name, (node, _earlier) in found.items()
        if node not in none
    }
