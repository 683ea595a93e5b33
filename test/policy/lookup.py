"""Answers lines of JSON [access file, [[account, repository, right, branch or null], …]] as the Mercurial extension would."""

import importlib.util
import json
import sys

spec = importlib.util.spec_from_file_location("hgscim", sys.argv[1])
hgscim = importlib.util.module_from_spec(spec)
spec.loader.exec_module(hgscim)


def allows(connection, account, repository, right, branch):
    if hgscim.lookup(connection, account, repository, right) is not None:
        return False
    return branch is None or hgscim.restriction(connection, account, repository, {branch: "a push"}) is None


for line in sys.stdin:
    path, questions = json.loads(line)
    connection = hgscim.openaccess(path)
    answers = [allows(connection, *question) for question in questions]
    connection.close()
    print(json.dumps(answers), flush=True)
