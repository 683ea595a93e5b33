"""Answers lines of JSON [access file, [[account, repository, right, [kind, name] or null], …], now] as the Mercurial extension would."""

import json
import sys

sys.path.insert(0, sys.argv[1])

from hgscim.access import label, lookup, openaccess, restriction


def allows(connection, now, account, repository, right, touched):
    if lookup(connection, account, repository, right, now) is not None:
        return False
    return touched is None or restriction(connection, account, repository, {label(*touched): "a push"}) is None


for line in sys.stdin:
    path, questions, now = json.loads(line)
    connection = openaccess(path)
    answers = [allows(connection, now, *question) for question in questions]
    connection.close()
    print(json.dumps(answers), flush=True)
