# names.py - how names are read back, and which are taken for one
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""names of branches, bookmarks and topics: fit to be judged, and compared

Mercurial keeps names in files of lines (.hg/bookmarks, the branch caches) and
sends them in such (listkeys), and strips what it reads. hg itself asks for
names that it reads back as they are, but a client need not. Nothing in here
knows of Mercurial.
"""

import re
import unicodedata

RESERVED = ('.', 'null', 'tip')
INTEGER = re.compile('[+-]?[0-9]+')
# Controls end a line, a field or an entry in some file or message.
CONTROLS = ('Cc', 'Zl', 'Zp')
# Unicode's Default_Ignorable_Code_Point (DerivedCoreProperties.txt), which
# Python does not tell: what no system shows, and HFS+ leaves out.
IGNORABLE = re.compile(
    '[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f'
    '\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8'
    '\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]'
)
# What JavaScript takes for a space, where model/name.ts folds names: Python's
# own has some controls besides.
SPACES = re.compile(
    '[\t-\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]+'
)
# What folds to other than lower case.
UNUSUAL = re.compile(r'[^!-~]|[\\:]|\.(?:/|$)|//|^/|/$')


def fault(stored):
    """None when each of Mercurial's files and messages gives a name back as
    the same bytes, else why not: what is to be said of the name.

    Stricter than ``scmutil.checknewlabel``, by which hg judges its own names.
    """
    try:
        name = stored.decode('utf-8')
    except UnicodeDecodeError:
        return 'is not UTF-8'
    if not name:
        return 'is empty'
    if name in RESERVED:
        return 'is reserved'
    if INTEGER.fullmatch(name):
        return 'is a number'
    if ':' in name:
        return 'has a colon'
    if any(unicodedata.category(character) in CONTROLS for character in name):
        return 'has a control character'
    if name.strip() != name:
        return 'begins or ends with a space'
    return None


def folded(name):
    """The name as it compares: two with the same one look alike, or are one on
    some client's system.

    By Unicode's toNFKC_Casefold (The Unicode Standard, section 3.13, R5), as
    model/name.ts does; without spaces around it and dots at its end, which
    Windows drops.
    """
    if not name.isascii():
        name = unicodedata.normalize('NFKC', name)
        name = IGNORABLE.sub('', name)
    name = unicodedata.normalize('NFKC', name.casefold())
    return SPACES.sub(' ', name).strip(' ').rstrip('. ')


def foldedpath(path):
    """A path as it compares: each segment as a name does, without a stream of
    it that Windows reads after a colon, and by either of its separators."""
    if not UNUSUAL.search(path):
        return path.lower()
    segments = path.replace('\\', '/').split('/')
    folds = [folded(segment.partition(':')[0]) for segment in segments]
    return '/'.join(filter(None, folds))
