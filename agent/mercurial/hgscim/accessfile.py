# accessfile.py - the access file, opened
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""the access file: opened and checked, and why it cannot be gone by

Nothing in here knows of Mercurial, nor imports what it can do without: sshd
starts a program that opens the file at each login.
"""

import os
import sqlite3
import stat

APPLICATION_ID = 0x68675343
# of a file by which nobody gets in, since what it says was proved wrong
SHUT_ID = 0x68675358
FORMAT = 6
BUSY_SECONDS = 5

# SQLite's result codes (https://www.sqlite.org/rescode.html), in words.
STATES = {
    'SQLITE_BUSY': 'is being written for too long',
    'SQLITE_CANTOPEN': 'cannot be opened',
    'SQLITE_CORRUPT': 'is damaged',
    'SQLITE_NOTADB': 'is not an access file',
    'SQLITE_READONLY': 'waits for the agent to recover it',
}


class Unavailable(Exception):
    """The question cannot be answered; says why, in words for the person."""


# Connections that nobody uses now, by what the file was when each was opened:
# opening one takes longer than all that is asked by it.
_unused = {}


def openaccess(path):
    """A connection inside a read transaction on a checked access file, to be
    given back (``giveback``) or closed."""
    try:
        status = os.stat(path)
    except FileNotFoundError:
        raise Unavailable('the access file is missing')
    except OSError:
        raise Unavailable('the access file cannot be reached')
    if not stat.S_ISREG(status.st_mode):
        raise Unavailable('the access file is not a file')
    if not status.st_size:
        raise Unavailable('the access file is empty')
    # Another file of this name is another one, and so is one that others may
    # read than before. No connection outlives a fork.
    file = status.st_dev, status.st_ino, status.st_mode, status.st_uid, status.st_gid
    opened = os.getpid(), path, file
    connection = unused(opened) or sqlite3.connect(
        'file:%s?mode=ro' % quoted(path),
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        factory=Connection,
        # a hold may be ended by its timer's thread
        check_same_thread=False,
    )
    connection.opened = opened
    try:
        connection.execute('BEGIN')
        # locks, so that nobody is writing from here on
        (version,) = connection.execute('PRAGMA data_version').fetchone()
        if version != connection.version:
            connection.check(version)
        # SQLite notices missing pages but not a last page that is cut short.
        # Nobody can be writing now, so the size on the disk is the final one.
        if os.stat(path).st_size < connection.size:
            raise Unavailable('the access file is damaged')
    except BaseException:
        connection.close()
        raise
    return connection


class Connection(sqlite3.Connection):
    """One that knows by what file it was opened, and what it has read there
    since anybody wrote."""

    opened = None
    # what SQLite tells of writes by: it reads its own copy of the pages for as
    # long (https://www.sqlite.org/pragma.html#pragma_data_version)
    version = None
    size = None

    def check(self, version):
        """Raise Unavailable unless this is an access file, and forget what was
        read before it was of this version."""
        self.answers = {}
        application, format, self.size = self.execute(
            'SELECT (SELECT application_id FROM pragma_application_id),'
            ' (SELECT user_version FROM pragma_user_version),'
            ' (SELECT page_count FROM pragma_page_count)'
            ' * (SELECT page_size FROM pragma_page_size)'
        ).fetchone()
        if application == SHUT_ID:
            raise Unavailable('the agent has shut the access file')
        if application != APPLICATION_ID:
            raise Unavailable('the access file is not an access file')
        if format != FORMAT:
            raise Unavailable('the access file has another format')
        self.version = version


def unused(opened):
    """A connection to the file as it is now, or None; those to what was there
    before are closed."""
    for other in [other for other in list(_unused) if other != opened]:
        for connection in _unused.pop(other, ()):
            connection.close()
    try:
        return _unused[opened].pop()
    except (KeyError, IndexError):
        return None


def giveback(connection):
    """End the connection's transaction, and keep it for the next question."""
    try:
        connection.execute('ROLLBACK')
    except sqlite3.Error:
        connection.close()
    else:
        _unused.setdefault(connection.opened, []).append(connection)


def quoted(path):
    """A path as part of a URI."""
    for character in '%?#':
        path = path.replace(character, '%%%02X' % ord(character))
    return path


def mustbeof(expected, environment):
    """Raise Unavailable where the access file is of another environment than
    the host's, if that has one."""
    if expected and environment != expected:
        raise Unavailable(
            'the access file is of the environment %s, and this host of %s'
            % (environment, expected)
        )


def inwords(problem):
    """Why a check failed, without the details that only the log may have."""
    if isinstance(problem, Unavailable):
        return str(problem)
    if isinstance(problem, sqlite3.Error):
        code = getattr(problem, 'sqlite_errorname', '')
        for name, state in STATES.items():
            if code.startswith(name):
                return 'the access file %s' % state
        return 'the access file cannot be read'
    return 'the check failed'
