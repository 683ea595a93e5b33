# application.py - the WSGI application in front of the repositories
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""hgweb as a WSGI application that answers nobody unless all is as it must be

For mod_wsgi, a file::

  import sys
  sys.path.insert(0, '/usr/share/hgscim')
  from hgscim_host.application import Application
  application = Application('/etc/hgscim/hgweb.config')

The web server authenticates (``REMOTE_USER``), or a proxy that the configuration
declares does. What is wrong with the host is in the server's log; people read
that there is something. The file is looked at with each request and read again
when it has changed.
"""

import os
import sys
import threading
import time

from .answers import refuse
from .configuration import check, configured
from .judgement import judged
from .proxy import disbelieve, proxyof
from .unusable import SENTENCE, Unusable

# Seconds after which a host that cannot be used is looked at again.
AGAIN = 1


class Application:
    """The repositories that one configuration file names, as the access file
    allows."""

    def __init__(self, path):
        # of the configuration
        self.path = path
        self._lock = threading.Lock()
        # why nobody is served, or None
        self.problem = None
        self._host = None
        self._version = None
        self._lookagain = 0
        self._current()

    def __call__(self, environ, start_response):
        host = self._current()
        if host is None:
            return refuse(environ, start_response, '503 %s' % SENTENCE)
        return host.answer(environ, start_response)

    def _current(self):
        """The host as its file says now, or None where it cannot be used."""
        version = versionof(self.path)
        if version == self._version and self._host is not None:
            return self._host
        with self._lock:
            isknown = version == self._version
            if isknown and (self._host or time.monotonic() < self._lookagain):
                return self._host
            try:
                self._host = Host(self.path)
                self.problem = None
            except Unusable as problem:
                self._host = None
                self._lookagain = time.monotonic() + AGAIN
                self._say(str(problem))
            self._version = version
            return self._host

    def _say(self, problem):
        if problem != self.problem:
            self.problem = problem
            print('hgscim: nobody is served: %s' % problem, file=sys.stderr, flush=True)


def versionof(path):
    """By what a file is known to be another one, or None where there is none."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return (
        *(status.st_mtime_ns, status.st_size, status.st_ino),
        *(status.st_mode, status.st_uid),
    )


def folderof(path):
    """hgweb for the repositories of the file, with the extension in it."""
    with configured(path):
        from mercurial.hgweb import hgwebdir

        folder = hgwebdir(os.fsencode(path))
        check(folder.ui)
    return folder


class Host:
    """What one version of the configuration file has led to."""

    def __init__(self, path):
        self._folder = folderof(path)
        self._proxy = proxyof(self._folder.ui)
        from mercurial import util

        # PEP 3333 has bytes in the guise of latin-1, which Mercurial takes for
        # text in the file system's encoding before 6.5.
        self._isguise = util.versiontuple(n=2) >= (6, 5)

    def answer(self, environ, start_response):
        if self._proxy is None:
            disbelieve(environ)
        else:
            self._proxy.identify(environ)
        if not self._isguise:
            for name, value in environ.items():
                if isinstance(value, str) and not value.isascii():
                    environ[name] = textof(value)
        return judged(self._folder, environ, start_response)


def textof(value):
    try:
        return os.fsdecode(value.encode('latin-1'))
    except UnicodeEncodeError:
        return value
