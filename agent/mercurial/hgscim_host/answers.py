# answers.py - an answer that nothing of Mercurial has part in
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""an answer of one sentence"""


def refuse(environ, start_response, status, *headers):
    """Answer with the status alone, once the request's body is read: most
    clients read no answer before they have sent all of it."""
    left = int(environ.get('CONTENT_LENGTH') or 0)
    while left > 0:
        chunk = environ['wsgi.input'].read(min(left, 65536))
        if not chunk:
            break
        left -= len(chunk)
    start_response(status, headersof(status, *headers))
    return [bodyof(status)]


def bodyof(status):
    return status.encode('ascii') + b'\n'


def headersof(status, *headers):
    length = ('Content-Length', str(len(bodyof(status))))
    return [('Content-Type', 'text/plain'), length, *headers]
