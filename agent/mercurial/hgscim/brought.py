# brought.py - the files that a push brings
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""revisions of files and manifests: each is one that its changeset has

A bundle says of each revision which changeset it belongs to, and Mercurial
believes it. A revision that belongs to an older changeset changes what others
see of a file's history without any changeset, and those who have that
changeset never get the revision, so that they cannot pull what builds on it.
"""

from mercurial import match
from mercurial.node import short
from mercurial.revlogutils.constants import KIND_CHANGELOG, KIND_FILELOG

from .manifests import NOTHING, Manifests
from .sound import named, unsound, unsoundrevision, unsoundtext
from .unfit import Unfit

# What a transaction notes of changegroups: a changeset's revision number to
# what came for it, each a kind of revlog, its path and a node.
BROUGHT = b'hgscim.brought'
# The first revision of a file that nobody can read: its path, and why.
UNREADABLE = b'hgscim.unreadable'
# The hook of a web request's transactions.
JUDGING = b'pretxnclose.hgscim'


def apply(orig, unpacker, repo, transaction, *args, **kwargs):
    """changegroup.cg1unpacker.apply: note what comes with it, where somebody is
    judged by it."""
    if repo.ui.hasconfig(b'hooks', JUDGING):
        transaction.changes.setdefault(BROUGHT, {})
    return orig(unpacker, repo, transaction, *args, **kwargs)


def addgroup(orig, revlog, deltas, linkmapper, transaction, *args, **kwargs):
    """revlog.addgroup: note which revisions a revlog did not have."""
    first = len(revlog)
    added = orig(revlog, deltas, linkmapper, transaction, *args, **kwargs)
    brought = transaction.changes.get(BROUGHT)
    kind = revlog.target[0]
    if brought is not None and kind != KIND_CHANGELOG and first < len(revlog):
        # its file is opened once
        with revlog.reading():
            note(revlog, range(first, len(revlog)), transaction)
    return added


def note(revlog, revs, transaction):
    """Note revisions that came, and the first of them that nobody can read."""
    kind, path = revlog.target[:2]
    for rev in revs:
        came = kind, path, revlog.node(rev)
        transaction.changes[BROUGHT].setdefault(revlog.linkrev(rev), []).append(came)
        # here, as long as each is made from the one before
        why = kind == KIND_FILELOG and unsoundrevision(revlog, rev)
        if why:
            transaction.changes.setdefault(UNREADABLE, (path, why))


def mustbesound(repo, transaction):
    """Raise Unfit for a revision that came and that nobody can read, or that
    belongs to no changeset that came with it; and for a changeset that some
    client cannot read."""
    if UNREADABLE in transaction.changes:
        path, why = transaction.changes[UNREADABLE]
        raise Unfit('push a revision of file %s to' % named(path), why)
    unfiltered = repo.unfiltered()
    first = transaction.changes[b'origrepolen']
    brought = transaction.changes.get(BROUGHT, {})
    manifests = Manifests(unfiltered)
    for rev in sorted(brought):
        if rev < first:
            mustbe(unfiltered, rev, brought[rev])
    # in order, since each manifest is made from the one before
    for rev in range(first, len(unfiltered)):
        came = brought.get(rev, ())
        context = unfiltered[rev]
        malformed = unsoundtext(unfiltered.changelog.revision(rev))
        if malformed:
            raise unfit(context, malformed)
        told = manifests.told(context, context.p1())
        try:
            mustbe(unfiltered, rev, strays(unfiltered, rev, came, told or {}))
        except ValueError:
            # malformed, which is told as what it is of
            pass
        why = unsound(context, came, told)
        if why:
            raise unfit(context, why)


def unfit(context, why):
    return Unfit('push changeset %s to' % context.hex()[:12].decode('ascii'), why)


def mustbe(unfiltered, rev, strange):
    """Raise Unfit for the first that is not one of a changeset's revisions."""
    for kind, path, _node in strange:
        what = 'file' if kind == KIND_FILELOG else 'manifest'
        node = short(unfiltered.changelog.node(rev)).decode('ascii')
        raise Unfit(
            'push a revision of %s %s for changeset %s to'
            % (what, named(path), node),
            'the changeset did not come with it, or has another one',
        )


def strays(unfiltered, rev, came, told):
    """Those of what came for a changeset that it does not have. ``told`` is how
    it differs from its parent, as far as that is known."""
    root = unfiltered.changelog.changelogrevision(rev).manifest
    doubtful = [
        (kind, path, node)
        for kind, path, node in came
        if (kind == KIND_FILELOG and told.get(path, (NOTHING,))[0][0] != node)
        or (kind != KIND_FILELOG and (path or node != root))
    ]
    if not doubtful:
        return
    manifest = unfiltered.manifestlog[root].read()
    folders = [
        path for kind, path, _node in doubtful if kind != KIND_FILELOG and path
    ]
    trees = {b'': root}
    if folders:
        # a file in each besides, since only what leads to a path is visited
        paths = [path + end for path in folders for end in (b'x', b'')]
        wanted = match.exact([path.rstrip(b'/') for path in paths])
        for tree in manifest.walksubtrees(wanted):
            trees[tree.dir()] = tree.node()
    for each in doubtful:
        kind, path, node = each
        here = manifest.get(path) if kind == KIND_FILELOG else trees.get(path)
        if here != node:
            yield each
