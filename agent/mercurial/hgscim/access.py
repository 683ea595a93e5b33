# access.py - look-ups in the access file
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""the access file: what it answers

Its tables are described in access-schema.sql. Nothing in here knows of
Mercurial.
"""

import typing

from .names import folded, foldedpath
from .wildcards import PathGlobs, names, pathglob

READ, WRITE = 'read', 'write'
BRANCH, BOOKMARK, PATH = 'branch', 'bookmark', 'path'

# Answers that a connection remembers.
MOST_ANSWERS = 1000


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
    # whether one that is not active is so while something of theirs is held
    suspended: bool


def facts(connection, account, repository, right, now):
    """The facts about an account's right on a repository, and nothing that
    takes longer than reading them: nobody writes meanwhile.

    ``now`` is in milliseconds since 1970: what has ended by then is no rule.
    What was read before is read again once somebody has written, or a rule
    has ended.
    """
    asked = account, repository, right
    since, until, found = connection.answers.get(asked, (0, 0, None))
    if not since <= now < until:
        until, found = read(connection, *asked, now)
        if len(connection.answers) >= MOST_ANSWERS:
            connection.answers.clear()
        connection.answers[asked] = now, until, found
    return found


def read(connection, account, repository, right, now):
    """Until when the facts are these if nobody writes, and the facts."""
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
    (until,) = connection.execute(
        'SELECT min(until) FROM grants WHERE until > ?'
        ' AND permission IN (SELECT permission %s)' % leading,
        (now, *bases),
    ).fetchone()
    found = Facts(
        environment,
        release,
        active,
        tuple(patterns),
        tuple(restrictions),
        active == 0 and issuspended(connection, account),
    )
    return float('inf') if until is None else until, found


def issuspended(connection, account):
    """Whether an account lets nobody in while something of theirs is held. The
    agent's own tables say so; a file that has none of them says no."""
    (known,) = connection.execute(
        "SELECT count(*) FROM sqlite_master WHERE type = 'table'"
        " AND name IN ('holders', 'suspended')"
    ).fetchone()
    if known < 2:
        return False
    (found,) = connection.execute(
        'SELECT EXISTS (SELECT 1 FROM holders JOIN suspended USING (user)'
        ' WHERE account = ?)',
        (account,),
    ).fetchone()
    return found == 1


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
    if facts.suspended:
        return 'the account is suspended while something of it waits for approval'
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
        (negated or denied) and pathglob(pattern).matches(repository)
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
        if pathglob(pattern).matches(repository):
            (excluded if negated else covered).add(permission)
    return covered - excluded
