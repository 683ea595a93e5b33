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

One file, which HTTP and SSH share. Mercurial passes over one that is missing
or that it cannot read without a word; in here it is a Problem.
"""

import os
import re
import stat

DEFAULT = '/etc/hgscim/hgrc'

OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH

# as Mercurial's config.py reads them
SECTION = re.compile(r'\[([^\[]+)\]')
ITEM = re.compile(r'([^=\s][^=]*?)\s*=\s*((.*\S)?)')
CONTINUED = re.compile(r'\s+(\S|\S.*\S)\s*$')
EMPTY = re.compile(r'(;|#|\s*$)')


class Problem(Exception):
    """Nothing can be allowed: says why, in one sentence."""


def trusted(path, what):
    """The text of a file that nobody but root and its reader could write.

    Raises Problem for one that is missing, unreadable, empty, no file, not
    UTF-8, or that others may write to.
    """
    try:
        with open(path, encoding='utf-8') as file:
            status = os.fstat(file.fileno())
            text = file.read()
    except FileNotFoundError:
        raise Problem('%s %s is missing' % (what, path))
    except OSError as problem:
        raise Problem('%s %s cannot be read: %s' % (what, path, problem.strerror))
    except UnicodeDecodeError:
        raise Problem('%s %s is not UTF-8' % (what, path))
    if not stat.S_ISREG(status.st_mode):
        raise Problem('%s %s is not a file' % (what, path))
    if status.st_uid not in (0, os.geteuid()) or status.st_mode & OTHERS_WRITE:
        raise Problem('%s %s can be written by others' % (what, path))
    if not text.strip():
        raise Problem('%s %s is empty' % (what, path))
    return text


def settings(path):
    """The values of the section [hgscim] of a configuration file.

    Raises Problem where the file may not be trusted, or includes another one:
    then it does not say all by itself.
    """
    found, section, name = {}, None, None
    for line in trusted(path, 'the configuration').splitlines():
        if line.startswith('%'):
            raise Problem(
                'the configuration %s includes or unsets: not understood here'
                % path
            )
        head = SECTION.match(line)
        item = ITEM.match(line)
        continued = name and CONTINUED.match(line)
        if continued:
            found[name] += '\n' + continued.group(1)
        elif EMPTY.match(line):
            continue
        elif head:
            section, name = head.group(1), None
        elif item and section == 'hgscim':
            name = item.group(1)
            found[name] = item.group(2)
        else:
            name = None
    return found
