# rolledback.py - nothing stays of what is refused
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""a transaction that fails leaves no empty file and no empty folder

Mercurial 6 truncates the files that a transaction made, and no version takes
away the folders that they were to lie in; so whoever is refused could fill the
host's disk with names.
"""

import os


def playback(
    orig, journal, report, opener, vfsmap, entries, backups, *args, **kwargs
):
    """transaction._playback, as later versions of Mercurial have it."""
    made = [path for path, offset in dict(entries).items() if not offset]
    if args:
        args = (True, *args[1:])
    else:
        kwargs['unlink'] = True
    result = orig(
        journal, report, opener, vfsmap, entries, backups, *args, **kwargs
    )
    store = os.path.realpath(opener.join(b''))
    for path in made:
        removefolders(os.path.dirname(opener.join(path)), store)
    return result


def removefolders(folder, root):
    """Remove a folder, and those around it, as long as they are empty."""
    while os.path.realpath(folder).startswith(os.path.join(root, b'')):
        try:
            os.rmdir(folder)
        except FileNotFoundError:
            pass
        except OSError:
            return
        folder = os.path.dirname(folder)
