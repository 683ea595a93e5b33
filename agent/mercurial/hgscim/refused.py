# refused.py - the answer no
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""what a request is refused with"""

import re

from mercurial import error


class Refused(error.HookAbort):
    """The answer no: an HTTP status and one sentence for the person."""

    def __init__(self, code, sentence):
        # The sentence travels as an HTTP reason phrase: one line of ASCII.
        escaped = re.sub(
            r'[^ -~]',
            lambda c: c[0].encode('unicode_escape').decode('ascii'),
            sentence,
        )
        super(Refused, self).__init__(escaped.encode('ascii'))
        self.code = code
