"""`check`: start servers as a client does, talk to them, and say what is wrong and what to do about it."""

import json
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
import time
from collections import deque
from contextlib import suppress
from importlib import import_module
from typing import Any, Iterator

from cwd_server.__main__ import OLDEST_PYTHON as OLDEST
from cwd_server.commands.legacy import META, fail, own_words
from cwd_server.commands.clients import CLIENTS, words_of
from cwd_server.protocol.revisions import LEGACY_REVISIONS

PLAIN, COLOURED = ("\u2713", "\u2717"), ("\x1b[32m\u2713\x1b[0m", "\x1b[31m\u2717\x1b[0m")  # good, bad
LIMIT = 10  # seconds that a step may take
# What clients hand on of their environment; not PATH, which differs between a terminal and an app from the desktop
KEPT = {"HOME", "USER", "LOGNAME", "TMPDIR", "SYSTEMROOT", "TEMP", "TMP", "USERPROFILE", "APPDATA", "LOCALAPPDATA"}
KEYS = {client.kind.split()[1] for client in CLIENTS.values() if client.kind[:4] != "yaml"}
VARIABLE = re.compile(r"\$\{|\{env:|%\w+%|^~|^\$\w")
SCRIPT = re.compile(r"[^-].*\.(py|pyz|[cm]?js|ts|sh|rb|jar)$")
PYTHON = re.compile(r"(py|python|pypy)[\d.]*(\.exe)?$", re.I)
NOT_JSON = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/|,(?=(?:\s|//[^\n]*|/\*.*?\*/)*[]}])', re.S)

# How each kind of client opens, lists and calls: methods, then the params of the first and of the others
OPENING = {"protocolVersion": LEGACY_REVISIONS[-1], "capabilities": {}, "clientInfo": {"name": "check", "version": "1"}}
ERAS: "list[Any]" = [
    ("initialize", "tools/list", "tools/call", OPENING, {}),
    ("server/discover", "tools/list", "tools/call", META, META),
    ("ListTools", "ListTools", "CallTool", {}, {}),
]


def add_arguments(parser: Any) -> None:
    """Take a client's configuration."""
    parser.add_argument("file", nargs="?", help="a client's configuration, JSON or TOML")


def run(options: Any) -> int:
    """Check this server, or those of a client's configuration: a line a step."""
    if options.file is None:
        servers, eras = [(options.offering.server_info["name"], {"command": own_words(options)})], ERAS
    else:
        servers, eras = list(_servers(_read(options.file))), ERAS[:1]
    if not servers:
        fail("%s: there is no server in it, under %s" % (options.file, " or ".join(sorted(KEYS))), 1)
    plain = "NO_COLOR" in os.environ or os.environ.get("TERM", "dumb") == "dumb"  # Windows has no TERM
    good_mark, bad_mark = PLAIN if plain or not sys.stdout.isatty() else COLOURED
    bad = 0
    for name, entry in servers:
        print(name)
        for good, text in _examine(entry, eras):
            print("  %s %s" % (good_mark if good else bad_mark, text))
            bad += not good
    print("%d to mend" % bad if bad else "All is well")
    return 1 if bad else 0


def _read(path: str) -> Any:
    """Return what a configuration says; leave with what keeps it from being read."""
    try:
        with open(path, encoding="utf-8-sig") as file:
            text = file.read()
        if path.endswith(".toml"):
            return import_module("tomllib").loads(text)
        return json.loads(NOT_JSON.sub(lambda found: found.group(1) or " ", text))
    except (ImportError, OSError, ValueError, RecursionError) as error:
        foreign = isinstance(error, ImportError) or path.endswith((".yaml", ".yml"))
        hint = "; TOML takes Python 3.11 to read, and YAML cannot be read here" if foreign else ""
        fail("%s: %s%s" % (path, getattr(error, "strerror", None) or error, hint), 1)


def _servers(document: Any) -> "Iterator[tuple[str, Any]]":
    """Yield name and entry of the servers, wherever in a configuration they are."""
    for key, value in document.items() if isinstance(document, dict) else ():
        found = key in KEYS and isinstance(value, dict) and not KEYS.intersection(value)
        yield from value.items() if found else _servers(value)


def _examine(entry: Any, eras: "list[Any]") -> "Iterator[tuple[bool, str]]":
    """Yield of each step whether it went well, and in words how it went."""
    words = words_of(entry)
    if not words:
        remote = isinstance(entry, dict) and not entry.keys().isdisjoint(["url", "httpUrl", "serverUrl"])
        remedy = "there is no command: name a program by its absolute path"
        yield remote, "skipped, for it is remote: there is nothing to start" if remote else remedy
        return
    yield from ((False, problem) for problem in _problems(words))
    if not shutil.which(words[0]):
        return
    try:
        server = _Server(words, entry.get("env") or entry.get("environment") or {})
    except (OSError, ValueError, TypeError) as error:
        yield False, "it cannot be started: %s" % error
        return
    try:
        yield from ((True, step) for step in _talk(server, eras))
    except (ValueError, LookupError, TypeError) as error:
        time.sleep(0.2)  # for the rest of what it says on stderr to come
        said = b"      ".join(list(server.errors)).decode("utf-8", "replace").rstrip()
        strange = "" if isinstance(error, ValueError) else "an answer that is not MCP, "
        yield False, strange + str(error) + ("\n    stderr:\n      " + said if said else "; its stderr is empty")
    finally:
        with suppress(OSError):  # it and what it started have ended already
            os.killpg(server.process.pid, 9) if hasattr(os, "killpg") else server.process.kill()  # 9: SIGKILL
        server.process.wait()


def _problems(words: "list[str]") -> "Iterator[str]":
    """Say what is wrong with the words that start a server, without starting it."""
    for word in filter(VARIABLE.search, words):
        yield "%s: not every client replaces that: write what it stands for" % word
    program = shutil.which(words[0])
    if not os.path.isabs(words[0]):
        remedy = "a client's PATH may lack it: write %s" % program if program else "not on the PATH: install it"
        yield "%s is not an absolute path, and %s" % (words[0], remedy)
    elif not program:
        yield "%s is not there, or no program: correct the path" % words[0]
    for word in filter(SCRIPT.match, words[1:]):
        if not os.path.isabs(word):
            yield "%s is a relative path, and clients start servers anywhere: write the absolute one" % word
        elif not os.path.exists(word):
            yield "%s is not there: correct the path" % word
    if program and PYTHON.match(os.path.basename(program)):
        test = [program, "-c", "import sys; sys.exit(sys.version_info < %r)" % (OLDEST,)]
        with suppress(subprocess.TimeoutExpired, OSError):
            if subprocess.call(test, stdin=subprocess.DEVNULL, timeout=LIMIT):
                yield "%s is older than Python %d.%d: name a newer one" % ((program, *OLDEST))


def _talk(server: "_Server", eras: "list[Any]") -> "Iterator[str]":
    """Talk as clients of these eras do; yield what went well, raise for what did not."""
    for opening, listing, calling, first, params in eras:
        server.ask(opening, first)
        yield "%s: answered %d ms after the start" % (opening, (time.monotonic() - server.started) * 1000)
        if opening == "initialize":
            server.send(method="notifications/initialized")
        names = [tool["name"] for tool in server.ask(listing, params)["tools"]]
        yield "%s: %s" % (listing, ", ".join(names) or "no tools")
        if "get_cwd" in names:
            called = time.monotonic()
            text = server.ask(calling, dict(params, name="get_cwd"))["content"][0]["text"]
            yield "%s get_cwd: %s (%.1f ms)" % (calling, text, (time.monotonic() - called) * 1000)
    server.process.stdin.close()
    try:
        server.process.wait(LIMIT)
    except subprocess.TimeoutExpired:
        raise ValueError("it goes on %d s after its input ended, and has to end with it" % LIMIT) from None
    yield "ends when its input does"


class _Server:
    """A server, started as clients do: in the root directory, without a PATH."""

    def __init__(self, words: "list[str]", env: "dict[str, str]") -> None:
        self.started = time.monotonic()
        self.process: Any = subprocess.Popen(
            [shutil.which(words[0]) or "", *words[1:]], bufsize=0, cwd=os.path.abspath(os.sep),
            env=dict({name: value for name, value in os.environ.items() if name in KEPT}, **env),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        self.lines: Any = queue.Queue(100)  # a server that floods its stdout has to wait
        self.errors: deque[bytes] = deque(maxlen=15)  # the last lines of its stderr
        for stream, take in ((self.process.stdout, self.lines.put), (self.process.stderr, self.errors.append)):
            threading.Thread(target=_pump, args=(stream, take), daemon=True).start()

    def send(self, **message: Any) -> None:
        with suppress(OSError):  # that it is gone shows when an answer is awaited
            self.process.stdin.write(json.dumps(dict(message, jsonrpc="2.0")).encode("ascii") + b"\n")

    def ask(self, method: str, params: Any) -> Any:
        """Return the result of a request; raise ValueError if there is none."""
        self.send(id=method, method=method, params=params)
        message, deadline = {}, time.monotonic() + LIMIT  # type: Any, float
        while message.get("id") != method:
            try:
                line = self.lines.get(timeout=deadline - time.monotonic())
            except (queue.Empty, ValueError):  # the time is negative: it sends on and on, but no answer
                raise ValueError("no answer to %s within %d s" % (method, LIMIT)) from None
            try:
                message = json.loads(line.decode("utf-8"))
                message["jsonrpc"]
            except (ValueError, LookupError, TypeError, RecursionError):
                noise = "noise on stdout, where only messages belong: %r" % line[:80]
                raise ValueError(noise if line else "it ended before it answered " + method) from None
        if "result" not in message:
            raise ValueError("%s was answered with %s" % (method, json.dumps(message.get("error"))))
        return message["result"]


def _pump(stream: Any, take: Any) -> None:
    line = b"-"
    while line:
        line = stream.readline(1 << 20)
        take(line)
