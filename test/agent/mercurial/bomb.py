# Prints a small bundle that unpacks to a large one: KIND (HG10GZ, HG10BZ,
# HG20GZ, HG20BZ, HG20ZS) and how many MiB.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import struct
import sys

from mercurial import util

kind, size = sys.argv[1].encode(), int(sys.argv[2]) << 20
format, compression = kind[:4], kind[4:]


def unpacked():
    # a chunk of a changegroup, or the header of a part: as long as it says
    yield struct.pack('>i', size)
    for _ in range(size >> 20):
        yield b'\0' * (1 << 20)


engine = util.compengines.forbundletype(compression)
packed = b''.join(engine.compressstream(unpacked()))
if format == b'HG10':
    # bzip2's own first letters are those of the kind
    bundle = kind + (packed[2:] if compression == b'BZ' else packed)
else:
    parameters = b'Compression=%s' % compression
    bundle = format + struct.pack('>i', len(parameters)) + parameters + packed
sys.stdout.buffer.write(bundle)
