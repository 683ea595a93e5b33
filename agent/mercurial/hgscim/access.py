# access.py - look-ups in the access file
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""the access file: what it answers, and why it cannot

Its tables are described in access-schema.sql. Nothing in here knows of
Mercurial.
"""

import os
import sqlite3
import stat
import typing
import urllib.parse

from .names import folded, foldedpath
from .wildcards import PathGlob, PathGlobs, names

READ, WRITE = 'read', 'write'
BRANCH, BOOKMARK, PATH = 'branch', 'bookmark', 'path'
APPLICATION_ID = 0x68675343
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
        'file:%s?mode=ro' % urllib.parse.quote(path),
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
        application, version, size = connection.execute(
            'SELECT (SELECT application_id FROM pragma_application_id),'
            ' (SELECT user_version FROM pragma_user_version),'
            ' (SELECT page_count FROM pragma_page_count)'
            ' * (SELECT page_size FROM pragma_page_size)'
        ).fetchone()
        if application != APPLICATION_ID:
            raise Unavailable('the access file is not an access file')
        if version != FORMAT:
            raise Unavailable('the access file has another format')
        # SQLite notices missing pages but not a last page that is cut short.
        # Nobody can be writing now, so the size on the disk is the final one.
        if os.stat(path).st_size < size:
            raise Unavailable('the access file is damaged')
    except BaseException:
        connection.close()
        raise
    return connection


class Connection(sqlite3.Connection):
    """One that knows by what file it was opened."""

    opened = None


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


class Facts(typing.NamedTuple):
    """What the access file has of one account and repository: equal for equal
    answers, so that whoever has answered can look whether it still holds."""

    # whose file it is: the name of an environment
    environment: str
    release: str
    # None where there is no such account
    active: int
    # (permission, pattern, negated, denied, allowed) of each permission set
    # whose patterns' base leads to the repository
    patterns: tuple
    # (permission, kind, place, group, whether the account is a member)
    restrictions: tuple


def facts(connection, account, repository, right, now):
    """The facts about an account's right on a repository, and nothing that
    takes longer than reading them: nobody writes meanwhile.

    ``now`` is in milliseconds since 1970: what has ended by then is no rule.
    """
    environment, release, active = connection.execute(
        "SELECT (SELECT value FROM meta WHERE key = 'environment'),"
        " (SELECT value FROM meta WHERE key = 'release'),"
        ' (SELECT active FROM accounts WHERE account = ?)',
        (account,),
    ).fetchone()
    # Only patterns whose base leads to this repository can match it.
    folders = repository.split('/')
    bases = ['/'.join(folders[:n]) for n in range(len(folders) + 1)]
    leading = 'FROM patterns WHERE base IN (%s)' % ', '.join('?' * len(bases))
    ruled = (
        ' EXISTS (SELECT 1 FROM grants WHERE permission = patterns.permission'
        ' AND effect = ? AND "right" IN (?, ?) AND until > ?'
        ' AND (subject = ? OR EXISTS (SELECT 1 FROM memberships'
        ' WHERE account = ? AND memberships."group" = subject)))'
    )
    # Who may write may read, and who may not read may not write.
    patterns = connection.execute(
        'SELECT permission, pattern, negated,%s,%s %s ORDER BY 1, 2, 3'
        % (ruled, ruled, leading),
        (
            *('deny', READ, right, now, account, account),
            *('allow', WRITE, right, now, account, account),
            *bases,
        ),
    ).fetchall()
    restrictions = connection.execute(
        'SELECT permission, kind, place, "group", EXISTS (SELECT 1'
        ' FROM memberships WHERE account = ?'
        ' AND memberships."group" = restrictions."group") FROM restrictions'
        ' WHERE permission IN (SELECT permission %s) ORDER BY 1, 2, 3, 4'
        % leading,
        (account, *bases),
    ).fetchall()
    return Facts(environment, release, active, tuple(patterns), tuple(restrictions))


def probe(connection, account, now):
    """The nonce that the agent has laid down for an account's refusals, or
    None. It is no fact: it decides nothing."""
    known = connection.execute(
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'probes'"
    ).fetchone()
    row = known and connection.execute(
        'SELECT nonce FROM probes WHERE account = ? AND until > ?',
        (account, now),
    ).fetchone()
    return row and row[0]


def refusal(facts, repository, right):
    """None when the account has the right on the repository, else why not."""
    if not facts.release:
        return 'no release is active'
    if facts.active is None:
        return 'there is no such account'
    if facts.active != 1:
        return 'the account is deactivated'
    covering = covers(facts, repository)
    ruled = [row for row in facts.patterns if row[0] in covering]
    if any(denied for *_, denied, _allowed in ruled):
        return 'the %s right is denied' % right
    if not any(allowed for *_, allowed in ruled):
        return 'the %s right is missing' % right
    return None


def keptout(facts, repository):
    """Whether a rule keeps the account out of a repository of this name, where
    others let it in: by a pattern that excludes it, or a right denied."""
    return any(
        (negated or denied) and PathGlob(pattern).matches(repository)
        for _permission, pattern, negated, denied, _allowed in facts.patterns
    )


def restricts(facts, repository, *kinds):
    """Whether a rule of these kinds restricts pushes to the repository."""
    covering = covers(facts, repository)
    return any(
        permission in covering and ruled in kinds
        for permission, ruled, *_ in facts.restrictions
    )


def restriction(facts, repository, touched):
    """None when no rule keeps the account from pushing to the places, else
    the first place that one does, and the groups that the rule names. Each
    place is a ``label``.

    Asks nothing but the rules: write on the repository is needed besides.
    """
    rules = {}
    covering = covers(facts, repository)
    for permission, kind, place, group, member in facts.restrictions:
        if permission in covering:
            rule = rules.setdefault((kind, place, permission), {})
            rule[group] = member
    against = [rule for rule in sorted(rules) if not any(rules[rule].values())]
    places = {
        each: Places(each, [place for kind, place, _ in against if kind == each])
        for each, *_ in against
    }
    for touch in touched:
        kind, *named = touch
        place = kind in places and places[kind].around(*named)
        if place:
            rule = next(rule for rule in against if rule[:2] == (kind, place))
            return touch, list(rules[rule])
    return None


def label(kind, name, isnamesake=False):
    """What a rule is asked about: a branch, bookmark or path, its name, that
    as it compares, and whether something else has the name of one."""
    return kind, name, comparison(kind)(name), isnamesake


class Places:
    """The places of rules of one kind."""

    def __init__(self, kind, places):
        alike = [comparison(kind)(place) for place in places]
        self._places = places
        self._globs, self._folds = PathGlobs(places), PathGlobs(alike)
        # What stands where a rule has a folder, such as a symbolic link, is in
        # place of all in it.
        self._above = kind == PATH

    def around(self, name, compared, isnamesake=False):
        """The first place that a name lies in, or None; of a namesake, which
        is of another kind, the first that names anything."""
        found = self._globs.found(name)
        found |= self._folds.found(compared, self._above)
        for n in sorted(found):
            if not isnamesake or names(self._places[n]):
                return self._places[n]
        return None


def comparison(kind):
    return foldedpath if kind == PATH else folded


def covers(facts, repository):
    """The permission sets that cover the repository."""
    covered, excluded = set(), set()
    for permission, pattern, negated, *_ in facts.patterns:
        if PathGlob(pattern).matches(repository):
            (excluded if negated else covered).add(permission)
    return covered - excluded


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
