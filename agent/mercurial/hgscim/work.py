# work.py - how much one push may be to judge by its files
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""the work of judging one push by the files that it changes

A few bytes of a bundle can change each file of a repository, so that a short
push can be long to judge.
"""

from .unfit import Unfit

# A line of a file takes as long to read as so many files to compare.
LINE = 4


class Work:
    """What is left of the work that one push may be."""

    def __init__(self, ui):
        self._left = ui.configint(b'hgscim', b'judge-up-to')

    def spend(self, amount):
        """Raise Unfit when a push is more work than that, as many files as are
        compared with those of a parent."""
        self._left -= amount
        if self._left < 0:
            raise Unfit(
                'push so much at once to',
                'it takes too long to judge; push less at a time (hg push -r),'
                ' or ask for a larger hgscim.judge-up-to',
            )
