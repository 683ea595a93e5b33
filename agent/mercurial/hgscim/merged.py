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

from mercurial import (
    config,
    error,
)

# The files that a .hgsub may lead to.
MOST_INCLUDED = 100
# What there is of a subrepository.
SOURCE, REWRITTEN = 'source', 'rewritten'
# How many pairs of changesets are looked at for what a merge started from.
MOST_PAIRS = 100


class Unfit(Exception):
    """A push that nobody may make: what it does, for the person, and why
    not."""


def changedfiles(unfiltered, context):
    """The files that a changeset changes."""
    manifest = context.manifest()
    parents = [parent.manifest() for parent in context.parents()]
    differing = [set(manifest.diff(parent)) for parent in parents]

    def entries(context):
        manifest = context.manifest()
        return lambda path: (manifest.get(path), manifest.flags(path))

    return sorted(changed(unfiltered, context, differing, entries))


def changedsubrepositories(unfiltered, context):
    """The paths of subrepositories that a changeset changes: all that a
    checkout has below such a path comes with it."""
    here, *there = map(subrepositories, (context, *context.parents()))
    differing = [
        {
            place
            for place in here.keys() | other.keys()
            if here.get(place) != other.get(place)
        }
        for other in there
    ]

    def entries(context):
        return subrepositories(context).get

    found = changed(unfiltered, context, differing, entries)
    return sorted({path for path, _what in found})


def changed(unfiltered, context, differing, entries):
    """Those of the places where a changeset differs from its parents, a set for
    each, that it changes. ``entries`` gives for a context what tells a place's
    entry there."""
    if len(differing) == 1:
        return differing[0]
    once = differing[0] ^ differing[1]
    if not once:
        return differing[0] & differing[1]
    parents = context.parents()
    nodes = [parent.node() for parent in parents]
    pairs = itertools.repeat(None, MOST_PAIRS)
    bases = commonheads(unfiltered, *nodes)
    start = settled(unfiltered, bases, once, entries, pairs) or {}
    found = differing[0] & differing[1]
    for parent, others in zip(parents, differing):
        # as the other parent has it, and other than this one
        entry = entries(parent)
        for place in others & once:
            if place not in start or start[place] != entry(place):
                found.add(place)
    return found


def settled(unfiltered, nodes, places, entries, pairs):
    """Each place to the entry that a merge of changesets has there; but for
    those where it conflicts. None when there are no ``pairs`` left to look at.
    """
    looks = [(node, entries(unfiltered[node])) for node in nodes]
    found = {place: {entry(place) for _node, entry in looks} for place in places}
    for (one, entry), (other, others) in itertools.combinations(looks, 2):
        apart = {place for place in places if entry(place) != others(place)}
        if not apart:
            continue
        if next(pairs, pairs) is pairs:
            return None
        bases = commonheads(unfiltered, one, other)
        start = settled(unfiltered, bases, apart, entries, pairs)
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


def subrepositories(context):
    """What there is of each path of a subrepository, as ``subrepoutil.state``
    reads it: SOURCE, with the revision; and REWRITTEN, by what changes all
    sources ([subpaths]), which is not tried, since that may take for ever.
    Raises Unfit where .hgsub has no end: each file may include others twice."""
    found = config.config()
    files = []

    def read(name, sections=None, remap=None):
        files.append(name)
        if len(files) > MOST_INCLUDED:
            raise unreadable('it includes too many files')
        if name in context:
            content = context[name].data()
            found.parse(name, content, sections, remap, read)

    def unreadable(why):
        what = 'push changeset %s to' % context.hex()[:12].decode('ascii')
        return Unfit(what, 'nobody can read its .hgsub: %s' % why)

    try:
        read(b'.hgsub')
    except error.ConfigError:
        raise unreadable('it is malformed')
    revisions = {}
    if b'.hgsubstate' in context:
        for line in context[b'.hgsubstate'].data().splitlines():
            revision, _space, path = line.lstrip().partition(b' ')
            revisions[path] = revision
    rewriting = tuple(found.items(b'subpaths'))
    state = {}
    for path, source in found.items(b''):
        state[path, SOURCE] = source, revisions.get(path)
        if rewriting:
            state[path, REWRITTEN] = rewriting
    return state
