# lookups.py - the extension's parts that know nothing of Mercurial
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""the access file's look-ups, without Mercurial

The extension's package imports Mercurial; its module ``access`` does not, and
nor does what that imports. So they are taken from the package's folder under a
package of another name, which imports nothing.
"""

import importlib
import os
import sys
import types

_package = types.ModuleType('hgscim_lookups')
_package.__path__ = [
    os.path.join(os.path.dirname(os.path.dirname(__file__)), 'hgscim')
]
sys.modules[_package.__name__] = _package
access = importlib.import_module('hgscim_lookups.access')
