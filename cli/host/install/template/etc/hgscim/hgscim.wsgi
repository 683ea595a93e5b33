import sys

sys.path.insert(0, '/usr/share/hgscim')

from hgscim_host.application import Application

application = Application('/etc/hgscim/hgweb.config')
