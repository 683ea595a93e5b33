# ownsettings.py - what a repository's own configuration may still say
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""what a repository's own configuration may still say

HGRCSKIPREPO drops all of it, since it could switch off what judges. What is in
here says how a repository is shown, and whether what is pushed to it is public:
nothing that anybody is let in or kept out by.
"""

import os

from mercurial import config, error, requirements

from .accessfile import Unavailable

KEPT = (
    (b'phases', b'publish'),
    (b'web', b'contact'),
    (b'web', b'description'),
    (b'web', b'labels'),
    (b'web', b'name'),
)


def settle(repo):
    """Let the repository's own settings count, as far as they are KEPT."""
    folders = [repo.path]
    if requirements.SHARESAFE_REQUIREMENT in repo.requirements:
        folders = list(dict.fromkeys((repo.sharedpath, repo.path)))
    try:
        own = read(folders, {section for section, _key in KEPT})
    except (OSError, error.Abort):
        raise Unavailable("the repository's own configuration cannot be read")
    for section, key in KEPT:
        value = own.get(section, key)
        if value is not None:
            repo.ui.setconfig(section, key, value, own.source(section, key))


def read(folders, sections=None):
    """The configuration that lies in these folders, the last one's first.

    Raises OSError or Mercurial's error where what is there cannot be read.
    """
    own = config.config()
    for path in filesof(folders):
        try:
            own.read(path, sections=sections)
        except FileNotFoundError:
            continue
    return own


def filesof(folders):
    """The files that are there, or that nobody can tell of."""
    for folder in folders:
        for name in (b'hgrc', b'hgrc-not-shared'):
            path = os.path.join(folder, name)
            try:
                os.stat(path)
            except FileNotFoundError:
                continue
            except OSError:
                pass
            yield path
