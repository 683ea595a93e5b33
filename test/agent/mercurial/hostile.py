# A client that does not keep to the rules, and one that looks what became of it. Each line of JSON is answered by
# one. Bytes travel as strings of latin-1.
#
# {"push": {...}} makes a bundle of changesets that hg would never commit, and of parts that it would never send:
#   repository   a clone, which stays as it is
#   changesets   [{"on": node or place in this list, "extra": {}, "files": {path: null or [content, flags]}}]; with
#                "manifest": place, it has that one's in place of files; "text": [[from, to]] alters what it says of itself,
#                and "entries" its manifest, where it is the only one; "apart": true sends of that what differs from its parent's
#                alone, to the byte
#   bookmarks    {name: node, place in the list of changesets, or null}, as a part of bundle2
#   parts        [[type, mandatory parameters, advisory parameters, content, part within it]], ahead of the changesets
#   changegroup  parameters of the changesets' part
#   stray        [{"path": of a file, or null for the manifest, "content", "link": node or place in the list, "named": what
#                its name is made of, in place of the content}]: revisions that come after the others, for a changeset of this push or any other
#   stream       parameters of the bundle
#   version      1 or 2, of the bundle
# and answers {"bundle": in base64, "nodes": of the changesets}.
#
# {"clone": {"from": address, "to": folder, "names": []}} clones, and answers what a person sees there: {"heads":
# {branch: nodes}, "bookmarks": {}, "tags": {}, "names": {name: node or null}, "changes": {path: nodes}}.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import base64
import io
import json
import os
import struct
import sys

from mercurial import (
    bookmarks,
    bundle2,
    changegroup,
    changelog,
    context,
    discovery,
    encoding,
    error,
    extensions,
    hg,
    mdiff,
    metadata,
    node,
    scmutil,
    ui as uimod,
)
from mercurial.utils import storageutil

encoding.encoding = b'UTF-8'
MISSING = b'\xff' * 20


def stored(text):
    return text.encode('latin-1')


def told(name):
    return name.decode('latin-1')


def quiet():
    ui = uimod.ui.load()
    ui.setconfig(b'ui', b'quiet', b'yes')
    ui.setconfig(b'ui', b'interactive', b'no')
    ui.fout = ui.ferr = io.BytesIO()
    return ui


def forge(orig, extra):
    # the changelog would not take some names
    return orig({key.lstrip(b'~'): value for key, value in extra.items()})


extensions.wrapfunction(changelog, 'encodeextra', forge)


def commit(repo, wanted, nodes, transaction):
    def parent(which):
        on = wanted.get(which)
        return nodes[on] if isinstance(on, int) else node.bin(on) if on else None

    parents = parent('on'), parent('with')
    files = {stored(path): file for path, file in wanted.get('files', {}).items()}

    def filectx(repo, made, path):
        if files[path] is None:
            return None
        content, flags = files[path]
        return context.memfilectx(repo, made, path, stored(content), 'l' in flags, 'x' in flags)

    extra = {b'~' + stored(key): stored(value) for key, value in wanted.get('extra', {}).items()}
    text = b'changeset %d' % len(nodes)
    if 'manifest' in wanted:
        parents, other = [parent or repo.nullid for parent in parents], repo[nodes[wanted['manifest']]]
        changed = other.manifest().diff(repo[parents[0]].manifest())
        files, manifest = metadata.ChangingFiles(touched=changed), other.manifestnode()
        return repo.changelog.add(manifest, files, text, transaction, *parents, b'mallory', b'0 0', extra)
    made = context.memctx(repo, parents, text, list(files), filectx, b'mallory', b'0 0', extra)
    return repo.commitctx(made)


def push(asked):
    repo = hg.repository(quiet(), asked['repository'].encode()).unfiltered()
    nodes = []
    with repo.wlock(), repo.lock():
        transaction = repo.transaction(b'hostile')
        try:
            bases = repo.changelog.heads()
            for wanted in asked.get('changesets', []):
                nodes.append(commit(repo, wanted, nodes, transaction))
            made = bundle(repo, asked, nodes, bases)
        finally:
            transaction.abort()
    return {'bundle': base64.b64encode(made).decode(), 'nodes': [made.hex() for made in nodes]}


def bundle(repo, asked, nodes, bases):
    version = b'01' if asked.get('version') == 1 else b'02'
    changesets = b''
    if nodes:
        outgoing = discovery.outgoing(repo, commonheads=bases, ancestorsof=list(nodes))
        changesets = b''.join(changegroup.makestream(repo, outgoing, version, b'push'))
    if nodes and {'text', 'entries'} & asked['changesets'][0].keys():
        changesets = altered(repo, asked, nodes[0], changesets)
    if asked.get('stray'):
        # after the last file and before the end; of a group without changesets there is no more than the ends
        before = changesets[:-4] or b'\0' * 4 + b''.join(strays(repo, asked, nodes, True)) + b'\0' * 4
        changesets = before + b''.join(strays(repo, asked, nodes, False)) + b'\0' * 4
    if version == b'01':
        return b'HG10UN' + changesets
    bundler = bundle2.bundle20(repo.ui)
    for name, value in asked.get('stream', {}).items():
        bundler.addparam(stored(name), stored(value))
    addpart(bundler, b'replycaps', {}, {}, b'')
    for wanted in asked.get('parts', []):
        bundler.addpart(Forged(repo.ui, *wanted))
    if changesets:
        params = {'version': '02', **asked.get('changegroup', {})}
        addpart(bundler, b'changegroup', params, {}, changesets)
    entries = []
    for name, target in asked.get('bookmarks', {}).items():
        at = MISSING if target is None else nodes[target] if isinstance(target, int) else node.bin(target)
        entries.append(at + struct.pack('>H', len(stored(name))) + stored(name))
    if entries:
        addpart(bundler, b'bookmarks', {}, {}, b''.join(entries))
    return b''.join(bundler.getchunks())


def altered(repo, asked, made, stream):
    """The stream of a changeset that says something else, or has another manifest."""
    wanted, isolder = asked['changesets'][0], asked.get('version') == 1

    def chunk(log, node, text, link=None):
        p1, p2 = log.parents(node)
        other = storageutil.hashrevisionsha1(text, p1, p2)
        apart = link is not None and wanted.get('apart')
        base = log.revision(p1) if isolder or apart else b''
        delta = other + p1 + p2 + (b'' if isolder else p1 if apart else repo.nullid) + (link or other)
        delta += difference(base, text) if apart else mdiff.replacediffheader(len(base), len(text)) + text
        return other, changegroup.chunkheader(len(delta)) + delta

    # the changelog's group and the manifest's are of one chunk and an end
    length = struct.unpack('>l', stream[:4])[0]
    rest, text = stream[length:], replaced(repo.changelog.revision(made), wanted.get('text', ()))
    if 'entries' in wanted:
        log, old = repo.manifestlog.getstorage(b''), repo[made].manifestnode()
        new, group = chunk(log, old, replaced(log.revision(old), wanted['entries']), made)
        text = text.replace(old.hex().encode(), new.hex().encode())
        rest = rest[:4] + group + rest[4 + struct.unpack('>l', rest[4:8])[0] :]
    node, group = chunk(repo.changelog, made, text)
    return group + rest.replace(made, node)


def difference(old, new):
    """One part of a delta, of the bytes between what two texts have in common."""
    start = len(os.path.commonprefix([old, new]))
    end = len(os.path.commonprefix([old[start:][::-1], new[start:][::-1]]))
    put = new[start : len(new) - end]
    return struct.pack('>lll', start, len(old) - end, len(put)) + put


def replaced(text, alterations):
    for old, new in alterations:
        assert stored(old) in text
        text = text.replace(stored(old), stored(new), 1)
    return text


def strays(repo, asked, nodes, ofmanifest):
    """Revisions as a changegroup has them, each in a group of its file's, or of no name."""
    for wanted in asked['stray']:
        path, link = wanted['path'], wanted['link']
        if (path is None) != ofmanifest:
            continue
        log = repo.manifestlog.getstorage(b'') if ofmanifest else repo.file(stored(path))
        text = stored(wanted['content'])
        p1 = log.node(len(log) - 1) if len(log) else repo.nullid
        made = storageutil.hashrevisionsha1(stored(wanted.get('named', wanted['content'])), p1, repo.nullid)
        linked = nodes[link] if isinstance(link, int) else node.bin(link)
        # the older version has deltas from the first parent alone
        isolder = asked.get('version') == 1
        base = b'' if isolder else repo.nullid
        size = len(log.revision(p1)) if isolder else 0
        delta = made + p1 + repo.nullid + base + linked + mdiff.replacediffheader(size, len(text)) + text
        if not ofmanifest:
            yield changegroup.chunkheader(len(stored(path))) + stored(path)
        yield changegroup.chunkheader(len(delta)) + delta
        if not ofmanifest:
            yield changegroup.closechunk()


class Forged:
    """A part with another one in the middle of it, where only errors are told."""

    id = None

    def __init__(self, ui, kind, mandatory, advisory, content, within=None):
        self.type = stored(kind)
        bundler = bundle2.bundle20(ui)
        addpart(bundler, self.type, mandatory, advisory, stored(content))
        # without the bundle's head (magic, no parameters) and end
        made = b''.join(bundler.getchunks())[8:-4]
        if within:
            interrupt = b''.join(Forged(ui, *within).getchunks())
            made = made[:-4] + b'\xff' * 4 + interrupt + made[-4:]
        self._made = made

    def getchunks(self, ui=None):
        yield self._made


def addpart(bundler, kind, mandatory, advisory, content):
    # a kind in capitals is refused where it is not known
    part = bundler.newpart(kind, data=content, mandatory=kind.isupper() or kind == b'changegroup')
    for needed, params in ((True, mandatory), (False, advisory)):
        for name, value in params.items():
            part.addparam(stored(name), stored(value), mandatory=needed)


def clone(asked):
    ui = quiet()
    hg.clone(ui, {}, asked['from'].encode(), asked['to'].encode(), pull=True, update=False)
    # anew, so that all is read from its files
    repo = hg.repository(ui, asked['to'].encode())

    def named(name):
        try:
            return scmutil.revsymbol(repo, stored(name)).hex().decode()
        except error.RepoLookupError:
            return None

    changes = {}
    for rev in repo:
        for path in repo[rev].manifest().diff(repo[rev].p1().manifest()):
            changes.setdefault(told(path), []).append(repo[rev].hex().decode())
    heads = {told(name): sorted(map(bytes.hex, found)) for name, found in repo.branchmap().items()}
    return {
        'heads': heads,
        'bookmarks': {told(name): at.hex() for name, at in bookmarks.bmstore(repo).items()},
        'tags': {told(name): at.hex() for name, at in repo.tags().items()},
        'names': {name: named(name) for name in asked['names']},
        'changes': changes,
    }


for line in sys.stdin:
    asked = json.loads(line)
    answer = push(asked['push']) if 'push' in asked else clone(asked['clone'])
    print(json.dumps(answer), flush=True)
