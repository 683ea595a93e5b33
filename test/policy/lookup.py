"""Answers lines of JSON [access file, [[account, repository, right, branch or null], …], now] as the Mercurial extension would."""

import importlib.util
import json
import sys

spec = importlib.util.spec_from_file_location("hgscim", sys.argv[1])
hgscim = importlib.util.module_from_spec(spec)
spec.loader.exec_module(hgscim)


def allows(connection, now, account, repository, right, branch):
    if hgscim.lookup(connection, account, repository, right, now) is not None:
        return False
    return branch is None or hgscim.restriction(connection, account, repository, {("branch", branch): "a push"}) is None


for line in sys.stdin:
    path, questions, now = json.loads(line)
    connection = hgscim.openaccess(path)
    answers = [allows(connection, now, *question) for question in questions]
    connection.close()
    print(json.dumps(answers), flush=True)
