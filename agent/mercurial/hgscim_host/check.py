# check.py - whether a configuration file would serve anybody, and for whom
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""look at a host's configuration as the application does, and serve nobody

``python3 -m hgscim_host.check FILE``, as the web server's user, prints one line
of JSON: what is configured, and "problem", why nobody would be served. FILE is
a configuration, or the WSGI file (``.wsgi``) of one. No secret is told. For
``hgscim host check``.
"""

import json
import os
import runpy
import sys
import time

from .application import Application, folderof
from .configuration import PROXY, text
from .proxy import proxyof
from .unusable import Unusable


def look(path):
    """What a file comes to, as a dictionary."""
    found = {'python': sys.version.split()[0], 'problem': None}
    try:
        if path.endswith('.wsgi'):
            path = servedby(path)
        found['configuration'] = path
        ui = folderof(path).ui
        found['mercurial'] = mercurialversion()
        for name in ('access', 'root', 'environment', 'contact'):
            found[name] = text(ui.config(b'hgscim', name.encode('ascii')) or b'')
        found['header'] = text(ui.config(PROXY, b'header', b''))
        proxyof(ui)
        found['release'] = releaseof(ui)
    except Unusable as problem:
        found['problem'] = str(problem)
    return found


def servedby(path):
    """The configuration of the application that a WSGI file hands over.

    Raises Unusable where that is another program's.
    """
    try:
        application = runpy.run_path(path).get('application')
    except Exception as problem:
        raise Unusable('%s: %r' % (path, problem))
    if not isinstance(application, Application):
        raise Unusable(
            '%s serves by another program (expected'
            ' hgscim_host.application.Application)' % path
        )
    return application.path


def mercurialversion():
    from mercurial import util

    return text(util.version())


def releaseof(ui):
    """The release by which requests would be judged.

    Raises Unusable where they could not be.
    """
    # the extension's own look-ups, of the very package that is configured
    from hgscim import access, accessfile, host, web
    from mercurial.hgweb import common

    if web.permit not in common.permhooks:
        raise Unusable(web.ROBBED)
    connection = None
    try:
        path = host.configured(ui, b'access')
        connection = accessfile.openaccess(os.fsdecode(path))
        now = time.time() * 1000
        facts = access.facts(connection, '', '', access.READ, now)
        expected = text(ui.config(b'hgscim', b'environment', b''))
        accessfile.mustbeof(expected, facts.environment)
    except Exception as problem:
        raise Unusable(accessfile.inwords(problem))
    finally:
        if connection is not None:
            connection.close()
    return facts.release


def main(arguments):
    if len(arguments) != 1:
        print(
            'usage: python3 -m hgscim_host.check FILE (expected the absolute path'
            ' of the configuration, or of the WSGI file)',
            file=sys.stderr,
        )
        return 2
    print(json.dumps(look(arguments[0])))
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
