# merged.py - what a changeset changes, also a merge
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""the files and subrepositories that a changeset changes; of a merge those that
are not as a merge without conflicts leaves them

Such a merge leaves what one parent has, where the other one has not changed it
since they parted. Where both lines were merged into each other, they parted at
several changesets: there counts what a merge of those has.
"""

import itertools

from .manifests import NOTHING, Manifests
from .subrepositories import Subrepositories

# How many pairs of changesets are looked at for what a merge started from.
MOST_PAIRS = 100


class Changes:
    """What the changesets of one push change."""

    def __init__(self, unfiltered, work):
        self._unfiltered = unfiltered
        self._work = work
        self._manifests = Manifests(unfiltered)
        self._subrepositories = Subrepositories(work, self._manifests)

    def distinct(self, revs):
        """The revision numbers among ``revs``, but for those of changesets that
        do what another one does."""
        seen = set()
        for rev in revs:
            context = self._unfiltered[rev]
            parents = context.parents()
            # of a merge it matters where the parents parted
            key = context.manifestnode(), *(
                parent.manifestnode() if len(parents) == 1 else parent.node()
                for parent in parents
            )
            if key not in seen:
                seen.add(key)
                yield rev

    def files(self, context):
        """The files that a changeset changes, and those that it has and its
        first parent has not."""
        told = [self._manifests.diff(context, each) for each in context.parents()]
        added = {path for path, (_, there) in told[0].items() if there == NOTHING}

        def entries(context):
            manifest = context.manifest()
            return lambda path: (manifest.get(path), manifest.flags(path))

        return self._changed(context, list(map(set, told)), entries), added

    def subrepositories(self, context):
        """The paths of subrepositories that a changeset changes: all that a
        checkout has below such a path comes with it."""
        of = self._subrepositories.of
        there = list(map(of, context.parents()))
        here = of(context)
        differing = []
        for other in there:
            places = set() if here is other else here.keys() | other.keys()
            self._work.spend(len(places))
            differing.append(
                {each for each in places if here.get(each) != other.get(each)}
            )
        found = self._changed(context, differing, lambda context: of(context).get)
        return {path for path, _what in found}

    def _changed(self, context, differing, entries):
        """Those of the places where a changeset differs from its parents, a set
        for each, that it changes. ``entries`` gives for a context what tells a
        place's entry there."""
        self._work.spend(sum(map(len, differing)))
        if len(differing) == 1:
            return differing[0]
        once = differing[0] ^ differing[1]
        if not once:
            return differing[0] & differing[1]
        parents = context.parents()
        nodes = [parent.node() for parent in parents]
        pairs = itertools.repeat(None, MOST_PAIRS)
        bases = commonheads(self._unfiltered, *nodes)
        start = self._settled(bases, once, entries, pairs) or {}
        found = differing[0] & differing[1]
        for parent, others in zip(parents, differing):
            # as the other parent has it, and other than this one
            entry = entries(parent)
            for place in others & once:
                if place not in start or start[place] != entry(place):
                    found.add(place)
        return found

    def _settled(self, nodes, places, entries, pairs):
        """Each place to the entry that a merge of changesets has there; but for
        those where it conflicts. None when there are no ``pairs`` left to look
        at.
        """
        self._work.spend(len(nodes) * len(places))
        looks = [(node, entries(self._unfiltered[node])) for node in nodes]
        found = {place: {entry(place) for _node, entry in looks} for place in places}
        for (one, entry), (other, others) in itertools.combinations(looks, 2):
            self._work.spend(len(places))
            apart = {place for place in places if entry(place) != others(place)}
            if not apart:
                continue
            if next(pairs, pairs) is pairs:
                return None
            bases = commonheads(self._unfiltered, one, other)
            start = self._settled(bases, apart, entries, pairs)
            if start is None:
                return None
            # what one of the two has not changed is not what a merge has
            for place, stale in start.items():
                if stale in (entry(place), others(place)):
                    found[place].discard(stale)
        return {
            place: each.pop() for place, each in found.items() if len(each) == 1
        }


def commonheads(unfiltered, one, other):
    """The changesets where two parted."""
    heads = unfiltered.changelog.commonancestorsheads(one, other)
    return heads or [unfiltered.nullid]
