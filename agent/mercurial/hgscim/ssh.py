# ssh.py - hg asks over SSH, and is answered
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""sessions over SSH: each command of one is judged

The forced command (hgscim_host/ssh.py) calls ``serve`` in its own process, and
that is the only way to a session: nothing that a client, a key's line or the
environment could say starts one.
"""

import os

from mercurial import (
    encoding,
    error,
    hg,
    util,
    wireprotoserver,
    wireprototypes,
    wireprotov1server,
)

from .access import READ, WRITE
from .accessfile import Unavailable
from .host import configured
from .judge import Request, shown, unchecked
from .parts import MALFORMED
from .refused import Refused
from .web import NOT_UNDERSTOOD, REQUEST, nameof
from .wire import MOST_ARGUMENTS, TooMuch

# The session of this process, where the forced command has begun one.
_sessions = []


class Ended(Exception):
    """The client is gone, or has sent what cannot be read on."""


def serve(ui, account, path, log):
    """Serve the repository that a client names by path; returns the exit code.

    A path is relative to the configured root, or absolute and below it.
    """
    try:
        try:
            root = configured(ui, b'root')
        except Unavailable as problem:
            raise unchecked(ui, problem)
        name = below(root, path)
        session = Session(account, nameof(path if name is None else name), log)
        session.open(ui, name and os.path.join(root, name))
        _sessions.append(session)
        wireprotoserver.sshserver(ui, session.repo).serve_forever()
    except Refused as refused:
        ui.ferr.write(b'%s\n' % refused.message)
        return 255
    except (Ended, BrokenPipeError):
        return 255
    finally:
        del _sessions[:]
    return 0


def below(root, path):
    """The path below root that a client means, or None for one elsewhere:
    nobody is told what there is."""
    path = os.path.normpath(path)
    if path.startswith(b'/'):
        path = b'/%s' % path.lstrip(b'/')
        for top in (root, os.path.realpath(root)):
            top = os.path.join(os.path.normpath(top), b'')
            if path.startswith(top):
                return path[len(top) :]
        return None
    if path in (b'.', b'..') or path.startswith(b'../'):
        return b'' if path == b'.' else None
    return path


class Session:
    """One session: who asks, and for which repository."""

    def __init__(self, account, asked, log):
        self._environ = {
            b'REMOTE_USER': account.encode('utf-8'),
            b'wsgi.errors': log,
        }
        self._asked = asked
        self._request = self._permission = self._reader = self._ended = None
        self.repo = None

    def open(self, ui, home):
        """Open the repository at a path, which may be None or anything; raise
        Refused unless its content may be read.

        Who may not read it is told the same, whether there is one or not.
        """
        if not self._asked:
            raise Refused(
                404,
                'this host does not list its repositories; ask for one by its name',
            )
        request = Request(self._environ, self._asked)
        problem = None
        try:
            if home and os.path.isdir(os.path.join(home, b'.hg')):
                self.repo = hg.repository(ui, home)
        except Exception as failed:
            request.say('%s cannot be opened: %r' % (shown(self._asked), failed))
            problem = Refused(
                503, 'repository %s cannot be opened' % shown(self._asked)
            )
        if self.repo is not None:
            return request.judge(self.repo, READ)
        request.judgename(ui)
        raise problem or Refused(
            404, 'there is no repository %s' % shown(self._asked)
        )

    def begin(self, fin, ended):
        """Read what the client sends from fin, bounded; ended ends it."""
        self._reader, self._ended = Reader(fin), ended
        return self._reader

    def answer(self, command, answering):
        """What a command is answered: each is judged as a request of its own.
        Who may not read any more has had the last answer."""
        self._reader.renew()
        self._permission = wireprotov1server.commands[command].permission
        self._request = Request(self._environ, self._asked)
        # Mercurial itself says it, where hgweb would not
        self._request.isheard = True
        self._request.bind(self.repo)
        self.repo.ui.environ = {**encoding.environ, REQUEST: self._request}
        try:
            return answering()
        except Refused as refused:
            return wireprototypes.ooberror(refused.message)
        except TooMuch as toomuch:
            problem = str(toomuch).encode('ascii')
        except error.Abort as abort:
            problem = abort.message
        except (error.WdirUnsupported, *MALFORMED) as malformed:
            self._request.say(
                'a request is malformed: %s' % type(malformed).__name__
            )
            problem = NOT_UNDERSTOOD
        finally:
            self._request.release()
        # The rest of it may still be on its way.
        self._ended.set()
        return wireprototypes.ooberror(problem)

    def permit(self, permission=None):
        """Raise Refused unless the command may be run; one of a batch by its
        own permission."""
        try:
            self._request.judge(self.repo, READ)
        except Refused:
            self._ended.set()
            raise
        if (permission or self._permission) != b'pull':
            self._request.judge(self.repo, WRITE)

    def renew(self):
        self._reader.renew()

    def client(self, address):
        """Who pushes, as the host's own hooks are told it of hgweb as well."""
        account = self._environ[b'REMOTE_USER']
        return b'%s:%s' % (address, util.urlreq.quote(account))


class Reader:
    """What a client sends, as little at once as a request's arguments are."""

    def __init__(self, fin):
        self._fin = fin
        self.renew()

    def renew(self):
        self._left = MOST_ARGUMENTS

    def _spend(self, size):
        if not 0 <= size <= self._left:
            raise TooMuch(
                'a command has %d bytes of arguments at most' % MOST_ARGUMENTS
            )
        self._left -= size

    def readline(self):
        line = self._fin.readline(self._left + 1)
        self._spend(len(line))
        return line

    def read(self, size):
        self._spend(size)
        data = self._fin.read(size)
        if len(data) < size:
            raise Ended
        return data


def runsshserver(orig, ui, repo, fin, fout, ended, *args, **kwargs):
    """Every server of the wire protocol over stdio comes through here."""
    if not _sessions:
        raise error.Abort(
            b'this host serves repositories over SSH by hgscim-ssh alone:'
            b' by another command it cannot tell who asks'
        )
    try:
        return orig(
            ui, repo, _sessions[0].begin(fin, ended), fout, ended, *args, **kwargs
        )
    except TooMuch:
        # a line where a command is due
        raise Ended


def dispatch(orig, repo, proto, command, *args, **kwargs):
    """wireprotov1server.dispatch: hgweb's commands are judged by its own hook."""

    def answering():
        return orig(repo, proto, command, *args, **kwargs)

    return _sessions[0].answer(command, answering) if _sessions else answering()


def getargs(orig, proto, spec):
    """sshv1protocolhandler.getargs: a command is judged once its arguments are
    read. They would be taken for commands after a refusal."""
    args = orig(proto, spec)
    for session in _sessions:
        session.renew()
        session.permit()
    return args


def getpayload(orig, proto):
    """sshv1protocolhandler.getpayload: as long as it is, each chunk is short."""
    for chunk in orig(proto):
        for session in _sessions:
            session.renew()
        yield chunk


def checkperm(orig, proto, permission):
    """sshv1protocolhandler.checkperm, which asks for nothing: a command of a
    batch."""
    for session in _sessions:
        session.permit(permission)
    return orig(proto, permission)


def client(orig, proto):
    """sshv1protocolhandler.client, with the account."""
    return _sessions[0].client(orig(proto)) if _sessions else orig(proto)


def respondooberror(orig, fout, ferr, sentence):
    """Mercurial puts a line with a dash below an error."""
    ferr.write(b'%s\n' % sentence.rstrip(b'\n'))
    ferr.flush()
    fout.write(b'\n')
    fout.flush()
