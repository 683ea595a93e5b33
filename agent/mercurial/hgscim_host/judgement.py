# judgement.py - no answer leaves that nobody has judged
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""whether the extension has judged the very request that is answered

The extension may be of another version, switched off, or robbed of its hooks by
another one. So each request carries an object that no header can stand for, and
the extension marks it.
"""

from .answers import bodyof, headersof

# What the extension finds the object by (JUDGEMENT in its judge.py).
KEY = 'hgscim.judgement'
UNJUDGED = '503 nobody has judged this request, so nothing is answered'


class Judgement:
    """That of one request: made, or not yet."""

    def __init__(self):
        self.made = False

    def make(self):
        self.made = True


def judged(application, environ, start_response):
    """The application's answer, and in its place a 503 where it begins before
    the request is judged."""
    judgement = environ[KEY] = Judgement()
    unjudged = []

    def respond(status, headers, exc_info=None):
        if judgement.made and not unjudged:
            return start_response(status, headers, exc_info)
        if not unjudged:
            say(environ, 'a request was answered that the extension had not judged')
        unjudged.append(status)
        start_response(UNJUDGED, headersof(UNJUDGED), exc_info)
        return lambda _data: None

    chunks = application(environ, respond)
    try:
        for chunk in chunks:
            if unjudged:
                break
            yield chunk
        if unjudged:
            yield bodyof(UNJUDGED)
    finally:
        if hasattr(chunks, 'close'):
            chunks.close()


def say(environ, what):
    """Write a line into the server's log."""
    environ['wsgi.errors'].write('hgscim: %s\n' % what)
