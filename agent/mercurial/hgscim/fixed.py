# fixed.py - settings that are the extension's to say
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""what is set the same for every request, whatever the host's configuration"""

import sys

# of the hooks by which a push is judged
HOOKS = b'pretxnopen.hgscim', b'prepushkey.hgscim', b'pretxnclose.hgscim'
FIXED = (
    # After every other hook, however long that takes.
    *((b'hooks', b'priority.%s' % name, -sys.maxsize) for name in HOOKS),
    # A nested repository has a name, and an answer, of its own.
    (b'web', b'archivesubrepos', b'no'),
    # A changeset without what it is made of would keep everybody from cloning.
    (b'server', b'validate', b'yes'),
)


def fix(ui):
    """Set it."""
    for section, name, value in FIXED:
        ui.setconfig(section, name, value, b'hgscim')


def isfixed(ui):
    """Whether it is set, and by nobody else."""
    return all(
        ui.configsource(section, name) == b'hgscim'
        for section, name, _value in FIXED
    )
