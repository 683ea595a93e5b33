# A Mercurial extension for the host under test: counts the manifests that are
# read whole, in the file [counting] file.
#
# SPDX-License-Identifier: GPL-2.0-or-later
from mercurial import extensions, manifest, registrar

configtable = {}
configitem = registrar.configitem(configtable)
configitem(b'counting', b'file', default=None)


def extsetup(ui):
    def read(orig, context):
        if context._data is None:
            with open(ui.config(b'counting', b'file'), 'a') as file:
                file.write('.')
        return orig(context)

    extensions.wrapfunction(manifest.manifestctx, 'read', read)
