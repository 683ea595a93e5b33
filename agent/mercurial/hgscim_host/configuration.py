# configuration.py - Mercurial's configuration, read as it will be used
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""Mercurial with the host's configuration, and whether that keeps people out

Mercurial alone reads it; what it made of it is looked at afterwards, for HTTP
and SSH alike.
"""

import contextlib
import os
import sys

from .settings import SSH_KEYS, settings
from .unusable import Unusable

PROXY = b'hgscim-proxy'

# Sections of ours, with their keys; those of the extension are its own to name.
SECTIONS = {PROXY: (b'from', b'header', b'secret')}

# What holds where somebody serves the same file without the extension.
DENIED = (b'deny_read', b'deny_push')


def setenvironment(path):
    """Mercurial's part of the process's environment: this file, and neither a
    repository's own nor what whoever starts the server has set.

    Raises Unusable unless Mercurial will read that very file.
    """
    if not os.path.isabs(path) or os.pathsep in path or '$' in path:
        raise Unusable(
            'the configuration %s cannot be read (expected an absolute path without'
            ' "%s" and "$")' % (path, os.pathsep)
        )
    settings(path)
    if 'mercurial' in sys.modules and os.environ.get('HGRCPATH') != path:
        raise Unusable(
            'this process has imported Mercurial already, for another'
            ' configuration than %s' % path
        )
    for name in list(os.environ):
        # how Mercurial itself is built, which is no configuration
        if name.startswith('HG') and name != 'HGMODULEPOLICY':
            del os.environ[name]
    os.environ['HGRCPATH'] = path
    # a repository's own hgrc could switch the extension off
    os.environ['HGRCSKIPREPO'] = '1'
    os.environ['HGPLAIN'] = '1'
    os.environ['HGENCODING'] = 'UTF-8'


@contextlib.contextmanager
def configured(path):
    """Mercurial with this file as its configuration, for what is done within.

    Raises Unusable where there is no Mercurial, and for what is wrong within.
    """
    setenvironment(path)
    try:
        yield
    except Unusable:
        raise
    except ImportError as problem:
        raise Unusable(
            'Mercurial cannot be imported by Python %s (%s): %s'
            % (sys.version.split()[0], sys.prefix, problem)
        )
    except Exception as problem:
        raise Unusable(inwords(problem) or '%s: %r' % (path, problem))


def inwords(problem):
    """What an error of Mercurial's own says, or None of another."""
    # not imported: that may be what has gone wrong
    error = sys.modules.get('mercurial.error')
    if isinstance(problem, getattr(error, 'Error', ())):
        return problem.format().decode('utf-8', 'replace').strip()
    return None


def check(ui):
    """Raise Unusable unless the configuration is one that keeps people out."""
    from mercurial import extensions

    extension = sys.modules.get('hgscim')
    if extension not in [module for _name, module in extensions.extensions(ui)]:
        raise Unusable(
            'the extension hgscim is not loaded (expected [extensions] hgscim ='
            ' its folder; restart the web server when that is mended)'
        )
    ours = (*extension.configtable[b'hgscim'], *map(os.fsencode, SSH_KEYS))
    mustbeknown(ui, {**SECTIONS, b'hgscim': ours})
    for key in (b'access', b'root'):
        if not ui.config(b'hgscim', key):
            raise Unusable('[hgscim] %s is missing' % key.decode('ascii'))
    for key in DENIED:
        if b'*' not in ui.configlist(b'web', key):
            raise Unusable('[web] %s = * is missing' % key.decode('ascii'))


def mustbeknown(ui, known):
    """Raise Unusable for a key that is misspelt in one of our sections, or for a
    section that is."""
    others = {}
    for section, key, _value in ui.walkconfig(untrusted=True):
        if section not in known:
            others.setdefault(section, key)
        elif key not in known[section]:
            where = text(ui.configsource(section, key))
            shape = '[%s] %%s' % text(section)
            wanted = like(key, known[section]) or sorted(map(text, known[section]))
            raise misspelt(where, shape, key, wanted)
    for section, key in others.items():
        wanted = like(section, known)
        if wanted:
            where = text(ui.configsource(section, key))
            raise misspelt(where, '[%s]', section, wanted)


def like(word, words):
    """The one of some words that a word is like, in a list, or none."""
    import difflib

    return difflib.get_close_matches(text(word), map(text, words), 1, 0.75)


def misspelt(where, shape, word, wanted):
    expected = ' or '.join(shape % name for name in wanted)
    return Unusable(
        '%s: there is no %s (expected %s)' % (where, shape % text(word), expected)
    )


def text(data):
    return data.decode('utf-8', 'replace')
