# configuration.py - Mercurial's configuration, read as it will be used
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""the host's configuration, one file in Mercurial's own format

It is what HGRCPATH names, and the list of repositories (``[paths]``) that hgweb
is given. Mercurial alone reads it; what it made of it is looked at afterwards.
"""

import difflib
import os
import stat
import sys

from .unusable import Unusable

PROXY = b'hgscim-proxy'

# Sections of ours, with their keys; those of the extension are its own to name.
SECTIONS = {PROXY: (b'from', b'header', b'secret')}

# What holds where somebody serves the same file without the extension.
DENIED = (b'deny_read', b'deny_push')


def mustbereadable(path):
    """Raise Unusable unless the file is one that Mercurial will read: it passes
    over what it cannot read without a word."""
    if not os.path.isabs(path) or os.pathsep in path or '$' in path:
        raise Unusable(
            '%s cannot be read (expected an absolute path without "%s" and "$")'
            % (path, os.pathsep)
        )
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise Unusable('%s is not a file' % path)
        with open(path, 'rb') as file:
            content = file.read()
    except OSError as problem:
        raise Unusable('%s cannot be read: %s' % (path, problem.strerror))
    try:
        content.decode('utf-8')
    except UnicodeDecodeError as problem:
        line = content.count(b'\n', 0, problem.start) + 1
        raise Unusable('%s:%d: not UTF-8' % (path, line))


def setenvironment(path):
    """Mercurial's part of the process's environment: this file, and neither a
    repository's own nor what whoever starts the server has set."""
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
    os.environ['HGRCSKIPREPO'] = '1'
    os.environ['HGPLAIN'] = '1'
    os.environ['HGENCODING'] = 'UTF-8'


def folderof(path):
    """hgweb for the repositories of the file, with the extension in it."""
    mustbereadable(path)
    setenvironment(path)
    try:
        from mercurial import error
        from mercurial.hgweb import hgwebdir
    except Exception as problem:
        raise Unusable(
            'Mercurial cannot be imported by Python %s (%s): %s'
            % (sys.version.split()[0], sys.prefix, problem)
        )
    try:
        folder = hgwebdir(os.fsencode(path))
    except error.Abort as problem:
        raise Unusable(problem.format().decode('utf-8', 'replace').strip())
    except Exception as problem:
        raise Unusable('%s: %r' % (path, problem))
    check(folder.ui)
    return folder


def check(ui):
    """Raise Unusable unless the configuration is one that keeps people out."""
    from mercurial import extensions

    extension = sys.modules.get('hgscim')
    if extension not in [module for _name, module in extensions.extensions(ui)]:
        raise Unusable(
            'the extension hgscim is not loaded (expected [extensions] hgscim ='
            ' its folder); restart the web server when that is mended'
        )
    known = {**SECTIONS, b'hgscim': tuple(extension.configtable[b'hgscim'])}
    for section, key, _value in ui.walkconfig(untrusted=True):
        mustbeknown(ui, known, section, key)
    for key in (b'access', b'root'):
        if not ui.config(b'hgscim', key):
            raise Unusable('[hgscim] %s is missing' % key.decode('ascii'))
    for key in DENIED:
        if b'*' not in ui.configlist(b'web', key):
            raise Unusable('[web] %s = * is missing' % key.decode('ascii'))


def mustbeknown(ui, known, section, key):
    """Raise Unusable for a key that is misspelt in one of our sections, or in a
    section that is."""
    if section in known and key in known[section]:
        return
    if section in known:
        word, words, shape = key, known[section], '[%s] %%s' % text(section)
    else:
        word, words, shape = section, known, '[%s]'
    near = difflib.get_close_matches(text(word), map(text, words), 1, 0.75)
    if section in known or near:
        wanted = near or sorted(map(text, words))
        raise Unusable(
            '%s: there is no %s (expected %s)'
            % (
                text(ui.configsource(section, key)),
                shape % text(word),
                ' or '.join(shape % name for name in wanted),
            )
        )


def text(data):
    return data.decode('utf-8', 'replace')
