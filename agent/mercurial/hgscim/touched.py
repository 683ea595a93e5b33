# touched.py - what a transaction touches
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""the branches, bookmarks and files that a transaction touches"""

from mercurial import (
    encoding,
    error,
)

from .access import BOOKMARK, BRANCH, PATH, label
from .merged import Changes
from .names import fault
from .paths import fits, rivals, unfitpath
from .unfit import Unfit
from .work import Work

# What a changeset says in its extra that hg, or the topic extension, keeps as
# a name.
NAMING = (b'branch', b'topic', b'topic-namespace')
# The branch that every repository has: it is no bookmark's namesake.
DEFAULT = 'default'


def touchedlabels(repo, transaction, before):
    """Each branch and bookmark that a transaction touches, as a label,
    and what it does to it: for the person. Raises Unfit.

    New changesets are on their branch, whether they begin, continue, merge
    into or close it; and so are those that were hidden ``before`` and come back,
    since something on top of them does. A change of phase or an obsolescence
    marker touches the branch of its changeset. A bookmark changes no branch
    but the one whose name it bears: ``hg update NAME`` would follow the
    bookmark. Where a rule names a bookmark that is not there, a branch or topic
    of its name would be followed.

    A new name must be one that Mercurial reads back as it was sent.
    """
    unfiltered = repo.unfiltered()
    changelog = unfiltered.changelog
    touched = {}

    def touch(what, rev):
        # Not from the context or a cache, which may have the name in an
        # encoding that loses some of it.
        extra = changelog.changelogrevision(rev).extra
        node = changelog.node(rev).hex()[:12]
        name = utf8(extra[b'branch'])
        push = 'push %s %s to branch %s of' % (what, node, name)
        touched.setdefault(label(BRANCH, name), push)
        if name != DEFAULT:
            touched.setdefault(label(BOOKMARK, name, True), push)
        if b'topic' in extra:
            topic = utf8(extra[b'topic'])
            push = 'push %s %s of topic %s to' % (what, node, topic)
            touchnamesakes(touched, topic, push)

    first = transaction.changes[b'origrepolen']
    for rev in range(first, len(changelog)):
        extra = changelog.changelogrevision(rev).extra
        node = changelog.node(rev).hex()[:12]
        for naming in NAMING:
            if naming in extra:
                what = '%s %%s of changeset %s' % (naming.decode('ascii'), node)
                mustfit(what, extra[naming])
        touch('changeset', rev)
    for rev in before.revived(repo):
        touch('what brings back changeset', rev)
    for revs, _phases in transaction.changes[b'phases']:
        for rev in revs:
            if rev < first:
                touch('the phase of changeset', rev)
    predecessors = {marker[0] for marker in transaction.changes[b'obsmarkers']}
    known = map(changelog.index.get_rev, predecessors)
    for rev in sorted(rev for rev in known if rev is not None):
        touch('the obsolescence of changeset', rev)
    for bookmark, (_old, new) in transaction.changes[b'bookmarks'].items():
        stored = storedname(bookmark)
        if new is not None:
            mustfit('bookmark %s', stored)
        name = stored.decode('utf-8', 'replace')
        touched[label(BOOKMARK, name)] = 'push bookmark %s to' % name
        push = 'push bookmark %s to branch %s of' % (name, name)
        touched.setdefault(label(BRANCH, name), push)
    return touched


def touchednames(repo, before):
    """Each tag that a transaction changes, likewise: it is followed before a
    branch of its name, and where there is no bookmark of it."""
    touched = {}
    for tag in before.movedtags(repo):
        name = storedname(tag).decode('utf-8', 'replace')
        touchnamesakes(touched, name, 'push tag %s to' % name)
    return touched


def touchnamesakes(touched, name, push):
    for kind in (BRANCH, BOOKMARK):
        touched.setdefault(label(kind, name, True), push)


def mustfit(what, stored):
    """Raise Unfit unless a name can be judged. ``what`` has a place for it."""
    wrong = fault(stored)
    if wrong:
        name = ascii(stored.decode('utf-8', 'backslashreplace'))
        raise Unfit(
            'push %s to' % what % name,
            'Mercurial does not read such a name as it is sent, for it %s'
            % wrong,
        )


def storedname(name):
    """The bytes that a bookmark's or tag's name has, or would have, in its
    file."""
    try:
        return encoding.fromlocal(name)
    except error.Abort:
        return bytes(name)


def touchedpaths(repo, transaction, before):
    """Each file that the new changesets of a transaction change, or those that
    it brings back, as touched labels are. Raises Unfit for files that break some
    client's checkout.

    By what the manifests say. A changeset's own list of files is only what its
    client says of it.
    """
    unfiltered = repo.unfiltered()
    revs = range(transaction.changes[b'origrepolen'], len(unfiltered))
    work = Work(repo.ui)
    changes = Changes(unfiltered, work)
    touched, files, added = {}, set(), {}
    names = {}
    for rev in changes.distinct((*revs, *before.revived(repo))):
        context = unfiltered[rev]
        what = 'push changeset %s, which changes %%s, to' % context.hex()[
            :12
        ].decode('ascii')
        found, new = changes.files(context)
        if rev >= revs.start:
            # each path once, since many changesets may add the same ones
            added[rev] = {names.setdefault(path, path) for path in new}
        changed = found - files
        files |= changed
        for path in sorted(changed):
            name = path.decode('utf-8', 'surrogateescape')
            touched.setdefault(label(PATH, name), what % name)
        for path in sorted(changes.subrepositories(context)):
            name = path.decode('utf-8', 'surrogateescape')
            subrepository = 'the subrepository %s' % name
            touched.setdefault(label(PATH, name), what % subrepository)
    mustcheckout(unfiltered, revs.start, added, work)
    return touched


def mustcheckout(unfiltered, first, added, work):
    """Raise Unfit unless the files that changesets add, each by its revision
    number, can be had on every system, also beside the others. What was there
    before ``first`` is left alone."""
    there = {}
    # First of all, since what comes after takes long for long paths.
    for rev, paths in added.items():
        context = unfiltered[rev]
        parents = context.parents()
        for parent in parents:
            if parent.rev() < first:
                there[parent.manifestnode()] = parent
        # of the first parent that is known
        manifests = [parent.manifest() for parent in parents[1:]]
        for path in sorted(paths):
            if not any(path in manifest for manifest in manifests):
                refuse(context, path, unfitpath(path))
    news = {path for paths in added.values() for path in paths if fits(path)}
    if not news:
        return
    before = set()
    for parent in there.values():
        before.update(filter(fits, parent.manifest()))
    against = rivals(before, news, work)
    for rev, paths in added.items():
        beside = sorted(filter(against.get, paths))
        if not beside:
            continue
        context = unfiltered[rev]
        manifest = context.manifest()
        manifests = [parent.manifest() for parent in context.parents()]
        for path in beside:
            for rival in against[path]:
                if rival in manifest and not any(
                    path in there and rival in there for there in manifests
                ):
                    name = rival.decode('utf-8', 'backslashreplace')
                    refuse(context, path, 'not beside %s' % ascii(name))


def refuse(context, path, why):
    """Raise Unfit for a file that a changeset adds, if there is a reason."""
    if why:
        what = 'push changeset %s, which adds %s, to' % (
            context.hex()[:12].decode('ascii'),
            ascii(path.decode('utf-8', 'backslashreplace')),
        )
        raise Unfit(what, 'not every system can check that out: %s' % why)


def utf8(name):
    """A branch's stored name as Mercurial reads it: UTF-8, or else latin-1."""
    return encoding.fromlocal(encoding.tolocal(name)).decode('utf-8')
