# web.py - hgweb asks, and answers
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""hgweb: the judgement takes the place of its own permission check"""

import contextlib
import sys

from mercurial.hgweb import common

from .access import READ, WRITE
from .judge import Refused, Request

REQUEST = b'hgscim.request'
PLAINTEXT = [(b'Content-Type', b'text/plain; charset=us-ascii')]


def permit(hgweb, req, op):
    """The permission hook, in place of hgweb's ``checkauthz``.

    ``op`` is None (a page), pull, push or upload. Asks for what checkauthz
    asks for besides the lists of users: web.allow-pull, PUT for an upload and
    POST for any other write, and web.push_ssl.
    """
    if op == b'pull' and not hgweb.allowpull:
        raise common.ErrorResponse(
            common.HTTP_FORBIDDEN, b'pull not authorized'
        )
    right = READ if op in (None, b'pull') else WRITE
    if right == WRITE:
        method = b'PUT' if op == b'upload' else b'POST'
        if req.method != method:
            raise common.ErrorResponse(
                common.HTTP_METHOD_NOT_ALLOWED,
                b'%s requires %s request' % (op, method),
            )
        if hgweb.configbool(b'web', b'push_ssl') and req.urlscheme != b'https':
            raise common.ErrorResponse(common.HTTP_FORBIDDEN, b'ssl required')
    try:
        req.rawenv[REQUEST].judge(hgweb.repo, right)
    except Refused as refused:
        raise common.ErrorResponse(refused.code, refused.message, PLAINTEXT)


def runwsgi(orig, hgweb, req, res, repo):
    """Bind the judgement to one request; ``hgweb._runwsgi`` answers it.

    The hooks belong to the request, so they cannot mistake who asks, and a
    local command has none.
    """
    request = Request(req.rawenv)
    req.rawenv[REQUEST] = request
    for name, hook in (
        (b'pretxnopen.hgscim', request.maywrite),
        (b'prepushkey.hgscim', request.maypushkey),
        (b'pretxnclose.hgscim', request.mayclose),
    ):
        repo.ui.setconfig(b'hooks', name, hook, b'hgscim')
        # After every other hook, however long that takes.
        last = b'priority.%s' % name
        repo.ui.setconfig(b'hooks', last, -sys.maxsize, b'hgscim')
    # A nested repository has a name, and an answer, of its own.
    repo.ui.setconfig(b'web', b'archivesubrepos', b'no', b'hgscim')
    with contextlib.ExitStack() as whateverhappens:
        whateverhappens.callback(request.release)
        try:
            return orig(hgweb, req, res, repo)
        except Refused as refused:
            # Mercurial has an answer for a hook's refusal in the middle of a
            # bundle, but none for one in the legacy pushkey command.
            return answer(res, refused.code, refused.message)


def makeindex(orig, hgwebdir, req, res, tmpl, subdir=b''):
    """Mercurial lists repositories without asking any permission hook."""
    return answer(
        res,
        common.HTTP_NOT_FOUND,
        b'this host does not list its repositories; ask for one by its name',
    )


def answer(res, code, sentence):
    """A response with the sentence where people see it: hg prints the reason
    phrase, a browser the body."""
    res.status = common.statusmessage(code, sentence)
    for name, value in PLAINTEXT:
        res.headers[name] = value
    res.setbodybytes(b'%s\n' % sentence)
    return res.sendresponse()
