"""Answers lines of JSON [access file, [[account, repository, right], …]] as the Mercurial extension would."""

import importlib.util
import json
import sys

spec = importlib.util.spec_from_file_location("hgscim", sys.argv[1])
hgscim = importlib.util.module_from_spec(spec)
spec.loader.exec_module(hgscim)

for line in sys.stdin:
    path, questions = json.loads(line)
    connection = hgscim.openaccess(path)
    answers = [hgscim.lookup(connection, *question) is None for question in questions]
    connection.close()
    print(json.dumps(answers), flush=True)
