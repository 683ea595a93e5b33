# lost.py - what repositories' own configurations say that no longer counts
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""list the settings of each repository's own that a host with hgscim drops

``python3 -m hgscim_host.lost ROOT`` prints a line of JSON for each repository
that has any: {"repository": name, "lost": ["hooks.incoming", ...]}. Names alone,
since a value may be a password. Where a file cannot be read, "problem" says why.
"""

import json
import os
import sys


def lost(root):
    """Yield (name, settings that are dropped, what is wrong or None) of each
    repository below root that loses something."""
    from mercurial import error, scmutil

    from hgscim.ownsettings import KEPT, read

    root = os.fsencode(os.path.abspath(root))
    for path in sorted(scmutil.walkrepos(root, followsym=True, recurse=True)):
        name = os.fsdecode(os.path.relpath(path, root))
        try:
            own = read([os.path.join(path, b'.hg')])
        except (OSError, error.Abort) as problem:
            why = getattr(problem, 'strerror', None) or problem.format().decode(
                'utf-8', 'replace'
            )
            yield name, [], why.strip()
            continue
        dropped = [
            '%s.%s' % (section.decode('utf-8', 'replace'), key.decode('utf-8', 'replace'))
            for section in own
            for key, _value in own.items(section)
            if (section, key) not in KEPT
        ]
        if dropped:
            yield name, dropped, None


def main(arguments):
    if len(arguments) != 1 or not os.path.isdir(arguments[0]):
        print(
            'usage: python3 -m hgscim_host.lost ROOT (expected the folder of the'
            ' repositories)',
            file=sys.stderr,
        )
        return 2
    for name, dropped, why in lost(arguments[0]):
        line = {'repository': name, 'lost': dropped}
        print(json.dumps({**line, 'problem': why} if why else line))
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
