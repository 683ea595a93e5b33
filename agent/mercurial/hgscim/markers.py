# markers.py - obsolescence markers that everybody can follow
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""markers of a push: as hg makes them, and not so many ways to follow

Mercurial looks for what has become of a changeset by each marker: where two
rewrite it differently, it follows both, and where one splits it, it tries each
way to follow one part with each of the others (``obsutil.successorssets``). It
does so whenever a page is shown or a push is taken, for everybody.
"""

import math

from .sound import DATES, DAY

# Steps of following what has become of the changesets of a push, and for each
# of its markers; a thousand rewrites of one changeset have 500,000.
MOST_STEPS, MORE_STEPS = 600_000, 50
# Bytes of what a marker says besides: who, how, and a note.
MOST_SAID = 4096
# Flags of a marker: Mercurial's bumpedfix.
FLAGS = (0, 1)
NODE = 20


class TooMany(Exception):
    """There are too many ways to follow."""


def unsoundmarker(obsstore, markers):
    """None, or one of the new markers that others cannot read or follow: the
    changeset that it is about, and why, in words."""
    for marker in markers:
        why = malformed(*marker)
        if why:
            return marker[0], why
    steps = Steps(obsstore.successors, MOST_STEPS + MORE_STEPS * len(markers))
    for node in upstream(obsstore.predecessors, markers):
        try:
            steps.follow(node)
        except TooMany:
            return node, 'there are too many ways to follow what became of it'
    return None


def malformed(node, successors, flags, said, date, parents):
    """Why hg makes no such marker, or None."""
    nodes = (node, *successors, *(parents or ()))
    if flags not in FLAGS or any(len(each) != NODE for each in nodes):
        return 'hg makes no such marker'
    if node in successors:
        return 'it cannot become itself'
    seconds, zone = date
    if not math.isfinite(seconds) or int(seconds) not in DATES:
        return "its marker's date is none"
    if abs(zone) > DAY:
        return "its marker's time zone is none"
    words = [word for pair in said for word in pair]
    if sum(map(len, words)) > MOST_SAID:
        return 'its marker says too much'
    try:
        b'\n'.join(words).decode('utf-8')
    except UnicodeDecodeError:
        return 'its marker says what is not UTF-8'
    return None


def upstream(predecessors, markers):
    """The changesets that became what the markers are about, in turn."""
    wanted = {marker[0] for marker in markers}
    found = set()
    while wanted:
        node = wanted.pop()
        if node not in found:
            found.add(node)
            wanted.update(marker[0] for marker in predecessors.get(node, ()))
    return found


class Steps:
    """What ``obsutil.successorssets`` does, in as many steps; each changeset is
    taken to be there, since it may come later."""

    def __init__(self, successors, most):
        self._successors = successors
        # a changeset to the ways that it may have gone: the changesets that it
        # became, and how many markers lead there
        self._known = {}
        self._left = most

    def follow(self, node):
        """Raise TooMany when all that was followed took more steps."""
        stack, stacked = [node], {node}
        while stack:
            current = stack[-1]
            markers = self._successors.get(current, ())
            self._spend(1 + sum(1 + len(marker[1]) for marker in markers))
            missing = None
            if current not in self._known:
                missing = self._missing(markers, stacked)
            if missing is not None:
                stack.append(missing)
                stacked.add(missing)
                continue
            if current not in self._known:
                self._known[current] = self._sets(current, markers)
            stacked.discard(stack.pop())

    def _missing(self, markers, stacked):
        for marker in markers:
            for successor in marker[1]:
                if successor in stacked:
                    # a circle
                    self._known.setdefault(successor, [])
                elif successor not in self._known:
                    return successor
        return None

    def _sets(self, current, markers):
        if not markers:
            return [(frozenset((current,)), 0)]
        found = []
        for marker in markers:
            ways = [(frozenset(), 1)]
            for successor in marker[1]:
                ways = self._both(ways, self._known[successor]) or ways
            found += ways
        found = sorted((each for each in found if each[0]), key=way, reverse=True)
        apart = []
        for each, steps in found:
            self._spend(1 + len(apart))
            if not any(each <= other for other, _steps in apart):
                apart.append((each, steps))
        return apart

    def _both(self, ways, others):
        """Each of some ways together with each of others."""
        found = []
        for one, steps in ways:
            for other, more in others:
                self._spend((1 + len(one)) * len(other) + steps + more)
                found.append((one | other, steps + more))
        return found

    def _spend(self, steps):
        self._left -= steps
        if self._left < 0:
            raise TooMany


def way(each):
    changesets, steps = each
    return len(changesets), steps
