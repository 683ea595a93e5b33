# sound.py - changesets that every client can read
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""what hg refuses to commit, and Mercurial takes from a client all the same

A date that is no number ends ``hg log`` for everybody, and a line break in the
path of a file ends ``hg verify`` and clones of the store's files.
"""

import math

from mercurial.node import short
from mercurial.revlogutils.constants import KIND_FILELOG

# Seconds from 1970 that hg commits, and those of a day, which no time zone is
# away from UTC.
DATES = range(-0x80000000, 0x80000000)
DAY = 24 * 60 * 60
# The longest number that either can be, in bytes; a float has a fraction.
LONGEST_NUMBER = 32


def unsound(repo, transaction, brought):
    """None, or a changeset that came with a transaction and that some client
    cannot read: its node, and why, in words. ``brought`` is each changeset's
    revision number to what came for it."""
    unfiltered = repo.unfiltered()
    changelog = unfiltered.changelog
    for rev in range(transaction.changes[b'origrepolen'], len(changelog)):
        why = unsoundtext(changelog, rev) or unsoundmanifests(
            unfiltered, rev, brought.get(rev, ())
        )
        if why:
            return short(changelog.node(rev)).decode('ascii'), why
    return None


def unsoundtext(changelog, rev):
    """The same of what the changeset says of itself."""
    revision = changelog.changelogrevision(rev)
    try:
        date, zone = revision._rawdate
        fits = len(date) <= LONGEST_NUMBER and len(zone) <= LONGEST_NUMBER
        seconds, offset = (float(date), int(zone)) if fits else (math.nan, 0)
    except ValueError:
        seconds, offset = math.nan, 0
    if not math.isfinite(seconds) or int(seconds) not in DATES:
        return 'its date is none'
    if abs(offset) > DAY:
        return 'its time zone is none'
    return None


def unsoundmanifests(unfiltered, rev, came):
    """The same of the manifests that came for it. A path that a parent has is
    left alone, so that it can be removed."""
    for kind, folder, node in came:
        if kind == KIND_FILELOG:
            continue
        text = unfiltered.manifestlog.getstorage(folder).revision(node)
        if text.count(b'\0') != text.count(b'\n'):
            return 'nobody can read its manifest'
        if b'\r' not in text:
            continue
        parents = [parent.manifest() for parent in unfiltered[rev].parents()]
        for path in unfiltered[rev].manifest():
            if b'\r' in path and not any(path in there for there in parents):
                name = ascii(path.decode('utf-8', 'backslashreplace'))
                return 'the path %s has a line break' % name
    return None
