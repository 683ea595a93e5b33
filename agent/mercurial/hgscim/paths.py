# paths.py - files that not every system can have
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""files that a client cannot check out as they are: on Windows or macOS, or
anywhere"""

import functools
import re

from mercurial import (
    error,
    pathutil,
    util,
)

from .names import foldedpath

# The longest path and the longest name of Linux, in bytes.
LONGEST, LONGEST_SEGMENT = 4095, 255
# So many characters of the folders on the way to a path take as long as a file.
DEEP = 256
# What Windows calls a file by whose name is longer than in DOS: it may be
# another's.
SHORT = re.compile(r'[^/~.]{1,6}~[0-9]{1,6}(\.[^/.]{0,3})?')
# Of the path itself, not of a folder: `.hg`, `..`, nothing.
AUDIT = pathutil.pathauditor(b'/', realfs=False)


def fits(path):
    """Whether a path is short enough to be compared with others."""
    return len(path) <= LONGEST


def unfitpath(path):
    """None, or why a file of this path breaks some client's checkout."""
    if not fits(path):
        return 'it is too long'
    try:
        path.decode('utf-8')
    except UnicodeDecodeError:
        return 'it is not UTF-8'
    try:
        AUDIT(path)
    except error.Abort:
        return 'Mercurial keeps out of it'
    if b'\\' in path:
        return 'Windows reads a folder there'
    for why in map(unfitsegment, path.split(b'/')):
        if why:
            return why
    return None


# Most files share their folders with others.
@functools.lru_cache(maxsize=1 << 14)
def unfitsegment(segment):
    """The same of one segment of a path, which is UTF-8."""
    windows = util.checkwinfilename(segment)
    if windows:
        return windows.decode('utf-8', 'replace')
    if len(segment) > LONGEST_SEGMENT:
        return 'it is too long'
    name = segment.decode('utf-8')
    if not foldedpath(name):
        return 'a part of it is not seen'
    if foldedpath(name) == '.hg':
        return 'Mercurial keeps out of it'
    if SHORT.fullmatch(name):
        return 'it is a short name on Windows'
    return None


def rivals(paths, added, work):
    """Each path of ``added`` to those of ``paths`` that cannot stand beside it
    everywhere: the same file, or one of the two a folder on the other's way."""
    places = {path: place(path) for path in added}
    for here in places.values():
        # each folder on the way is a text
        work.spend(here.count('/') * len(here) // DEEP)
    at = {here: [] for here in places.values()}
    within = {here: [] for here in at}
    above = {folder: [] for here in at for folder in folders(here)}
    # Most paths share their folder with others.
    wanted = {}
    for path in paths | added:
        here = place(path)
        if here in at:
            at[here].append(path)
        if here in above:
            above[here].append(path)
        folder = here.rpartition('/')[0]
        if folder not in wanted:
            wanted[folder] = [each for each in folders(here) if each in within]
        for each in wanted[folder]:
            within[each].append(path)
    found = {}
    for path, here in places.items():
        work.spend(len(at[here]) + len(within[here]))
        found[path] = [other for other in at[here] if other != path]
        found[path] += within[here]
        for folder in folders(here):
            work.spend(len(above[folder]))
            found[path] += above[folder]
    return found


def place(path):
    return foldedpath(path.decode('utf-8', 'surrogateescape'))


def folders(path):
    """Each folder on the way to a path."""
    at = path.find('/')
    while at >= 0:
        yield path[:at]
        at = path.find('/', at + 1)
