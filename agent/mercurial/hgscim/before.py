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

from collections import Counter

from mercurial import repoview, tags

from .work import LINE, Work

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
        name what they did, or for which a head's file has more than any had, or
        none has as much as one had: the longest one wins later on. Raises Unfit
        where too much of it is new."""
        unfiltered = repo.unfiltered()
        unfiltered.invalidatevolatilesets()
        hidden = repoview.filterrevs(unfiltered, SERVED)
        after = heads(unfiltered)
        if after == self._heads and hidden == self._hidden:
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
        old = known(unfiltered, map(files.get, self._heads))
        new = known(unfiltered, map(files.get, after))
        work, log = Work(repo.ui), unfiltered.file(TAGS)
        for file in set(new) - set(old):
            work.spend(LINE * log.read(file).count(b'\n'))
        before = tagged(unfiltered, old, self._hidden)
        after = tagged(unfiltered, new, hidden)
        moved = {
            name
            for name in before.keys() | after.keys()
            if before.get(name) != after.get(name)
        }
        moved |= longer(unfiltered, old, new) | longer(unfiltered, new, old)
        return sorted(moved)


def heads(unfiltered):
    return sorted(unfiltered.filtered(SERVED).changelog.headrevs())


def known(unfiltered, files):
    """The nodes of the heads' files, each once."""
    log = unfiltered.file(TAGS)
    none = (None, unfiltered.nullid)
    return [
        node
        for node in dict.fromkeys(files)
        if node not in none and log.hasnode(node)
    ]


def tagged(unfiltered, files, hidden):
    """Each tag to the node that it names, as ``tags.findglobaltags`` has it, but
    for those of changesets that are hidden."""
    found = tags._tagsfromfnodes(unfiltered.ui, unfiltered, files)
    rev = unfiltered.changelog.index.get_rev
    return {
        name: node
        for name, (node, _earlier) in found.items()
        if node != unfiltered.nullid and rev(node) not in hidden
    }


def longer(unfiltered, files, others):
    """The names of tags for which one of the others has a line that none of the
    files has, or has it more often."""
    had = {}
    for file in files:
        for name, lines in linesof(unfiltered, file):
            had.setdefault(name, []).append(lines)
    return {
        name
        for file in set(others) - set(files)
        for name, lines in linesof(unfiltered, file)
        if all(lines - each for each in had.get(name, [Counter()]))
    }


def linesof(unfiltered, file):
    """Each tag of a file, and how often it names each node."""
    found = tags._tagsfromfnodes(unfiltered.ui, unfiltered, [file])
    for name, (node, earlier) in found.items():
        yield name, Counter([*earlier, node])
