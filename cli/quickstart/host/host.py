# host.py - a small Mercurial host, for demonstration and tests
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""serve every repository below a folder, as the access file allows

The application that stands in front of a company's repositories too
(hgscim_host), HTTP Basic authentication against a file of password hashes, and
nothing else: no TLS, so it listens on loopback only. It prints its address when it is ready, and leaves when its
standard input closes or on SIGTERM, once the requests under way are answered.

The users file is JSON, account to entry, and is read again when it changes:
{"alice": {"salt": base64, "hash": base64, "n": 16384, "r": 8, "p": 1}}, the
parameters and the result of scrypt (RFC 7914).
"""

import argparse
import base64
import binascii
import hashlib
import hmac
import ipaddress
import json
import os
import secrets
import signal
import socketserver
import sys
import tempfile
import threading
import wsgiref.simple_server

CONFIGURATION = '''\
[extensions]
hgscim = {extension}
hgscim:required = yes

[hgscim]
access = {access}
root = {root}
contact = {contact}

[paths]
# at any depth, but not within repositories
/ = "{paths}"

[web]
deny_read = *
deny_push = *
# loopback only
push_ssl = no
# look for new repositories at each request
refreshinterval = 0

[experimental]
# the full garbage collection that follows each request by default takes
# longer than the request
web.full-garbage-collection-rate = 100
'''


def configuration(extension, access, root, contact):
    """The host's whole Mercurial configuration, as the text of an hgrc."""
    return CONFIGURATION.format(
        extension=os.path.abspath(extension),
        access=os.path.abspath(access),
        root=os.path.abspath(root),
        contact=contact,
        paths=os.path.join(os.path.abspath(root), '*').replace('"', '\\"'),
    )


# What a users file raises that is missing, no JSON, or of another shape.
BROKEN = (OSError, ValueError, LookupError, TypeError, AttributeError)


class Users:
    """The users file, and which passwords it accepts."""

    def __init__(self, path):
        self._path = path
        # scrypt is slow on purpose and hg sends the password with each
        # request, so remember what was verified, under a key of this process.
        self._key = secrets.token_bytes(32)
        self._read = (None, {}, {})

    def accept(self, account, password):
        """Whether the password is the account's. Raises one of BROKEN when the
        users file cannot be used."""
        status = os.stat(self._path)
        version = (status.st_mtime_ns, status.st_size, status.st_ino)
        # Entries and what was verified with them change together, so that a
        # request under way cannot remember an old password for the new file.
        seen, entries, verified = self._read
        if version != seen:
            with open(self._path, encoding='utf-8') as file:
                entries, verified = json.load(file), {}
            self._read = (version, entries, verified)
        entry = entries.get(account)
        if entry is None:
            return False
        digest = hmac.digest(self._key, password, 'sha256')
        if hmac.compare_digest(verified.get(account, b''), digest):
            return True
        wanted = base64.b64decode(entry['hash'])
        found = hashlib.scrypt(
            password,
            salt=base64.b64decode(entry['salt']),
            n=entry['n'],
            r=entry['r'],
            p=entry['p'],
            maxmem=256 * entry['n'] * entry['r'],
            dklen=len(wanted),
        )
        if not hmac.compare_digest(wanted, found):
            return False
        verified[account] = digest
        return True


def credentials(environ):
    """Account and password of the Authorization header (RFC 7617)."""
    scheme, _, encoded = environ.get('HTTP_AUTHORIZATION', '').partition(' ')
    if scheme.lower() != 'basic':
        return None
    try:
        text = base64.b64decode(encoded, validate=True)
        account, colon, password = text.partition(b':')
        return (account.decode('utf-8'), password) if colon else None
    except (binascii.Error, UnicodeDecodeError):
        return None


def authenticated(application, users, refuse):
    """A WSGI application that answers 401, or passes on who asks."""
    challenge = ('WWW-Authenticate', 'Basic realm="hg", charset="UTF-8"')

    def serve(environ, start_response):
        given = credentials(environ)
        try:
            known = given is not None and users.accept(*given)
        except BROKEN as problem:
            print('users file: %r' % problem, file=environ['wsgi.errors'])
            status = '503 the host cannot read who may log in'
            return refuse(environ, start_response, status)
        if not known:
            status = '401 account and password are required'
            return refuse(environ, start_response, status, challenge)
        # bytes in the guise of latin-1 (PEP 3333)
        environ['REMOTE_USER'] = given[0].encode('utf-8').decode('latin-1')
        return application(environ, start_response)

    return serve


class Server(socketserver.ThreadingMixIn, wsgiref.simple_server.WSGIServer):
    """A thread a request; closing waits for them, so that none is cut off."""

    daemon_threads = False


class Handler(wsgiref.simple_server.WSGIRequestHandler):
    timeout = 60  # seconds of silence after which a client is given up

    def log_request(self, code='-', size='-'):
        pass


def loopback(text):
    """HOST:PORT of this machine; port 0 stands for any that is free."""
    host, _, port = text.rpartition(':')
    try:
        address = ipaddress.IPv4Address(host)
        number = int(port)
    except ValueError:
        raise argparse.ArgumentTypeError('expected an address such as 127.0.0.1:8000')
    if not address.is_loopback or not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError(
            'passwords would cross the network in clear: expected 127.0.0.1:PORT'
        )
    return host, number


def oneline(text):
    if not text or not text.isprintable():
        raise argparse.ArgumentTypeError('expected one line of text')
    return text


def folder(text):
    if not os.path.isdir(text):
        raise argparse.ArgumentTypeError('%s is not a folder' % text)
    return oneline(text)


def main(arguments, more=''):
    """Serve until told to leave. ``more`` is added to the configuration."""
    parser = argparse.ArgumentParser(prog='host.py', description=__doc__.split('\n')[0])
    parser.add_argument('--listen', type=loopback, required=True, metavar='127.0.0.1:PORT')
    parser.add_argument('--extension', type=oneline, required=True)
    parser.add_argument('--root', type=folder, required=True)
    parser.add_argument('--access', type=oneline, required=True)
    parser.add_argument('--users', required=True)
    parser.add_argument('--contact', type=oneline, default='the administrator of this host')
    options = parser.parse_args(arguments)

    with tempfile.TemporaryDirectory(prefix='hgscim-host-') as own:
        hgrc = os.path.join(own, 'hgrc')
        with open(hgrc, 'w', encoding='utf-8') as file:
            # whatever the umask: what others can write is not gone by
            os.fchmod(file.fileno(), 0o600)
            file.write(configuration(options.extension, options.access, options.root, options.contact))
            file.write(more)
        # The extension's folder is not this program's to write to.
        sys.dont_write_bytecode = True
        sys.path.insert(0, os.path.dirname(os.path.abspath(options.extension)))
        from hgscim_host.answers import refuse
        from hgscim_host.application import Application

        application = Application(hgrc)
        if application.problem:
            parser.exit(1, 'host.py: %s' % application.problem)
        application = authenticated(application, Users(options.users), refuse)
        try:
            server = Server(options.listen, Handler)
        except OSError as problem:
            address = '%s:%d' % options.listen
            parser.exit(1, 'host.py: cannot listen on %s: %s' % (address, problem.strerror))
        server.set_app(application)
        serve(server)


def serve(server):
    """Say where, answer until told to leave, then finish what is under way."""

    def leave(*_):
        threading.Thread(target=server.shutdown).start()

    def leavewithparent():
        while os.read(sys.stdin.fileno(), 4096):
            pass
        leave()

    with server:
        signal.signal(signal.SIGTERM, leave)
        signal.signal(signal.SIGINT, leave)
        threading.Thread(target=leavewithparent, daemon=True).start()
        print('http://%s:%d' % server.server_address, flush=True)
        server.serve_forever(poll_interval=0.05)


if __name__ == '__main__':
    main(sys.argv[1:])
