# settings.py - the [hgscim] section of the configuration, without Mercurial
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""the host's configuration, as far as a program without Mercurial needs it

One file, which HTTP and SSH share: it is what HGRCPATH names, and the list of
repositories (``[paths]``) that hgweb is given. Mercurial passes over one that is
missing, or that it cannot read, without a word; in here that is Unusable.

No regular expression: sshd runs a program that reads it twice at each login, and to
import ``re`` takes half as long as all else of such a program.
"""

from .trusted import trusted
from .unusable import Unusable

DEFAULT = '/etc/hgscim/hgweb.config'

# Keys of [hgscim] that the programs of sshd read, and the extension does not.
SSH_KEYS = ('keys', 'ssh-user')

# what Mercurial's config.py takes for white space
SPACE = ' \t\n\r\f\v'


def settings(path):
    """The values of the section [hgscim] of a configuration file.

    Raises Unusable where the file may not be trusted, or includes another one:
    then it does not say all by itself, and nobody looks whether that one may be.
    """
    text = trusted(path, 'the configuration').removeprefix('\ufeff')
    lines = text.replace('\r\n', '\n').replace('\r', '\n').split('\n')
    found, section, name, continues = {}, None, None, False
    for number, line in enumerate(lines, 1):
        if line.startswith('%'):
            raise Unusable(
                'the configuration %s:%d includes or unsets (expected that one'
                ' file says all)' % (path, number)
            )
        stripped = line.strip(SPACE)
        if continues and line.startswith(('#', ';')):
            continue
        if continues and stripped and line[0] in SPACE:
            if name:
                found[name] += '\n' + stripped
            continue
        continues = False
        if not stripped or line.startswith(('#', ';')):
            continue
        head = line.startswith('[') and line[1:].partition('[')[0].rpartition(']')
        if head and head[0]:
            section = head[0]
            continue
        key, equals, value = line.partition('=')
        if equals and key and key[0] not in SPACE:
            continues = True
            name = key.rstrip(SPACE) if section == 'hgscim' else None
            if name:
                found[name] = value.strip(SPACE)
    return found
