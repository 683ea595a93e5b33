# proxy.py - who asks, where a proxy has asked them
#
# Copyright 2026 the hgscim authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This program is free software; you can redistribute it and/or modify it
# under the terms of the GNU General Public License as published by the Free
# Software Foundation; either version 2 of the License, or (at your option)
# any later version. It comes without any warranty.
"""the identity that a declared proxy's header has, and nobody else's

A header is what anybody can send. So one is taken from the addresses that the
configuration names, and only where it begins with a secret that the proxy puts
there: a proxy that passes on what its clients send has not put it there, and
neither has a header whose name only becomes the same one (``X_Remote_User``).
"""

import functools
import hmac
import ipaddress
import os
import re
import stat

from .configuration import PROXY, text
from .judgement import say
from .unusable import Unusable

# Headers that say how the request came to the proxy.
FORWARDED = (
    'HTTP_X_FORWARDED_PROTO',
    'HTTP_X_FORWARDED_PROTOCOL',
    'HTTP_X_FORWARDED_SSL',
)
# What a connection over a unix socket has for an address.
UNIX = 'unix'
# A header that came twice is one value with a comma in it.
SECRET = re.compile('[!-+\\--~]{32,}')


def proxyof(ui):
    """The proxy that the configuration declares, or None."""
    peers = ui.configlist(PROXY, b'from')
    header = text(ui.config(PROXY, b'header', b''))
    secret = text(ui.config(PROXY, b'secret', b''))
    if not peers and not header and not secret:
        return None
    if not peers:
        raise Unusable('[hgscim-proxy] from is missing (expected addresses, or unix)')
    if bool(header) != bool(secret):
        raise Unusable('[hgscim-proxy] header and secret stand together')
    if header and not re.fullmatch('[A-Za-z0-9-]+', header):
        raise Unusable(
            '[hgscim-proxy] header is none: %s (expected letters, digits and "-")'
            % header
        )
    return Proxy(
        [network(text(peer)) for peer in peers],
        header and 'HTTP_%s' % header.upper().replace('-', '_'),
        secret and secretof(secret),
    )


def network(peer):
    try:
        return UNIX if peer == UNIX else ipaddress.ip_network(peer)
    except ValueError:
        raise Unusable(
            '[hgscim-proxy] from: %s is no address (expected such as 127.0.0.1,'
            ' 10.0.0.0/24 or unix)' % peer
        )


def secretof(path):
    """What the file holds, which nobody but its owner and group may read."""
    try:
        with open(path, encoding='ascii') as file:
            mode = os.fstat(file.fileno()).st_mode
            secret = file.read().strip()
    except (OSError, UnicodeDecodeError) as problem:
        why = getattr(problem, 'strerror', None) or 'not ASCII'
        raise Unusable('[hgscim-proxy] secret: %s cannot be read: %s' % (path, why))
    if stat.S_IMODE(mode) & 0o007:
        raise Unusable(
            '[hgscim-proxy] secret: everybody can open %s (expected mode 0640)' % path
        )
    if not SECRET.fullmatch(secret):
        raise Unusable(
            '[hgscim-proxy] secret: %s has none (expected one line of 32 characters'
            ' or more, such as openssl rand -hex 32 prints)' % path
        )
    return secret


class Proxy:
    """Who stands in front, and how it says who asks."""

    def __init__(self, peers, header, secret):
        self._peers = peers
        self._header = header
        self._secret = secret
        # to take an address apart takes as long as all else in here
        self._is = functools.lru_cache(self._is)

    def identify(self, environ):
        """Put who asks, and whether by TLS, into the request's environment."""
        isproxy = self._is(environ.get('REMOTE_ADDR', ''))
        forwarded = forget(environ)
        if isproxy and forwarded.get(FORWARDED[0]) is not None:
            byproxy = forwarded[FORWARDED[0]]
            environ['wsgi.url_scheme'] = 'https' if byproxy == 'https' else 'http'
        elif forwarded:
            environ['wsgi.url_scheme'] = 'http'
        if not self._header:
            return
        environ.pop('REMOTE_USER', None)
        given = environ.pop(self._header, None)
        if given is None:
            return
        account = self._accountof(given)
        if not isproxy:
            say(environ, 'an identity was not taken: it came from %s, which is no'
                ' declared proxy' % (environ.get('REMOTE_ADDR') or 'a unix socket'))
        elif account is None:
            say(environ, 'an identity was not taken: the proxy has not put it there,'
                ' or not alone')
        else:
            environ['REMOTE_USER'] = account

    def _is(self, peer):
        if not peer:
            return UNIX in self._peers
        try:
            address = ipaddress.ip_address(peer)
        except ValueError:
            return False
        address = getattr(address, 'ipv4_mapped', None) or address
        return any(address in each for each in self._peers if each != UNIX)

    def _accountof(self, given):
        """The account after the proxy's secret, empty where it knows nobody, or
        None where it is not the proxy's word alone."""
        secret, _, account = given.partition(' ')
        known = hmac.compare_digest(secret.encode(), self._secret.encode())
        return account.strip() if known and ',' not in account else None


def forget(environ):
    """Take out how the request is said to have come, and return it."""
    found = {name: environ.pop(name) for name in FORWARDED if name in environ}
    return found


def disbelieve(environ):
    """Where no proxy is declared, nobody says how a request came but the server."""
    if forget(environ):
        environ['wsgi.url_scheme'] = 'http'
