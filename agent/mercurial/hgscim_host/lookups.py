# lookups.py - the extension's parts that know nothing of Mercurial
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""the access file's opening, without Mercurial

The extension's package imports Mercurial; its module ``accessfile`` does not. So
it is taken from the package's folder under a package of another name, which
imports nothing.
"""

import os
import sys

# types.ModuleType, without what the module types imports
_package = type(sys)('hgscim_lookups')
_package.__path__ = [
    os.path.join(os.path.dirname(os.path.dirname(__file__)), 'hgscim')
]
sys.modules[_package.__name__] = _package

from hgscim_lookups import accessfile  # noqa: E402, F401 the package comes first
