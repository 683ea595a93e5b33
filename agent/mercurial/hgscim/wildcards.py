# wildcards.py - patterns of repositories, branches, bookmarks and files
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""names with wildcards, as the access file's patterns are written

``*`` stands for any characters of one segment of a path, also none, and ``?``
for one. The segment ``**`` stands for any number of whole segments, and at the
end of a pattern for at least one.

No regular expression, which would try every way to share out what several
wildcards stand for: this takes time by the length of the name times that of
the pattern at worst, whatever they are. The agent has the same, in
model/glob.ts.
"""


class PathGlob:
    """A pattern of paths."""

    def __init__(self, pattern):
        self._segments = pattern.split('/')
        if self._segments[-1] == '**':
            self._segments.insert(-1, '*')

    def matches(self, path):
        """Whether the whole path is such a name."""
        return match(self._segments, path.split('/'), '**', segmentfits)


def segmentfits(pattern, segment):
    return pattern == segment or match(pattern, segment, '*', characterfits)


def characterfits(pattern, character):
    return pattern == character or pattern == '?'


def match(pattern, items, run, fits):
    """Whether a pattern stands for all of the items.

    ``run`` is the part of a pattern that stands for any number of items, also
    none; any other part stands for the one that it ``fits``. Where one does
    not fit, the last run takes one more. No earlier run has to: what it could
    take besides, the last one can take as well.
    """
    at = following = 0
    # where the pattern goes on after its last run so far, and the items after
    # what that run takes
    after, reach = None, 0
    while True:
        ended = following == len(pattern)
        if not ended and pattern[following] == run:
            following += 1
            after, reach = following, at
        elif at == len(items):
            return ended
        elif not ended and fits(pattern[following], items[at]):
            following += 1
            at += 1
        elif after is not None:
            reach += 1
            following, at = after, reach
        else:
            return False
