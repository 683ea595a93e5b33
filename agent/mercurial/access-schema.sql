-- The access file: who may read and write which Mercurial repository, as of one moment.
-- The agent writes it; the extension hgscim, inside Mercurial, looks each request up in it and can read nothing else of the agent's.
-- Run this once on an empty file. The reader refuses a file with another application_id or user_version.

PRAGMA journal_mode = DELETE; -- a read-only reader cannot open a WAL file once its last writer has closed it
PRAGMA application_id = 0x68675343; -- "hgSC"
PRAGMA user_version = 6;

-- `environment`: its name. `release`: digest of the active release; empty when none is, and then everything is refused.
-- Beside the tables here the agent keeps five of its own: `seen`, the newest row of its audit when it wrote the file; `holders`,
-- whose each account was then; `groups`, which groups there were; `suspended`, whose account is not active while something of theirs
-- is held; and `probes`, a nonce for the refusals of an account that the host is checked by, until a time. Readers may look into the
-- last one, and by `holders` and `suspended` for the words of a refusal, and do without them.
CREATE TABLE meta (
  key TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

-- An account that is not here is unknown; one with active = 0 is deactivated or suspended, and its other rows give it nothing. All are
-- refused, in different words.
CREATE TABLE accounts (
  account TEXT NOT NULL PRIMARY KEY,
  active INTEGER NOT NULL CHECK (active IN (0, 1))
) WITHOUT ROWID;

-- "group" is connector/group; !connector/group for who is in no more than a twin of it, which only grants that deny name.
CREATE TABLE memberships (
  account TEXT NOT NULL,
  "group" TEXT NOT NULL,
  PRIMARY KEY (account, "group")
) WITHOUT ROWID;

-- The public keys that an account logs in by over SSH (hgscim_host/keys.py): type and blob as RFC 4253, section 6.6, has them,
-- the blob in base64. One key is of one account.
CREATE TABLE keys (
  type TEXT NOT NULL,
  blob TEXT NOT NULL,
  account TEXT NOT NULL,
  PRIMARY KEY (type, blob)
) WITHOUT ROWID;
CREATE INDEX keys_by_account ON keys (account);

-- What a permission set gives or denies to a subject: a group, which has a slash in its name, or an account, which has
-- none. To give write gives read, and to deny read denies write; what is denied goes before what is given. From `until` on,
-- in milliseconds since 1970, the row means nothing; 8640000000000000, the last time that there is, is for good. Keyed by
-- permission first, because a lookup knows the few permission sets whose patterns can match before it knows the groups.
CREATE TABLE grants (
  permission TEXT NOT NULL,
  effect TEXT NOT NULL CHECK (effect IN ('allow', 'deny')),
  subject TEXT NOT NULL,
  "right" TEXT NOT NULL CHECK ("right" IN ('read', 'write')),
  until INTEGER NOT NULL,
  PRIMARY KEY (permission, effect, subject, "right", until)
) WITHOUT ROWID;

-- Restricts: to a place that is here, in every repository that the permission set covers, an account pushes only with
-- write on the repository and membership in one of these groups. Where several permission sets have a rule, each holds.
-- place: a pattern of whole names of branches, bookmarks or files, see patterns.pattern; one without wildcards is one name.
CREATE TABLE restrictions (
  permission TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('branch', 'bookmark', 'path')),
  place TEXT NOT NULL,
  "group" TEXT NOT NULL,
  PRIMARY KEY (permission, kind, place, "group")
) WITHOUT ROWID;

-- Which repositories a permission set covers: those that at least one of its patterns matches and no negated one does.
-- base: the pattern's longest literal leading folder: "core/**" -> "core", "**" -> "", "core/api" -> "core/api".
--   A repository a/b/c can only be matched by a pattern whose base is "", "a", "a/b" or "a/b/c", so the key begins
--   with it and a lookup costs the same for ten permission sets as for ten thousand.
-- pattern: matched against the whole name of the repository, segment by segment between slashes. "*" stands for any
--   characters of a segment and "?" for one; the segment "**" for any number of whole segments, and at the end for at
--   least one. What is negated comes without its "!".
CREATE TABLE patterns (
  permission TEXT NOT NULL,
  base TEXT NOT NULL,
  pattern TEXT NOT NULL,
  negated INTEGER NOT NULL CHECK (negated IN (0, 1)),
  PRIMARY KEY (base, permission, pattern, negated)
) WITHOUT ROWID;
