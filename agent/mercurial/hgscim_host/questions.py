# questions.py - what the extension would answer, without Mercurial
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""ask an extension's own look-ups many questions

``python3 questions.py FOLDER`` reads one line of JSON::

  {"files": [path, ...], "environment": name, "now": milliseconds,
   "questions": [[account, repository, [[kind, name], ...]], ...]}

and prints one: {"answers": [[read, write, [push, ...]], ...]}, by the last of the
files; or {"unavailable": sentence}, where the look-ups of the extension in
FOLDER (the package ``hgscim``) can go by one of the files not at all, so that
every request is refused. For the agent, when it verifies what it has written;
of any version of the extension.
"""

import json
import sqlite3
import sys


def lookups(folder):
    """The modules of the extension that know nothing of Mercurial."""
    # types.ModuleType, without what the module types imports
    package = type(sys)('hgscim_asked')
    package.__path__ = [folder]
    sys.modules[package.__name__] = package
    from hgscim_asked import access

    # up to format 5 one module opened the file and looked into it
    if hasattr(access, 'openaccess'):
        return access, access
    from hgscim_asked import accessfile

    return access, accessfile


def answer(access, accessfile, asked):
    connection = None
    try:
        for path in asked['files']:
            if connection is not None:
                connection.close()
            connection = accessfile.openaccess(path)
        found = access.facts(connection, '', '', access.READ, asked['now'])
        accessfile.mustbeof(asked['environment'], found.environment)
    except (accessfile.Unavailable, sqlite3.Error) as problem:
        if 'locked' in str(problem):
            return {'missing': 'the access file is held by another program'}
        return {'unavailable': accessfile.inwords(problem)}
    return {
        'answers': [
            judged(access, connection, asked['now'], *question)
            for question in asked['questions']
        ]
    }


def judged(access, connection, now, account, repository, places):
    """What is allowed of one question: to read, to write, and to push to each
    of the places."""
    allowed = []
    for right in (access.READ, access.WRITE):
        facts = access.facts(connection, account, repository, right, now)
        allowed.append(access.refusal(facts, repository, right) is None)
    pushes = [
        access.restriction(facts, repository, [access.label(*place)]) is None
        for place in places
    ]
    return [*allowed, pushes]


if __name__ == '__main__':
    sys.dont_write_bytecode = True
    print(json.dumps(answer(*lookups(sys.argv[1]), json.loads(sys.stdin.readline()))))
