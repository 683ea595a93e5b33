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
import re

from mercurial import changelog as changelogs
from mercurial import error
from mercurial.node import short
from mercurial.revlogutils.constants import KIND_FILELOG

# Seconds from 1970 that hg commits, and those of a day, which no time zone is
# away from UTC.
DATES = range(-0x80000000, 0x80000000)
DAY = 24 * 60 * 60
# The longest number that either can be, in bytes; a float has a fraction.
LONGEST_NUMBER = 32
# What a changeset begins with.
NODE = re.compile(b'[0-9a-f]{40}')
# A file, a symbolic link, a program.
FLAGS = (b'', b'l', b'x')
UNREADABLE = 'nobody can read its manifest'
# Around what a file's revision says of what it was copied from.
META = b'\1\n'


def unsound(context, came, told):
    """Why some client cannot read what a changeset that came has, in words, or
    None. ``came`` is what came for it, and ``told`` how it differs from its parent, by
    entries that are as sound; None where that is to be seen."""
    why = unsoundmanifests(context, came) if told is None else None
    return why or unsoundfiles(context, came, told)


def unsoundtext(text):
    """The same of what a changeset says of itself, which ``changelog.add`` writes
    in one way."""
    try:
        manifest, user, when, rest = text.split(b'\n', 3)
        date, zone, *extra = when.split(b' ', 2)
    except ValueError:
        return 'it is malformed'
    if not NODE.fullmatch(manifest) or not (b'\n' + rest).count(b'\n\n'):
        return 'it is malformed'
    if not user or user.strip() != user or b'\r' in user:
        return 'its user is none'
    return unsounddate(date, zone) or unsoundextra(*extra)


def unsounddate(date, zone):
    try:
        fits = len(date) <= LONGEST_NUMBER and len(zone) <= LONGEST_NUMBER
        seconds, offset = (float(date), int(zone)) if fits else (math.nan, 0)
    except ValueError:
        seconds, offset = math.nan, 0
    if not math.isfinite(seconds) or int(seconds) not in DATES:
        return 'its date is none'
    if abs(offset) > DAY:
        return 'its time zone is none'
    return None


def unsoundextra(raw=b''):
    """Why what a changeset says besides is read otherwise than it is written,
    or None."""
    try:
        extra = dict(changelogs.decodeextra(raw))
    except ValueError:
        return 'it is malformed'
    parts = raw.split(b'\0') if raw else []
    if not any(part.startswith(b'branch:') for part in parts):
        del extra[b'branch']
    read = changelogs.encodeextra(extra).split(b'\0') if extra else []
    return None if sorted(parts) == sorted(read) else 'it is malformed'


def unsoundmanifests(context, came):
    """The same of the manifests that came for it. A path that a parent has is
    left alone, so that it can be removed."""
    for kind, folder, node in came:
        if kind == KIND_FILELOG:
            continue
        log = context.repo().manifestlog.getstorage(folder)
        text = log.revision(node)
        if text.count(b'\0') != text.count(b'\n'):
            return UNREADABLE
        try:
            manifest = context.manifest()
        except ValueError:
            return UNREADABLE
        if b'\r' not in text:
            continue
        parents = [parent.manifest() for parent in context.parents()]
        for path in manifest:
            if b'\r' in path and not any(path in there for there in parents):
                return 'the path %s has a line break' % named(path)
    return None


def unsoundfiles(context, came, told):
    """The same of the files that it lists: hg looks there for what to send
    with it, and for what there is to verify."""
    parents = context.parents()
    changelog = context.repo().changelog
    listed = set(changelog.changelogrevision(context.rev()).files)
    changed = {path for kind, path, _node in came if kind == KIND_FILELOG}
    try:
        if told is None:
            told = context.manifest().diff(parents[0].manifest())
    except ValueError:
        return UNREADABLE
    for path, ((here, flags), (there, _)) in told.items():
        if here is not None and flags not in FLAGS:
            return UNREADABLE
        # a merge has what the other parent has changed
        if here not in (None, there) and len(parents) == 1:
            changed.add(path)
    for path in sorted(changed - listed):
        return 'it does not list the file %s, which it changes' % named(path)
    # what differs is in one of both
    for path in sorted(listed - told.keys()):
        if not any(path in each.manifest() for each in (context, *parents)):
            return 'it lists the file %s, which is not there' % named(path)
    return None


def unsoundrevision(revlog, rev):
    """Why nobody can read a file's revision, or None."""
    try:
        text = revlog.revision(rev)
    except error.CensoredNodeError:
        return 'it is censored'
    except error.StorageError:
        return 'its content is another one'
    if not text.startswith(META):
        return None
    said, end, _content = text[len(META) :].partition(META)
    pairs = [line.partition(b': ') for line in said.splitlines()]
    if not end or not all(between for _key, between, _value in pairs):
        return 'it is malformed'
    meta = {key: value for key, _between, value in pairs}
    if (b'copy' in meta) != (b'copyrev' in meta):
        return 'it is malformed'
    if b'copyrev' in meta and not NODE.fullmatch(meta[b'copyrev']):
        return 'it is malformed'
    return None


def named(path):
    return ascii(path.decode('utf-8', 'backslashreplace'))
