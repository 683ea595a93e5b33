# A Mercurial extension for a client that does not keep to the rules: its
# changesets say that they change no file.
#
# SPDX-License-Identifier: GPL-2.0-or-later
from mercurial import changelog, extensions, metadata


def add(orig, self, manifest, files, *args, **kwargs):
    return orig(self, manifest, metadata.ChangingFiles(), *args, **kwargs)


def extsetup(ui):
    extensions.wrapfunction(changelog.changelog, 'add', add)
