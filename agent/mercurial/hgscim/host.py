# host.py - where the repositories and the access file of this host are
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""the host's settings, and a repository's name on it"""

import os

from mercurial import extensions

from .accessfile import Unavailable

try:
    from mercurial.configuration import rcutil
except ImportError:
    # where it was before Mercurial 7
    from mercurial import rcutil

# These hand out content by its hash from a store that repositories share, or
# take content in outside of a transaction.
CONTENT_AROUND = (b'infinitepush', b'largefiles', b'lfs', b'remotefilelog')


def configured(ui, name):
    """A file or folder of the host's, where nothing keeps a request from being
    judged at all."""
    path = ui.config(b'hgscim', name)
    if not path:
        raise Unavailable('[hgscim] access or root is not configured')
    if rcutil.use_repo_hgrc():
        raise Unavailable('HGRCSKIPREPO is not set')
    for extension, _module in extensions.extensions(ui):
        if extension in CONTENT_AROUND:
            raise Unavailable(
                'the extension %s is on' % extension.decode('ascii')
            )
    return path


def repositoryname(repo, root):
    """The path below root of the repository whose content repo hands out.

    Real paths, so that neither the URL, nor a symbolic link, nor ``hg share``
    lets a repository pass under another one's name.
    """
    root = os.path.join(os.path.realpath(root), b'')
    home, last = os.path.split(os.path.realpath(repo.sharedpath))
    if last != b'.hg' or not home.startswith(root):
        raise Unavailable('the repository is outside of the configured root')
    try:
        name = home[len(root) :].decode('utf-8')
    except UnicodeDecodeError:
        raise Unavailable('the name of the repository is not UTF-8')
    # The agent does not look there for repositories that a release is about.
    if '.hg' in name.split('/'):
        raise Unavailable("the repository lies in another one's .hg")
    # Whoever reads a refusal must be able to tell which repository it means.
    if not name.isprintable():
        raise Unavailable('the repository has a control character in its name')
    return name
