# saying.py - how a refused push is told
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""the refusal of a push, said once"""

from mercurial import pycompat

from .judge import Request
from .refused import Refused

# Bytes of a parameter of a bundle2's part (hg help internals.bundle2).
LONGEST_PARAMETER = 255


def pythonhook(orig, ui, repo, htype, hname, funcname, args, throw):
    """hook.pythonhook, which says the refusal of a hook, and leaves it to
    whoever called to say it again. The answer to a push says it; only that to
    bundle1 says no more than what was said meanwhile, and that to bundle2 has
    little room.
    """
    request = getattr(funcname, '__self__', None)
    if not isinstance(request, Request):
        return orig(ui, repo, htype, hname, funcname, args, throw)
    try:
        funcname(ui=ui, repo=repo, **pycompat.strkwargs(args))
    except Refused as refused:
        istoolong = len(refused.message) > LONGEST_PARAMETER
        isunsaid = request.bundle == 1 and not request.isheard
        if isunsaid or request.bundle == 2 and istoolong:
            ui.warn(b'%s\n' % refused.message)
        if request.bundle == 2 and istoolong:
            raise Refused(refused.code, 'the push is refused, as said above')
        raise
    return False, False
