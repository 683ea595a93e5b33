# unpacking.py - what a compressed bundle may become
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""bounds on what a pushed bundle unpacks to

Two kilobytes of zstd can stand for gigabytes, and Mercurial unpacks what it
has read at one go. So it reads little at a time here, and no more than a push
has reason to become: a fixed size, or so many times what was sent.
"""

from mercurial import error, util

# A step of unpacking becomes 2 MiB of zstd at most, and some 100 of bzip2.
STEP = 64

# Text shrinks to a tenth, and by deltas to less.
TIMES = 100


class Sent:
    """A pushed bundle, as it was sent: a file that is read once."""

    def __init__(self, file, allowance):
        self._file = file
        self.allowance = allowance
        self.size = 0

    def read(self, size=-1):
        data = self._file.read(size)
        self.size += len(data)
        return data


class Steps:
    """What is sent, in steps that are small enough to unpack."""

    def __init__(self, sent):
        self._sent = sent

    def read(self, size):
        return self._sent.read(min(size, STEP))


class Unpacked:
    """What a decompressor makes of it, as long as that is in proportion."""

    def __init__(self, reader, sent):
        self._reader = reader
        self._sent = sent
        self._size = 0

    def read(self, size):
        # the sizes of parts and chunks come from the client: what it says is
        # unpacked whole before it is looked at
        wanted, data = size, []
        while wanted > 0:
            step = self._reader.read(min(wanted, 1 << 20))
            if not step:
                break
            data.append(step)
            wanted -= len(step)
            self._size += len(step)
            most = max(self._sent.allowance, TIMES * self._sent.size)
            if self._size > most:
                raise error.Abort(
                    b'the bundle unpacks to more than %s, which is out of'
                    b' proportion to what was sent; push less at a time, or ask'
                    b' for a larger hgscim.unpack-up-to'
                    % util.bytecount(most)
                )
        return b''.join(data)


def readsent(orig, ui, fh, fname, vfs=None):
    """exchange.readbundle: what has no name of a file was sent."""
    if not fname:
        fh = Sent(fh, ui.configbytes(b'hgscim', b'unpack-up-to'))
    return orig(ui, fh, fname, vfs)


def decompressorreader(orig, engine, fh):
    """compressionengine.decompressorreader, of what was sent."""
    if not isinstance(fh, Sent):
        return orig(engine, fh)
    steps = Steps(fh)
    reader = orig(engine, steps)
    # what is not compressed is no larger than it was
    return fh if reader is steps else Unpacked(reader, fh)
