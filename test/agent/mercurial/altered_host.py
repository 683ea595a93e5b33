# The demonstration host with more configuration than it has (HOST_MORE), and
# as a user that may not read everything (HOST_UNPRIVILEGED).
#
# SPDX-License-Identifier: GPL-2.0-or-later
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.environ['HOST_FOLDER'])

import host

if os.environ.get('HOST_UNPRIVILEGED') and os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)

host.main(sys.argv[1:], more=os.environ.get('HOST_MORE', ''))
