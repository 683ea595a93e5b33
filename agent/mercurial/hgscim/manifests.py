# manifests.py - what the manifests of a push have otherwise
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""how the manifests of one push differ, mostly as their deltas tell

Most changesets change some files of thousands, and are stored as that. To read
each manifest whole for it, and for its parents, took ten times as long as to
store the push. What a delta tells is taken where it is as hg writes it: whole
entries, in order, also with those around it. All else is read whole.
"""

import hashlib
import itertools
import re
import struct

from mercurial import mdiff

# Bytes of manifests that are kept, since others are made from them.
MOST_KEPT = 64 << 20
# Bytes of a delta above which a manifest that is read whole is no slower.
LONGEST_DELTA = 1 << 16
HUNK = struct.Struct('>lll')
ENTRY = re.compile(rb'([^\0\r\n]+)\0([0-9a-f]{40})([lx]?)')
NOTHING = None, b''


class Manifests:
    """The manifests of the changesets of one push, and those before them."""

    def __init__(self, unfiltered):
        self._log = unfiltered.manifestlog
        self._storage = self._log.getstorage(b'')
        # a manifest's node to its text, the last used at the end
        self._texts = {}

    def diff(self, here, there):
        """What one changeset has otherwise than another, as ``manifest.diff``
        tells it. Raises ValueError for a manifest that nobody can read."""
        if here.manifestnode() == there.manifestnode():
            return {}
        told = self.told(here, there)
        return here.manifest().diff(there.manifest()) if told is None else told

    def told(self, here, there):
        """The same where the delta tells it, and then the one manifest is as
        sound as the other; else None."""
        node, base = here.manifestnode(), there.manifestnode()
        rev, baserev = map(self._storage.rev, (node, base))
        if there.rev() < 0 or self._storage.deltaparent(rev) != baserev:
            return None
        delta = self._storage.revdiff(baserev, rev)
        if len(delta) > LONGEST_DELTA:
            return None
        before = self._text(base)
        # read besides, so that its name is the one of its content
        self._text(node)
        hunks = list(hunksof(delta))
        old = list(itertools.chain(*(entries(before[s:e]) for s, e, _ in hunks)))
        new = list(itertools.chain(*(entries(data) for _, _, data in hunks)))
        if None in old or None in new or not inorder(before, hunks):
            return None
        old, new = dict(old), dict(new)
        return {
            path: (new.get(path, NOTHING), old.get(path, NOTHING))
            for path in old.keys() | new.keys()
            if old.get(path) != new.get(path)
        }

    def _text(self, node):
        """What a manifest says. Raises StorageError where that has not its
        name."""
        text = self._texts.pop(node, None)
        if text is None:
            text = self._made(node)
        self._texts[node] = text
        kept = sum(map(len, self._texts.values()))
        while kept > MOST_KEPT and len(self._texts) > 2:
            kept -= len(self._texts.pop(next(iter(self._texts))))
        return text

    def _made(self, node):
        rev = self._storage.rev(node)
        baserev = self._storage.deltaparent(rev)
        before = self._texts.get(self._storage.node(baserev))
        if before is not None:
            delta = self._storage.revdiff(baserev, rev)
            text = bytes(mdiff.patch(before, delta))
            if named(text, *self._storage.parents(node)) == node:
                return text
        return self._storage.revision(node)


def named(text, *parents):
    """The name of a revision, as ``storageutil.hashrevisionsha1`` makes it; not
    by Mercurial's own SHA-1, which looks for collisions and takes ten times as
    long."""
    digest = hashlib.sha1(b''.join(sorted(parents)))
    digest.update(text)
    return digest.digest()


def hunksof(delta):
    """The parts of a delta: where each begins and ends in what was before, and
    what is there now."""
    at = 0
    while at < len(delta):
        start, end, size = HUNK.unpack_from(delta, at)
        at += HUNK.size + size
        yield start, end, delta[at - size : at]


def entries(lines):
    """Each path of some lines, with its file's node and flags; None in place of
    what is no line that hg writes."""
    *whole, rest = lines.split(b'\n')
    for line in whole:
        entry = ENTRY.fullmatch(line)
        yield entry and (entry[1], (bytes.fromhex(entry[2].decode()), entry[3]))
    if rest:
        yield None


def inorder(before, hunks):
    """Whether parts of a delta leave whole lines, in order."""
    last, at = b'', 0
    for start, end, data in [*hunks, (len(before), len(before), b'')]:
        if start < at or end < start or not (begins(before, start) and begins(before, end)):
            return False
        if start > at:
            if pathat(before, at) <= last:
                return False
            last = pathat(before, before.rfind(b'\n', 0, start - 1) + 1)
        for line in data.splitlines():
            path = pathat(line, 0)
            if path <= last:
                return False
            last = path
        at = end
    return True


def begins(text, at):
    """Whether a line begins there, or would."""
    return at == 0 or text[at - 1 : at] == b'\n'


def pathat(text, at):
    return text[at : text.find(b'\0', at)]
