# unusable.py - why a host is kept shut
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""why a host cannot serve anybody"""

# What people are told; why is in the log.
SENTENCE = (
    'this host is not set up as it must be, so nothing is allowed; its log says'
    ' what is wrong'
)


class Unusable(Exception):
    """What is wrong with the host, in words for whoever administers it."""
