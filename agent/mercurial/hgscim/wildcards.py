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

import functools


class PathGlob:
    """A pattern of paths."""

    def __init__(self, pattern):
        self._segments = segmentsof(pattern)

    def matches(self, path):
        """Whether the whole path is such a name."""
        return match(self._segments, path.split('/'), '**', segmentfits)


# patterns are few, and asked of every repository
pathglob = functools.lru_cache(maxsize=1024)(PathGlob)


class PathGlobs:
    """Patterns of paths, each known by its place in a list, that many paths are
    looked up in.

    All patterns are followed at once, segment by segment, and what is left of
    them in a folder is worked out once for all paths in it.
    """

    def __init__(self, patterns):
        self._patterns = [segmentsof(pattern) for pattern in patterns]
        self._lefts = {}
        starts = ((n, 0) for n in range(len(self._patterns)))
        self._start = self._left(starts)
        self._folders = {None: self._start}

    def found(self, path, above=False):
        """The places of the patterns that the path matches; ``above`` asks for
        those too that name it as a folder of theirs."""
        folder, slash, name = path.rpartition('/')
        folder = folder if slash else None
        left = self._folders.get(folder)
        if left is None:
            left = self._start
            for segment in folder.split('/'):
                following = left.following.get(segment)
                if following is None:
                    following = self._left(left.stay + left.fit(segment))
                    left.following[segment] = following
                left = following
            self._folders[folder] = left
        found = set(left.whole)
        for n, at in left.fit(name):
            segments = self._patterns[n]
            if segments[at:] in ([], ['**']):
                found.add(n)
            elif above and names(segments[at - 1]):
                found.add(n)
        return found

    def _left(self, positions):
        """What is left of the patterns from some places on in them."""
        open = set()
        for n, at in positions:
            open.add((n, at))
            while self._patterns[n][at : at + 1] == ['**']:
                at += 1
                open.add((n, at))
        key = frozenset(open)
        if key not in self._lefts:
            self._lefts[key] = Left(self._patterns, key)
        return self._lefts[key]


class Left:
    """What is left of patterns: how each may go on."""

    def __init__(self, patterns, positions):
        self.following = {}
        # the places of ** segments, and the patterns that end with theirs
        self.stay, self.whole = [], []
        self._literal, self._wild = {}, []
        for n, at in positions:
            if at == len(patterns[n]):
                continue
            segment = patterns[n][at]
            if segment == '**':
                self.stay.append((n, at))
                if at == len(patterns[n]) - 1:
                    self.whole.append(n)
            elif '*' in segment or '?' in segment:
                self._wild.append((fitting(segment), (n, at + 1)))
            else:
                self._literal.setdefault(segment, []).append((n, at + 1))

    def fit(self, segment):
        """The places after what a segment of a path fits, but for ``**``."""
        literal = self._literal.get(segment, [])
        return literal + [to for fits, to in self._wild if fits(segment)]


def segmentsof(pattern):
    """The segments of a pattern, with one that must be there before the last
    ``**``."""
    segments = pattern.split('/')
    if segments[-1] == '**':
        segments.insert(-1, '*')
    return segments


def names(pattern):
    """Whether a pattern, or a segment of one, names anything, and is not wild as
    a whole."""
    return pattern.strip('*?/') != ''


def fitting(pattern):
    """Whether a segment fits a pattern's one, as a function of it."""
    head, star, tail = pattern.partition('*')
    if '?' in pattern or '*' in tail or not star:
        return lambda segment: segmentfits(pattern, segment)
    least = len(pattern) - 1
    return (
        lambda segment: len(segment) >= least
        and segment.startswith(head)
        and segment.endswith(tail)
    )


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
