# __init__.py - what stands around Mercurial on a host
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""what stands around Mercurial on a host, and keeps it shut when anything is wrong

Mercurial takes no offence at a configuration that is missing. So its
environment is set in here, before it is imported, and nothing is imported from
it at the top of a module.
"""
