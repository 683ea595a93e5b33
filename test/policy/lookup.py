"""Answers lines of JSON [access file, [[account, repository, right, [kind, name] or null], …], now] as the Mercurial extension would."""

import json
import sys

sys.path.insert(0, sys.argv[1])

from hgscim.access import facts, label, refusal, restriction
from hgscim.accessfile import openaccess


def allows(connection, now, account, repository, right, touched):
    found = facts(connection, account, repository, right, now)
    if refusal(found, repository, right) is not None:
        return False
    return touched is None or restriction(found, repository, {label(*touched): "a push"}) is None


for line in sys.stdin:
    path, questions, now = json.loads(line)
    connection = openaccess(path)
    answers = [allows(connection, now, *question) for question in questions]
    connection.close()
    print(json.dumps(answers), flush=True)
