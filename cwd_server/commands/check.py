"""`check`: start servers as a client does, talk to them, and say what is wrong and what to do about it."""

import json
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from argparse import Namespace
from collections import deque
from typing import Any, Callable, Deque, Dict, Iterator, List, Tuple

from cwd_server.__main__ import OLDEST
from cwd_server.commands import fail, own_words, say
from cwd_server.commands.clients import CLIENTS, words_of
from cwd_server.protocol import CAPABILITIES_KEY, VERSION_KEY
from cwd_server.revisions import LEGACY_REVISIONS, MODERN_REVISIONS

LIMIT = 10  # seconds that a step may take
# What clients hand on of their environment; not PATH, which differs between a terminal and an app from the desktop
KEPT = ("HOME", "USER", "LOGNAME", "TMPDIR", "SYSTEMROOT", "TEMP", "TMP", "USERPROFILE", "APPDATA", "LOCALAPPDATA")
KEYS = {client.kind.split()[1] for client in CLIENTS.values() if client.kind[:4] in ("json", "toml")}
VARIABLE = re.compile(r"\$\{|\{env:|%\w+%|^~|^\$\w")
SCRIPT = re.compile(r"[^-].*\.(py|pyz|[cm]?js|ts|sh|rb|jar)$")
NOT_JSON = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/|,(?=(?:\s|//[^\n]*|/\*.*?\*/)*[]}])', re.S)

# How each kind of client opens, lists and calls: methods, then the params of the first and of the others
META = {"_meta": {VERSION_KEY: MODERN_REVISIONS[-1], CAPABILITIES_KEY: {}}}
OPENING = {"protocolVersion": LEGACY_REVISIONS[-1], "capabilities": {}, "clientInfo": {"name": "check", "version": "1"}}
Era, Step = Tuple[str, str, str, Any, Any], Tuple[bool, str]
LEGACY: Era = ("initialize", "tools/list", "tools/call", OPENING, {})
ERAS = [
    ("ListTools", "ListTools", "CallTool", {}, {}), LEGACY, ("server/discover", "tools/list", "tools/call", META, META)
]  # fmt: skip


def run_check(options: Namespace) -> int:
    """Check this server, or all that a client's configuration starts: a line a step."""
    if options.file is None:
        checks = {options.offered[1]["name"]: _examine(own_words(options), {}, ERAS)}
    else:
        checks = {name: _examine_entry(entry) for name, entry in _servers(_read(options.file))}
    bad = 0
    for name, steps in checks.items():
        say(name)
        for good, text in steps:
            say("  %s %s" % (_mark(good), text))
            bad += not good
    if not checks:
        fail("%s: there are no servers in it, under any of %s" % (options.file, ", ".join(sorted(KEYS))), 1)
    say("%d to mend" % bad if bad else "All is well")
    return 1 if bad else 0


def _mark(good: bool) -> str:
    mark = "\u2713" if good else "\u2717"
    if mark.encode(sys.stdout.encoding, "replace") == b"?":
        mark = "ok" if good else "BAD"
    colours = sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.name == "posix"
    return "\x1b[%dm%s\x1b[0m" % (32 if good else 31, mark) if colours else mark


# What to check: the servers in a configuration


def _read(path: str) -> Any:
    """Return what a configuration says; leave with what keeps it from being read."""
    try:
        with open(path, encoding="utf-8-sig") as file:
            text = file.read()
        if path.endswith(".toml"):
            from tomllib import loads  # type: ignore[import-not-found,unused-ignore]

            return loads(text)
        return json.loads(NOT_JSON.sub(lambda found: found.group(1) or " ", text))
    except ImportError:
        fail("%s: TOML takes Python 3.11 or newer to read; this is %s" % (path, sys.version.split()[0]), 1)
    except (OSError, ValueError, RecursionError) as error:
        yaml = "; YAML cannot be read here" if path.endswith(("yaml", "yml")) else ""
        fail("%s: %s%s" % (path, getattr(error, "strerror", None) or error, yaml), 1)


def _servers(document: Any) -> Iterator[Tuple[str, Any]]:
    """Yield name and entry of the servers, wherever in a configuration they are."""
    for key, value in document.items() if isinstance(document, dict) else ():
        if key in KEYS and isinstance(value, dict) and not KEYS.intersection(value):
            yield from value.items()
        else:
            yield from _servers(value)


def _examine_entry(entry: Any) -> Iterator[Step]:
    words = words_of(entry)
    if not words and isinstance(entry, dict) and {"url", "httpUrl", "serverUrl"}.intersection(entry):
        return iter([(True, "remote: nothing to start, skipped")])
    env = (entry.get("env") or entry.get("environment") or {}) if words else {}
    return _examine(words, {name: str(value) for name, value in env.items()}, [LEGACY])


# One server: each step is (whether it went well, in words how)


def _examine(words: List[str], env: Dict[str, str], eras: List[Era]) -> Iterator[Step]:
    yield from ((False, problem) for problem in _problems(words))
    found = words and shutil.which(words[0])
    if not found:
        return
    server = None
    try:
        server = Server([found] + words[1:], env)
        yield from ((True, step) for step in server.speak(eras))
    except (OSError, ValueError) as error:
        yield False, "%s%s" % (error, server.said() if server else "")
    except (LookupError, TypeError, AttributeError) as error:
        yield False, "an answer is not what MCP wants: %r" % error
    finally:
        if server:
            server.kill()


def _problems(words: List[str]) -> Iterator[str]:
    """Say what is wrong with the words that start a server, without starting it."""
    if not words:
        yield "there is no command: name a program by its absolute path"
        return
    for word in filter(VARIABLE.search, words):
        yield "%s: not every client replaces that: write what it stands for" % word
    found = shutil.which(words[0])
    if os.path.isabs(words[0]) and not found:
        yield "%s is not there, or is no program: correct the path" % words[0]
    elif not os.path.isabs(words[0]):
        remedy = "not on the PATH either: install it" if not found else "a client's PATH may lack it: write %s" % found
        yield "%s is no absolute path, and %s" % (words[0], remedy)
    for word in filter(SCRIPT.match, words[1:]):
        if not os.path.isabs(word):
            yield "%s is a relative path, and clients start servers anywhere: write the absolute one" % word
        elif not os.path.exists(word):
            yield "%s is not there: correct the path" % word
    if found and os.path.basename(found).startswith("py"):
        test = "import sys; sys.exit(sys.version_info < %r)" % (OLDEST,)
        if subprocess.call([found, "-c", test], stdin=subprocess.DEVNULL, timeout=LIMIT):
            yield "%s is older than Python %d.%d: name a newer one" % ((found,) + OLDEST)


class Server:
    """A server, started as clients do: in the root directory, without a PATH. No wait is longer than LIMIT."""

    def __init__(self, words: List[str], env: Dict[str, str]) -> None:
        self._started = time.monotonic()
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        self._process: Any = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
            cwd=os.path.abspath(os.sep), env=dict(kept, **env), start_new_session=True,
        )  # fmt: skip
        self._lines: "queue.Queue[bytes]" = queue.Queue(100)  # a server that floods its stdout has to wait
        self._errors: Deque[bytes] = deque(maxlen=15)  # the last lines of its stderr
        for stream, take in ((self._process.stdout, self._lines.put), (self._process.stderr, self._errors.append)):
            threading.Thread(target=_pump, args=(stream, take), daemon=True).start()

    def speak(self, eras: List[Era]) -> Iterator[str]:
        """Talk as clients of these eras do; yield what went well, raise for what did not."""
        for opening, listing, calling, first, params in eras:
            self._ask(opening, first)
            yield "%s: answered %d ms after the start" % (opening, (time.monotonic() - self._started) * 1000)
            if opening == "initialize":
                self._send({"method": "notifications/initialized"})
            names = [tool["name"] for tool in self._ask(listing, params)["tools"]]
            yield "%s: %s" % (listing, ", ".join(names[:9]) + ("..." if names[9:] else "") or "no tools")
            if "get_cwd" in names:
                asked = time.monotonic()
                text = self._ask(calling, dict(params, name="get_cwd"))["content"][0]["text"]
                yield "%s: %s, in %d ms" % (calling, text, (time.monotonic() - asked) * 1000)
        self._process.stdin.close()
        try:
            self._process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            raise ValueError("it goes on %d s after its input ended, and has to end with it" % LIMIT) from None
        yield "ends when its input does"

    def _send(self, message: Dict[str, Any]) -> None:
        try:
            self._process.stdin.write(json.dumps(dict(message, jsonrpc="2.0")).encode("ascii") + b"\n")
        except OSError:
            pass  # that it is gone shows when an answer is awaited

    def _ask(self, method: str, params: Any) -> Any:
        deadline = time.monotonic() + LIMIT
        self._send({"id": method, "method": method, "params": params})
        while True:
            try:
                line = self._lines.get(timeout=max(0, deadline - time.monotonic()))
            except queue.Empty:
                raise ValueError("no answer to %s within %d s" % (method, LIMIT)) from None
            if not line:
                raise ValueError("it ended before it answered %s" % method)
            try:
                message = json.loads(line.decode("utf-8"))
                mine = message["jsonrpc"] == "2.0" and message.get("id") == method
            except (ValueError, LookupError, TypeError):
                raise ValueError("noise on stdout, where only messages belong: %r" % line[:80]) from None
            if mine and "result" not in message:
                raise ValueError("%s was answered with %s" % (method, json.dumps(message.get("error"))))
            if mine:
                return message["result"]

    def said(self) -> str:
        """Return what it said on stderr, on lines of their own."""
        time.sleep(0.2)  # for the rest of it to come
        lines = [line.decode("utf-8", "replace").rstrip() for line in list(self._errors)]
        return "\n    on stderr it said:" + "".join("\n      " + line for line in lines) if lines else "; its stderr is empty"

    def kill(self) -> None:
        """End it, and what it started."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except AttributeError:  # Windows
            self._process.kill()
        except OSError:
            pass  # all have ended
        self._process.wait()


def _pump(stream: Any, take: "Callable[[bytes], None]") -> None:
    for line in iter(lambda: stream.readline(1 << 20), b""):
        take(line)
    take(b"")
