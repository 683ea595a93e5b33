# saying.py - what is said to the host, not to a client
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""the system's log: a client reads the standard error of what sshd starts"""

import syslog


class Log:
    """The system's log, as a file that is written to."""

    def __init__(self, program):
        syslog.openlog(program, syslog.LOG_PID, syslog.LOG_AUTH)

    def write(self, text):
        """Write each line of a text."""
        for line in text.splitlines():
            # the log is one of text, where no line may pass for another
            shown = line.encode('unicode_escape').decode('ascii')
            syslog.syslog(syslog.LOG_WARNING, shown)

    def trace(self):
        """Write what has just been raised."""
        import traceback

        self.write(traceback.format_exc())
