# files_alone.py - has a merge leave subrepositories where they are
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""merge the files of a repository alone

Where a subrepository comes from says the changeset, which nobody has reviewed
yet: an update to it would call whatever host its author chose, as the user of
this machine.
"""

from mercurial import context


def uisetup(ui):
    context.basectx.substate = {}
