# arguments.py - the words that sshd starts a program with
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""[--config FILE] and some words in their order

argparse takes as long to load as the rest of a program that sshd starts at
each login.
"""

import sys

from .settings import DEFAULT


def parsed(program, names, arguments):
    """The configuration's path, and the words by their names.

    The last name may be in brackets: without that word it is None. Exits with
    2 where the words are others.
    """
    words = list(arguments)
    config = DEFAULT
    if words[:1] == ['--config'] and len(words) > 1:
        config = words[1]
        del words[:2]
    required = [name for name in names if not name.startswith('[')]
    isfit = len(required) <= len(words) <= len(names)
    if not isfit or any(word.startswith('--') for word in words):
        usage = ' '.join(['[--config FILE]', *names])
        sys.stderr.write('usage: %s %s\n' % (program, usage))
        sys.exit(2)
    words += [None] * (len(names) - len(words))
    return config, words
