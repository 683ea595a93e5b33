# hgscim - allow or refuse what a request asks of a repository
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""allow or refuse each request as the agent's access file says

The extension decides nothing but allowed or not: it looks the account that
the web server or sshd has authenticated and the repository up in
the access file (access-schema.sql) and takes the place of hgweb's own
permission check. It looks again when a push opens its transaction, when it
moves a key (bookmark, phase) and, last of all hooks, when its transaction is
about to close, and keeps that last read transaction open until the push is
in. So a commit that takes the right away waits for a push that is closing,
and a push that has yet to close is refused. Whatever goes wrong in here
refuses.

That last look is also where rules that restrict branches, bookmarks and paths
are judged, since every kind of push closes a transaction: by the branches that
its new changesets, the phases and obsolescence it changes, and bookmarks of a
branch's name touch, by the bookmarks it moves, and by the files that its new
changesets change. All of a transaction is stored, or nothing.

The server's own configuration::

  [extensions]
  hgscim = /usr/share/hgscim/hgscim
  hgscim:required = yes

  [hgscim]
  access = /var/lib/hgscim/access.db
  # folder that the repositories' names start from
  root = /srv/hg
  # whose access file it is
  environment = production
  # whom a refusal names
  contact = hg-admins@example.com

  [web]
  # what holds if this extension is missing: without it, nobody
  deny_read = *
  deny_push = *

and ``HGRCSKIPREPO=1`` in the server's environment, since a repository's own
configuration could otherwise switch parts of this off.

What is not judged: a command that an administrator runs on the host itself
(``hg commit``, ``hg -R /srv/hg/core pull``). It has no identity to judge, and
who has a shell and the files' permissions needs no permission from here.
A push is made of what hg sends in one: other parts of bundles, and other
parameters, are refused.
Over SSH the forced command ``hgscim-ssh`` says who asks, and each command of a
session is judged. What is refused altogether: the wire protocol over standard
input and output by any other program (``hg serve --stdio``, ``hg-ssh``), which
tells no identity; hosts with largefiles,
lfs, remotefilelog or infinitepush, which keep content outside of the
repository it belongs to; and the list of repositories, which is not judged
repository by repository. Clone bundles are not announced.

An account or repository name that is not ASCII must come from the web server
as UTF-8 once Mercurial has converted it; other encodings match nothing.
"""

import sys

from mercurial import (
    bundle2,
    changegroup,
    exchange,
    extensions,
    hook,
    registrar,
    revlog,
    transaction,
    util,
    wireprotoserver,
    wireprotov1server,
)
from mercurial.hgweb import (
    common,
    hgweb_mod,
    hgwebdir_mod,
    webcommands,
)

# Mercurial gives the package a name of its own making, so its parts are named
# relative to it; and they are asked for by what is in them, since a module
# alone would be loaded when it is first used, after Mercurial has found the
# extension whole.
from .brought import addgroup, apply
from .parts import processpart, unbundle
from .rolledback import playback
from .saying import pythonhook
from .ssh import (
    checkperm,
    client,
    dispatch,
    getargs,
    getpayload,
    respondooberror,
    runsshserver,
    serve as servessh,
)
from .unpacking import decompressorreader, readsent
from .web import (
    NoRevsets,
    called,
    makeindex,
    permit,
    readbundle,
    runwsgi,
    servefolder,
    serverepository,
)
from .wire import (
    SUPERSEDED,
    batch,
    between,
    nobundle,
    noclonebundles,
    notasked,
)

# Switched on under a second name, there would be two of each class, and an
# answer of one copy would be none to the other.
if sys.modules.setdefault('hgscim', sys.modules[__name__]).__name__ != __name__:
    raise ImportError('hgscim is on already, under another name')

testedwith = b'6.3.2 7.0.1 7.2.4'
minimumhgversion = b'6.3'

configtable = {}
configitem = registrar.configitem(configtable)
configitem(b'hgscim', b'access', default=None)
configitem(b'hgscim', b'root', default=None)
# Whose access file it must be; any environment's where that is not said.
configitem(b'hgscim', b'environment', default=None)
configitem(b'hgscim', b'contact', default=b'the administrator of this host')
# Seconds that a push may take from its last check to its end. The revoking
# commit waits as long, so the agent's own busy timeout must be longer.
configitem(b'hgscim', b'close-within', default=4)
# What any pushed bundle may unpack to; a larger one may be a hundred times what
# was sent.
configitem(b'hgscim', b'unpack-up-to', default=b'256 MB')
# Files that all changesets of a push have otherwise than their parents, where
# rules for files are; a few bytes can change each file of a repository.
configitem(b'hgscim', b'judge-up-to', default=2000000)


def extsetup(ui):
    extensions.wrapfunction(hgweb_mod.hgweb, '_runwsgi', runwsgi)
    for application in (hgweb_mod.hgweb, hgwebdir_mod.hgwebdir):
        extensions.wrapfunction(application, '__call__', called)
    extensions.wrapfunction(hgweb_mod.hgweb, 'run_wsgi', serverepository)
    extensions.wrapfunction(hgwebdir_mod.hgwebdir, '_runwsgi', servefolder)
    extensions.wrapfunction(hgwebdir_mod.hgwebdir, 'makeindex', makeindex)
    webcommands.revsetlang = NoRevsets
    extensions.wrapfunction(hook, 'pythonhook', pythonhook)
    extensions.wrapfunction(exchange, 'readbundle', readsent)
    extensions.wrapfunction(exchange, 'readbundle', readbundle)
    for name in util.compengines:
        engine = util.compengines[name]
        if engine.bundletype():
            extensions.wrapfunction(
                type(engine), 'decompressorreader', decompressorreader
            )
    extensions.wrapfunction(wireprotoserver, '_runsshserver', runsshserver)
    extensions.wrapfunction(
        wireprotoserver, '_sshv1respondooberror', respondooberror
    )
    for method in (checkperm, client, getargs, getpayload):
        extensions.wrapfunction(
            wireprotoserver.sshv1protocolhandler, method.__name__, method
        )
    extensions.wrapfunction(wireprotov1server, 'dispatch', dispatch)
    for command in (b'clonebundles', b'clonebundles_manifest'):
        if command in wireprotov1server.commands:
            wireprotov1server.commands[command].func = noclonebundles
    for limited in (batch, between):
        command = wireprotov1server.commands[limited.__name__.encode('ascii')]
        extensions.wrapfunction(command, 'func', limited)
    for command in SUPERSEDED:
        wireprotov1server.commands[command].func = notasked
    inline = wireprotov1server.commands.get(b'get_cached_bundle_inline')
    if inline:
        inline.func = nobundle
    extensions.wrapfunction(exchange, 'unbundle', unbundle)
    extensions.wrapfunction(bundle2, '_processpart', processpart)
    extensions.wrapfunction(changegroup.cg1unpacker, 'apply', apply)
    extensions.wrapfunction(revlog.revlog, 'addgroup', addgroup)
    extensions.wrapfunction(transaction, '_playback', playback)
    # In place: hgweb holds the same list. Other extensions' hooks stay, since
    # a hook can only refuse.
    common.permhooks[:] = [permit] + [
        hook for hook in common.permhooks if hook is not common.checkauthz
    ]
