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

from mercurial import encoding

from .access import BOOKMARK, BRANCH, PATH


def touchedlabels(repo, transaction):
    """Each branch and bookmark that a transaction touches, as (kind, name),
    and what it does to it: for the person.

    New changesets are on their branch, whether they begin, continue, merge
    into or close it. A change of phase or an obsolescence marker touches the
    branch of its changeset. A bookmark changes no branch but the one whose
    name it bears: ``hg update NAME`` would follow the bookmark.
    """
    unfiltered = repo.unfiltered()
    changelog = unfiltered.changelog
    touched = {}

    def touch(what, rev):
        # Not from the context or a cache, which may have the name in an
        # encoding that loses some of it.
        name = utf8(changelog.changelogrevision(rev).extra[b'branch'])
        if (BRANCH, name) not in touched:
            node = changelog.node(rev).hex()[:12]
            push = 'push %s %s to branch %s of' % (what, node, name)
            touched[BRANCH, name] = push

    first = transaction.changes[b'origrepolen']
    for rev in range(first, len(changelog)):
        touch('changeset', rev)
    for revs, _phases in transaction.changes[b'phases']:
        for rev in revs:
            if rev < first:
                touch('the phase of changeset', rev)
    predecessors = {marker[0] for marker in transaction.changes[b'obsmarkers']}
    known = map(changelog.index.get_rev, predecessors)
    for rev in sorted(rev for rev in known if rev is not None):
        touch('the obsolescence of changeset', rev)
    for bookmark in transaction.changes[b'bookmarks']:
        name = encoding.fromlocal(bookmark).decode('utf-8')
        touched[BOOKMARK, name] = 'push bookmark %s to' % name
        push = 'push bookmark %s to branch %s of' % (name, name)
        touched.setdefault((BRANCH, name), push)
    return touched


def touchedpaths(repo, transaction):
    """Each file that the new changesets of a transaction change, as touched
    labels are.

    By what the manifests say. A changeset's own list of files is only what its
    client says of it.
    """
    unfiltered = repo.unfiltered()
    touched = {}
    for rev in range(transaction.changes[b'origrepolen'], len(unfiltered)):
        context = unfiltered[rev]
        what = 'push changeset %s, which changes %%s, to' % context.hex()[
            :12
        ].decode('ascii')
        for path in changedfiles(unfiltered, context):
            name = path.decode('utf-8', 'surrogateescape')
            touched.setdefault((PATH, name), what % name)
    return touched


def changedfiles(unfiltered, context):
    """The files that a changeset changes; of a merge those that are not as a
    merge without conflicts leaves them: as one parent has them, while the
    other one has not changed them since they parted.
    """
    manifest = context.manifest()
    parents = [parent.manifest() for parent in context.parents()]
    differing = [set(manifest.diff(parent)) for parent in parents]
    if len(parents) == 1:
        return sorted(differing[0])
    p1, p2 = [parent.node() for parent in context.parents()]
    heads = unfiltered.changelog.commonancestorsheads(p1, p2)
    bases = [unfiltered[head].manifest() for head in heads or [unfiltered.nullid]]

    def entry(manifest, path):
        return manifest.get(path), manifest.flags(path)

    changed = differing[0] & differing[1]
    for parent, others in zip(parents, differing):
        # as the other parent has it, and other than this one
        for path in others - changed:
            here = entry(parent, path)
            if any(entry(base, path) != here for base in bases):
                changed.add(path)
    return sorted(changed)


def utf8(name):
    """A branch's stored name as Mercurial reads it: UTF-8, or else latin-1."""
    return encoding.fromlocal(encoding.tolocal(name)).decode('utf-8')
