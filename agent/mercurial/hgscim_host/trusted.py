# trusted.py - whether a file may be gone by
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""the files that decide who gets in: whether one may be gone by"""

import os
import stat

from .unusable import Unusable

OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def trusted(path, what):
    """The text of a file that nobody but root and its reader could write.

    Raises Unusable for one that is missing, unreadable, empty, no file, not
    UTF-8, or that others may write to.
    """
    try:
        # to open what is no file may take for ever
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise Unusable('%s %s is not a file' % (what, path))
        with open(path, 'rb') as file:
            status = os.fstat(file.fileno())
            content = file.read()
    except FileNotFoundError:
        raise Unusable('%s %s is missing' % (what, path))
    except OSError as problem:
        raise Unusable('%s %s cannot be read: %s' % (what, path, problem.strerror))
    if status.st_uid not in (0, os.geteuid()) or status.st_mode & OTHERS_WRITE:
        raise Unusable(
            '%s %s can be written by others (expected root as its owner, and mode'
            ' 0644)' % (what, path)
        )
    try:
        text = content.decode('utf-8')
    except UnicodeDecodeError as problem:
        line = content.count(b'\n', 0, problem.start) + 1
        raise Unusable('%s %s:%d is not UTF-8' % (what, path, line))
    if not text.strip():
        raise Unusable('%s %s is empty' % (what, path))
    return text
