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

from mercurial import changegroup, error, wireprotov1server
from mercurial.hgweb import common

from .access import READ, WRITE
from .fixed import fix, isfixed
from .judge import Request, shown
from .judgement import JUDGEMENT, make
from .parts import MALFORMED
from .refused import Refused
from .wire import TooMuch, mustbeshort

REQUEST = b'hgscim.request'
NOT_UNDERSTOOD = b'this host does not understand the request'
ROBBED = (
    'access cannot be checked, so nothing is allowed: another extension has taken'
    " hgweb's permission check away"
)
PLAINTEXT = [(b'Content-Type', b'text/plain; charset=us-ascii')]


def permit(hgweb, req, op):
    """The permission hook, in place of hgweb's ``checkauthz``.

    ``op`` is None (a page), pull, push or upload. Asks for what checkauthz
    asks for besides the lists of users: web.allow-pull, PUT for an upload and
    POST for any other write, and web.push_ssl. First of all it asks whether
    the account may read: who may not learns nothing of the host's settings.
    """
    request = req.rawenv[REQUEST]
    try:
        # a page was judged before anything was asked of it
        if not request.ispage:
            request.judge(hgweb.repo, READ)
        mustbeshort(req.headers)
        if op == b'pull' and not hgweb.allowpull:
            raise common.ErrorResponse(
                common.HTTP_FORBIDDEN, b'pull not authorized'
            )
        if op in (None, b'pull'):
            return
        method = b'PUT' if op == b'upload' else b'POST'
        if req.method != method:
            raise common.ErrorResponse(
                common.HTTP_METHOD_NOT_ALLOWED,
                b'%s requires %s request' % (op, method),
            )
        if hgweb.configbool(b'web', b'push_ssl') and req.urlscheme != b'https':
            raise common.ErrorResponse(common.HTTP_FORBIDDEN, b'ssl required')
        request.judge(hgweb.repo, WRITE)
    except Refused as refused:
        raise common.ErrorResponse(refused.code, refused.message, PLAINTEXT)
    except TooMuch as toomuch:
        raise common.ErrorResponse(
            toomuch.code, str(toomuch).encode('ascii'), PLAINTEXT
        )


def runwsgi(orig, hgweb, req, res, repo):
    """Bind the judgement to one request; ``hgweb._runwsgi`` answers it."""
    asked = req.reponame and nameof(req.reponame, req.dispatchpath)
    request = Request(req.rawenv, asked)
    req.rawenv[REQUEST] = request
    request.bind(repo)
    try:
        if permit not in common.permhooks:
            raise Refused(503, ROBBED)
        # Mercurial asks no permission hook for static files, nor for a
        # command at a page's address. (For a command it asks one when it
        # is ready to read what the client sends.)
        if req.dispatchpath or not iscommand(req):
            request.judge(repo, READ)
            request.ispage = True
        return orig(hgweb, req, res, repo)
    except Refused as refused:
        # Mercurial has an answer for a hook's refusal in the middle of a
        # bundle, but none for one in the legacy pushkey command.
        return answer(req, res, refused.code, refused.message)
    except TooMuch as toomuch:
        return answer(req, res, toomuch.code, str(toomuch).encode('ascii'))
    except (error.Abort, error.WdirUnsupported, *MALFORMED) as problem:
        # Mercurial takes each argument for what its own clients send.
        request.say('a request is malformed: %s' % type(problem).__name__)
        return answer(req, unused(res), common.HTTP_BAD_REQUEST, NOT_UNDERSTOOD)
    finally:
        request.release()


def called(orig, application, environ, respond):
    """hgweb.__call__, and that of a folder: an address that is not ASCII, as
    no client sends it, is none."""
    try:
        return orig(application, environ, respond)
    except UnicodeError:
        headers = [(name.decode(), value.decode()) for name, value in PLAINTEXT]
        make(environ.get(JUDGEMENT.decode()))
        respond('400 Bad Request', headers)
        return [NOT_UNDERSTOOD + b'\n']


def iscommand(req):
    """Whether a request is one of the wire protocol's."""
    return req.qsparams.get(b'cmd') in wireprotov1server.commands


class Served:
    """What a repository answers; anything else is the answer of a folder."""

    def __init__(self, chunks):
        self._chunks = chunks

    def __iter__(self):
        return iter(self._chunks)


def serverepository(orig, hgweb, req, res):
    """hgweb.run_wsgi: a repository was found at the address, and answers."""
    return Served(orig(hgweb, req, res))


def servefolder(orig, hgwebdir, req, res):
    """hgwebdir._runwsgi: what answers where no repository does.

    Who may not read a repository is told the same, whether there is one or
    not: only who could read one of that name learns that there is none.
    """
    # each repository has a copy of what is set here
    if not isfixed(hgwebdir.ui):
        fix(hgwebdir.ui)
    virtual = req.dispatchpath.strip(b'/')
    try:
        answered = orig(hgwebdir, req, res)
    except Exception:
        # such as of an address that Mercurial cannot take apart
        try:
            Request(req.rawenv, nameof(virtual)).judgename(hgwebdir.ui)
        except Refused as refused:
            return answer(req, unused(res), refused.code, refused.message)
        raise
    # Mercurial's own style sheets and pictures lie beside all repositories.
    if isinstance(answered, Served):
        return answered
    make(req.rawenv.get(JUDGEMENT))
    if res.status.startswith(b'200'):
        return answered
    if virtual in (b'', b'index'):
        return answer(
            req,
            unused(res),
            common.HTTP_NOT_FOUND,
            b'this host does not list its repositories; ask for one by its name',
        )
    asked = nameof(virtual)
    try:
        Request(req.rawenv, asked).judgename(hgwebdir.ui)
    except Refused as refused:
        return answer(req, unused(res), refused.code, refused.message)
    if not res.status.startswith(b'404'):
        return answered
    missing = Refused(404, 'there is no repository %s' % shown(asked))
    return answer(req, unused(res), missing.code, missing.message)


def nameof(*parts):
    """The name of a repository, or of a page beneath it, as it is asked for."""
    folders = [folder for part in parts if part for folder in part.split(b'/')]
    return b'/'.join(filter(None, folders)).decode('utf-8', 'replace')


def readbundle(orig, ui, fh, fname, vfs=None):
    """exchange.readbundle: by the kind of bundle the refusal is said."""
    bundle = orig(ui, fh, fname, vfs)
    request = ui.environ.get(REQUEST)
    if request is not None:
        isfirst = isinstance(bundle, changegroup.cg1unpacker)
        request.bundle = 1 if isfirst else 2
    return bundle


def makeindex(orig, hgwebdir, req, res, tmpl, subdir=b''):
    """Mercurial lists repositories without asking any permission hook."""
    return answer(req, res, common.HTTP_NOT_FOUND, b'')


class NoRevsets:
    """What hgweb's search finds in place of the revset language: a query is
    some words or one identifier. As a program it could run for ever.
    """

    @staticmethod
    def parse(query):
        raise error.ParseError(b'a search takes no revset')


def unused(res):
    """A response in place of one that something has been made of already."""
    return type(res)(res._req, res._startresponse)


def answer(req, res, code, sentence):
    """A response with the sentence where people see it: hg prints the reason
    phrase, a browser the body."""
    make(req.rawenv.get(JUDGEMENT))
    res.status = common.statusmessage(code, sentence)
    for name, value in PLAINTEXT:
        res.headers[name] = value
    # as Mercurial answers a command that fails
    failed = b'0\n' if iscommand(req) else b''
    res.setbodybytes(b'%s%s\n' % (failed, sentence))
    return res.sendresponse()
