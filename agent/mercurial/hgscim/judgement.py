# judgement.py - that a request was judged, for who holds back its answer
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""that a request was judged: the application around hgweb (hgscim_host) puts an
object beside the request's headers, which no header can stand for, and holds
back each answer before which nothing in here has marked it
"""

# KEY in hgscim_host/judgement.py
JUDGEMENT = b'hgscim.judgement'


def make(judgement):
    """Let the answer leave. Another application than ours has no such object."""
    if judgement is not None:
        judgement.make()
