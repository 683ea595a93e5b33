# Asks the extension's own lookup, without a host: a line of JSON
# [file, [[account, repository, right], ...], now] is answered by a line of JSON,
# [[refusal or null, SQLite's steps], ...]; and {"patterns": [...], "names": [...]}
# by which name each pattern matches, [[true or false, ...], ...]; and {"folded":
# [name, ...]} by the names as they compare, {"faults": [name in latin-1, ...]} by
# what is wrong with each.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import json
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])

from hgscim.access import Places, facts, label, read, refusal
from hgscim.accessfile import openaccess
from hgscim.names import fault, folded
from hgscim.wildcards import PathGlob, PathGlobs


def ask(path, question, now):
    steps = 0

    def count():
        nonlocal steps
        steps += 1

    connection = openaccess(path)
    connection.set_progress_handler(count, 1)
    found = facts(connection, *question, now)
    connection.set_progress_handler(None, 0)
    # what it remembers is what it would read, at each time, later and earlier
    ends = connection.execute('SELECT DISTINCT until FROM grants').fetchall()
    times = [end + by for (end,) in ends for by in (-1, 0, 1)]
    for at in (*times, *reversed(times)):
        assert facts(connection, *question, at) == read(connection, *question, at)[1]
    connection.close()
    _account, repository, right = question
    return refusal(found, repository, right), steps


for line in sys.stdin:
    asked = json.loads(line)
    if 'folded' in asked:
        answer = [folded(name) for name in asked['folded']]
    elif 'around' in asked:
        answer = [
            Places(kind, [place]).around(*label(kind, name)[1:]) is not None
            for kind, place, name in asked['around']
        ]
    elif 'faults' in asked:
        answer = [fault(name.encode('latin-1')) for name in asked['faults']]
    elif isinstance(asked, dict):
        globs = [PathGlob(pattern) for pattern in asked['patterns']]
        answer = [[glob.matches(name) for name in asked['names']] for glob in globs]
        together = PathGlobs(asked['patterns'])
        for at, name in enumerate(asked['names']):
            found = {n for n, row in enumerate(answer) if row[at]}
            assert together.found(name) == found, name
    else:
        path, questions, now = asked
        answer = [ask(path, question, now) for question in questions]
    print(json.dumps(answer), flush=True)
