"""`config`: the entry that makes a client start this server, printed, or added to the client's file."""

import json
import os
import re
import shutil
import sys
import tempfile
from contextlib import suppress
from typing import Any

from cwd_server.commands.legacy import absolute, fail, find, own_words
from cwd_server.commands.clients import CLIENTS, TRIED, words_of


def add_arguments(parser: Any) -> None:
    """Take a client and what to do with its file."""
    parser.add_argument("client", nargs="?", help="without it: all clients, and their files")
    parser.add_argument("--write", action="store_true", help="add the entry to the client's file")
    parser.add_argument("--project", action="store_true", help="take the file of this directory's project")
    parser.add_argument("--file", help="the client's file, if it is somewhere else")
    parser.add_argument("--name", help="what the client calls this server")


def run(options: Any) -> int:
    """Print the entry for a client, or add it to its file; without a client, list them."""
    if options.client is None:
        for name, client in CLIENTS.items():
            print("%-15s %s" % (name, absolute(os.path.expandvars(client.path()))))
        return 0
    client = find("client", options.client, CLIENTS)
    scope, path = ("project", client.project) if options.project else ("user", os.path.expandvars(client.path()))
    if not path:
        fail("%s keeps no servers in a project" % client.title)
    path = absolute(options.file or path)
    words = [options.name or options.offering.server_info["name"], *own_words(options)]
    try:  # in a C locale, Python does not see that the names of files are UTF-8
        name, *words = [os.fsencode(word).decode("utf-8") for word in words]
    except UnicodeError:
        fail("a configuration can only hold paths that are UTF-8", 1)
    form, key = client.kind.split()
    entry = client.entry(name, words)
    if options.write:
        try:
            print("%s: %s; restart %s" % (path, add(path, form, key, name, entry), client.title))
            return 0
        except (ValueError, OSError, RecursionError) as error:
            print("cwd_server: %s is left as it was: %s. Add this yourself:" % (path, error), file=sys.stderr)
    print(formatted(form, key, name, entry), flush=True)
    hints = [
        not options.write and "Put this into %s, then restart %s." % (path, client.title),
        client.add and "Its own way to add it: %s" % client.own_way(name, words, scope),
        client.note and "Note: %s." % client.note,
        (sys.platform != "linux" or options.client not in TRIED) and "From documentation: not tried on this system.",
    ]
    print(*filter(None, hints), sep="\n", file=sys.stderr)
    return 1 if options.write else 0


# What stands before, within and between the fields of an entry
LAYOUTS = {
    "toml": ("[%(key)s.%(name)s]\n", " = ", "\n"),
    "yaml": ("%(key)s:\n  %(name)s:\n    ", ": ", "\n    "),
    "list": ("%(key)s:\n  - ", ": ", "\n    "),
}


def formatted(form: str, key: str, name: str, entry: "dict[str, Any]") -> str:
    """Return a text in one of the formats, all of it ASCII, that has the entry `name` under `key`."""
    if form == "json":
        return json.dumps({key: {name: entry}}, indent=2)
    head, colon, line = LAYOUTS[form]
    fields = [field + colon + literal(value) for field, value in entry.items()]
    return head % {"key": key, "name": literal(name)} + line.join(fields)


def literal(value: Any) -> str:
    """Return a value as TOML and YAML both write it: as JSON, but without surrogate pairs."""
    return re.sub("[^ -~]", lambda found: "\\U%08x" % ord(found.group()), json.dumps(value, ensure_ascii=False))


def add(path: str, form: str, key: str, name: str, entry: "dict[str, Any]") -> str:
    """Add an entry to a client's JSON file; return what was done, raise ValueError or OSError."""
    if form != "json":
        raise ValueError("it is not JSON, the only format that can be changed safely here")
    path = os.path.realpath(path)  # a symbolic link stays
    old = _read(path)
    text = "{}\n" if old is None else old
    document = json.loads(text, object_pairs_hook=_unique)
    servers = document.setdefault(key, {}) if isinstance(document, dict) else None
    if not isinstance(servers, dict):
        raise ValueError('it is not of the form {"%s": {...}}' % key)
    if words_of(servers.get(name)) == words_of(entry):
        return "it had this entry already"
    if servers.setdefault(name, entry) is not entry:
        raise ValueError("its %s starts something else; remove that, or choose another --name" % name)
    indent = re.search("\n([ \t]+)", text)
    new = json.dumps(document, indent=indent.group(1) if indent else 2, ensure_ascii=False, allow_nan=False)
    return _replace(path, old, new + text[len(text.rstrip()) :])


def _unique(pairs: "list[tuple[str, Any]]") -> "dict[str, Any]":
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a name occurs twice in one of its objects")
    return dict(pairs)


def _read(path: str) -> "str | None":
    # Opened for writing too, which a folder, a pipe and what may not be written refuse
    with suppress(FileNotFoundError), open(path, "r+", encoding="utf-8", newline="") as file:
        return file.read(1 << 26)  # more than any has, as a device may go on for ever
    return None


def _replace(path: str, old: "str | None", text: str) -> str:
    """Make `text` the content of a file, all of it or nothing, and keep the old one; return what was done."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    descriptor, aside = tempfile.mkstemp(".tmp", dir=os.path.dirname(path))
    done = "added"
    try:
        with open(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        if _read(path) != old:
            raise ValueError("somebody else changed it just now: try again")
        if old is not None:
            done = "added, with the old content in " + shutil.copy2(path, path + ".cwd_server.bak")
            shutil.copymode(path, aside)
            with suppress(AttributeError, OSError):  # Windows, or somebody else's
                os.chown(aside, os.stat(path).st_uid, os.stat(path).st_gid)
        os.replace(aside, path)
    finally:
        with suppress(OSError):  # it has taken its place
            os.unlink(aside)
    return done
