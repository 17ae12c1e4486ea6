"""`config`: the entry that makes a client start this server, printed, or added to the client's file."""

import json
import os
import re
import sys
from argparse import Namespace
from contextlib import suppress
from itertools import count
from typing import Any, Dict, List, Optional

from cwd_server.commands import fail, own_words, say, unknown
from cwd_server.commands.clients import CLIENTS, TRIED, words_of


def run_config(options: Namespace) -> int:
    """Print the entry for a client, or add it to its file; without a client, list them."""
    if options.client is None:
        for name, client in CLIENTS.items():
            say("%-15s %s" % (name, _full(client.path())))
        return 0
    if options.client not in CLIENTS:
        fail("no client" + unknown(options.client, CLIENTS))
    client = CLIENTS[options.client]
    if options.project and not client.project:
        fail("%s keeps no servers in a project" % client.title)
    path = _full(options.file or (client.project if options.project else client.path()))
    title = options.name or options.offered[1]["name"]
    try:  # in a C locale, Python does not see that the names of files are UTF-8
        name, *words = [os.fsencode(word).decode("utf-8") for word in [title, *own_words(options)]]
    except UnicodeError as error:
        fail("a configuration can only hold paths that are UTF-8: %s" % error, 1)
    form, key = client.kind.split()
    entry = client.entry(name, words)
    if options.write:
        try:
            say("%s: %s; restart %s" % (path, add(path, form, key, name, entry), client.title))
            return 0
        except (ValueError, OSError, RecursionError) as error:
            reason = getattr(error, "strerror", None) or error
            say("cwd_server: %s is left as it was: %s. Add this yourself:" % (path, reason), sys.stderr)
    say(FORMATS[form](key, name, entry))
    sys.stdout.flush()
    own_way = client.own_way(name, words, "project" if options.project else "user")
    hints: List[Any] = [
        not options.write and "Put this into %s, then restart %s." % (path, client.title),
        own_way and "Its own way to add it: %s" % own_way,
        client.note and "Note: %s." % client.note,
        options.cwd is None and "Without --cwd DIR, the directory is the client's choice: %s." % client.starts,
        "${" in (options.cwd or "") and "%s itself has to replace the variable in %s." % (client.title, options.cwd),
        (sys.platform != "linux" or options.client not in TRIED) and "From documentation: not tried on this system.",
    ]
    for hint in filter(None, hints):
        say(hint, sys.stderr)
    return 1 if options.write else 0


def _full(path: str) -> str:
    return os.path.abspath(os.path.expandvars(os.path.expanduser(path)))


# The formats: a text that has the entry `name` under `key`. TOML and YAML read JSON's strings, save
# that they have no surrogate pairs and want some characters escaped


def _utf8() -> bool:
    return "utf" in (sys.stdout.encoding or "").lower()


def literal(value: Any) -> str:
    """Return a value as TOML and YAML both write it on one line."""
    if isinstance(value, list):
        return "[%s]" % ", ".join(map(literal, value))
    odd = "[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]" if _utf8() else "[^ -~]"
    return re.sub(odd, lambda found: "\\U%08x" % ord(found.group()), json.dumps(value, ensure_ascii=False))


def _fields(entry: Dict[str, Any], colon: str, start: str) -> str:
    return start.join(field + colon + literal(value) for field, value in entry.items())


FORMATS = {
    "json": lambda key, name, entry: json.dumps({key: {name: entry}}, indent=2, ensure_ascii=not _utf8()),
    "toml": lambda key, name, entry: "[%s.%s]\n%s" % (key, literal(name), _fields(entry, " = ", "\n")),
    "yaml": lambda key, name, entry: "%s:\n  %s:\n    %s" % (key, literal(name), _fields(entry, ": ", "\n    ")),
    "list": lambda key, name, entry: "%s:\n  - %s" % (key, _fields(entry, ": ", "\n    ")),
}


# Adding to a file


def add(path: str, form: str, key: str, name: str, entry: Dict[str, Any]) -> str:
    """Add an entry to a client's JSON file; return what was done, raise ValueError or OSError."""
    if form != "json":
        raise ValueError("it is not JSON, the only format that can be changed safely here")
    path = os.path.realpath(path)  # a symbolic link stays
    old = _read(path)
    text = "{}\n" if old is None else old.decode("utf-8")
    document = json.loads(text, object_pairs_hook=_unique)
    servers = document.setdefault(key, {}) if isinstance(document, dict) else None
    if not isinstance(servers, dict):
        raise ValueError('it is not of the form {"%s": {...}}' % key)
    if name in servers and words_of(servers[name]) == words_of(entry):
        return "it had this entry already"
    if name in servers:
        raise ValueError("its %s starts something else; remove that, or choose another --name" % name)
    servers[name] = entry
    indent = re.search("\n([ \t]+)", text)
    new = json.dumps(document, indent=indent.group(1) if indent else 2, ensure_ascii=False, allow_nan=False)
    return _replace(path, old, (new + text[len(text.rstrip()) :]).encode("utf-8"))


def _unique(pairs: Any) -> Dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a name occurs twice in one of its objects")
    return dict(pairs)


def _read(path: str) -> Optional[bytes]:
    if not os.path.lexists(path):
        return None
    if not os.path.isfile(path) or not os.access(path, os.W_OK):
        raise ValueError("it is not a file that may be written")
    with open(path, "rb") as file:
        return file.read()


def _replace(path: str, old: Optional[bytes], new: bytes) -> str:
    """Put `new` where `old` was, all of it or nothing, and `old` beside it; return what was done."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    aside, done = "%s.%d.tmp" % (path, os.getpid()), "added"
    try:
        _create(aside, new, old is not None and os.stat(path))
        if old is not None:
            numbered = (path + ".bak" + str(number or "") for number in count())
            backup = next(name for name in numbered if not os.path.lexists(name))
            _create(backup, old, os.stat(path))
            done = "added, with the old content in %s" % backup
        if _read(path) != old:
            raise ValueError("somebody else changed it just now: try again")
        os.replace(aside, path)
    finally:
        with suppress(OSError):  # it has taken its place
            os.unlink(aside)
    return done


def _create(path: str, content: bytes, like: Any) -> None:
    """Write a file that is not there yet onto the disk, with mode and owner of `like` (an os.stat) if given."""
    mode = 0o600 if like else 0o666
    with open(path, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    if like:
        with suppress(AttributeError, OSError):  # Windows, or somebody else's
            os.chown(path, like.st_uid, like.st_gid)
        os.chmod(path, like.st_mode & 0o7777)
