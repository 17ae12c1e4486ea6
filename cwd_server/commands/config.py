"""`config`: the entry that makes a client start this server, printed, or added to the client's file."""

import json
import os
import re
import sys
from contextlib import suppress
from itertools import count
from typing import Any

from cwd_server.commands import fail, own_words, say, unknown
from cwd_server.commands.clients import CLIENTS, TRIED, Client, words_of


def run_config(options: Any) -> int:
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
    words = [options.name or options.offered[1]["name"], *own_words(options)]
    try:  # in a C locale, Python does not see that the names of files are UTF-8
        name, *words = [os.fsencode(word).decode("utf-8") for word in words]
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
    say(formatted(form, key, name, entry))
    sys.stdout.flush()
    for hint in _hints(options, client, path, client.own_way(name, words, "project" if options.project else "user")):
        say(hint, sys.stderr)
    return 1 if options.write else 0


def _hints(options: Any, client: Client, path: str, own_way: str) -> "list[str]":
    cwd = options.cwd or ""
    hints = [
        (not options.write, "Put this into %s, then restart %s." % (path, client.title)),
        (own_way, "Its own way to add it: %s" % own_way),
        (client.note, "Note: %s." % client.note),
        ("${" in cwd, "%s itself has to replace the variable in %s." % (client.title, cwd)),
        (sys.platform != "linux" or options.client not in TRIED, "From documentation: not tried on this system."),
    ]
    return [text for wanted, text in hints if wanted]


def _full(path: str) -> str:
    return os.path.abspath(os.path.expandvars(os.path.expanduser(path)))


# What stands before, within and between the fields of an entry
LAYOUTS = {
    "toml": ("[%(key)s.%(name)s]\n", " = ", "\n"),
    "yaml": ("%(key)s:\n  %(name)s:\n    ", ": ", "\n    "),
    "list": ("%(key)s:\n  - ", ": ", "\n    "),
}


def formatted(form: str, key: str, name: str, entry: "dict[str, Any]") -> str:
    """Return a text in one of the formats that has the entry `name` under `key`."""
    if form == "json":
        return json.dumps({key: {name: entry}}, indent=2, ensure_ascii=not _utf8())
    head, colon, line = LAYOUTS[form]
    fields = [field + colon + literal(value) for field, value in entry.items()]
    return head % {"key": key, "name": literal(name)} + line.join(fields)


def literal(value: Any) -> str:
    """Return a value as TOML and YAML both write it: as JSON, but without surrogate pairs, and with more escapes."""
    odd = "[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]" if _utf8() else "[^ -~]"
    return re.sub(odd, lambda found: "\\U%08x" % ord(found.group()), json.dumps(value, ensure_ascii=False))


def _utf8() -> bool:
    return "utf" in (sys.stdout.encoding or "").lower()


def add(path: str, form: str, key: str, name: str, entry: "dict[str, Any]") -> str:
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


def _unique(pairs: Any) -> "dict[str, Any]":
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a name occurs twice in one of its objects")
    return dict(pairs)


def _read(path: str) -> "bytes | None":
    if not os.path.lexists(path):
        return None
    if not os.path.isfile(path) or not os.access(path, os.W_OK):
        raise ValueError("it is not a file that may be written")
    with open(path, "rb") as file:
        return file.read()


def _replace(path: str, old: "bytes | None", new: bytes) -> str:
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
    """Write a new file onto the disk, with mode and owner of `like`, an os.stat, if given."""
    mode = 0o600 if like else 0o666
    with open(path, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    if like:
        with suppress(AttributeError, OSError):  # Windows, or somebody else's
            os.chown(path, like.st_uid, like.st_gid)
        os.chmod(path, like.st_mode & 0o7777)
