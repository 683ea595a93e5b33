# A Mercurial extension for Mercurial's own tests, which know of no accounts
# and configure their servers by each repository's own hgrc.
#
# SPDX-License-Identifier: GPL-2.0-or-later
"""every web request comes from the account `upstream`, unless a test says who
asks, and hgscim takes it that a repository's own configuration is not read"""

import sys
import types

from mercurial import extensions
from mercurial.hgweb import request


def parserequestfromenv(orig, env, *args, **kwargs):
    env.setdefault('REMOTE_USER', 'upstream')
    return orig(env, *args, **kwargs)


def extsetup(ui):
    extensions.wrapfunction(request, 'parserequestfromenv', parserequestfromenv)
    host = sys.modules['%s.host' % sys.modules['hgscim'].__name__]
    host.rcutil = types.SimpleNamespace(use_repo_hgrc=lambda: False)
