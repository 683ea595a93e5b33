# Prints a bundle2 that asks the server to fetch changesets from the URL that is given.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import sys

from mercurial import bundle2, ui

bundle = bundle2.bundle20(ui.ui())
part = bundle.newpart(b'remote-changegroup')
for name, value in ((b'url', sys.argv[1].encode()), (b'size', b'1'), (b'digests', b'')):
    part.addparam(name, value)
for chunk in bundle.getchunks():
    sys.stdout.buffer.write(chunk)
