# parts.py - what a push may be made of
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""the parts of a bundle that hg pushes, and no others

Some parts, and parameters of parts, act outside of the transaction: they
write caches that every client is told of, requirements or the store's files,
and those stay when the push is refused; or they fetch from elsewhere. hg sends
them in pulls and keeps them in bundle files, while a client could push them.
So only what hg sends in a push is taken (``exchange.py``, ``_pushb2...``, of 6.3
to 7.2; evolve and topic add none).
"""

import struct

from mercurial import (
    bundle2,
    changegroup,
    error,
    scmutil,
)
from mercurial.utils import stringutil

# A part's kind to its parameters.
PUSHED = {
    b'replycaps': (),
    b'check:bookmarks': (),
    b'check:heads': (),
    b'check:phases': (),
    b'check:updated-heads': (),
    b'changegroup': (b'version', b'treemanifest', b'exp-sidedata'),
    b'phase-heads': (),
    b'obsmarkers': (),
    b'bookmarks': (),
    b'pushkey': (b'namespace', b'key', b'old', b'new'),
    # any: they are for the host's own hooks, where it has push.pushvars.server
    b'pushvars': None,
}
# Of keys, as a part or by the older command.
NAMESPACES = (b'bookmarks', b'obsolete', b'phases')
# What comes of a bundle or request that Mercurial takes for one of its own
# clients'.
MALFORMED = (
    ArithmeticError,
    LookupError,
    TypeError,
    ValueError,
    error.StorageError,
    struct.error,
)
# What a client that fails while it sends may put into the middle of a part.
INTERRUPTING = (b'error:abort', b'output')


def unbundle(orig, repo, bundle, heads, source, url):
    """``exchange.unbundle``: bundle1 and bundle2 alone, and bundle2 without
    parameters of its own, such as a compression."""
    if isinstance(bundle, bundle2.unbundle20):
        try:
            params = bundle.params
        except ValueError:
            params = {b'?': None}
        if params:
            raise refusal(b'a bundle with parameters')
    elif not isinstance(bundle, changegroup.cg1unpacker):
        raise refusal(b'the files of a repository')
    try:
        return orig(repo, bundle, heads, source, url)
    except error.BundleValueError:
        # Mercurial has an answer for what it does not know.
        raise
    except MALFORMED:
        raise refusal(b'what is in this bundle')


def processpart(orig, operation, part):
    """``bundle2._processpart``, which also takes in what a client pulls."""
    source = getattr(operation, 'source', None)
    kind = stringutil.pprint(part.type)
    if source is None and part.type not in INTERRUPTING:
        raise refusal(b'a part %s within another one' % kind)
    if source == b'push':
        if part.type not in PUSHED:
            raise refusal(b'a part %s' % kind)
        for name in unpushed(operation.repo, part):
            raise refusal(
                b'a part %s with such a %s' % (kind, stringutil.pprint(name))
            )
    return orig(operation, part)


def unpushed(repo, part):
    """The names of a part's parameters that hg would not push to repo so."""
    known = PUSHED[part.type]
    for name, value in part.params.items():
        if known is not None and name not in known:
            yield name
        if name == b'treemanifest' and not scmutil.istreemanifest(repo):
            # an empty repository would become one with tree manifests
            yield name
        if name == b'version':
            if value not in changegroup.supportedincomingversions(repo):
                yield name


def refusal(what):
    """The exception that refuses a push for what it brings: one sentence."""
    problem = error.Abort(
        # the sentence has to fit into a parameter of the answer's part
        b'hg pushes nothing like %s, so this host does not take it' % what[:150]
    )
    # Mercurial answers it as what comes up later: so that the client reads it.
    problem.duringunbundle2 = True
    return problem
