# A Mercurial extension for a client that does not keep to the rules: commits
# with [forge] branch, in hexadecimal, as the branch's stored name.
#
# SPDX-License-Identifier: GPL-2.0-or-later
from mercurial import registrar

configtable = {}
configitem = registrar.configitem(configtable)
configitem(b'forge', b'branch', default=b'')


def reposetup(ui, repo):
    class forgingrepo(repo.__class__):
        def commit(self, *args, **kwargs):
            name = bytes.fromhex(self.ui.config(b'forge', b'branch').decode())
            kwargs['extra'] = {**(kwargs.get('extra') or {}), b'branch': name}
            return super().commit(*args, **kwargs)

    repo.__class__ = forgingrepo
