"""`check`: start servers as a client would, talk to them, and say what is wrong and what to do about it."""

import itertools
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
from typing import Any, Dict, Iterator, List, Tuple

from cwd_server.__main__ import OLDEST
from cwd_server.commands import own_words, say
from cwd_server.commands.clients import CLIENTS, words_of
from cwd_server.jsonrpc import Lines
from cwd_server.protocol import CAPABILITIES_KEY, VERSION_KEY
from cwd_server.revisions import LEGACY_REVISIONS, MODERN_REVISIONS

LIMIT = 10  # seconds that a step may take
# What a client hands on of its environment; not PATH, which is another one in an app started from a desktop
KEPT = "HOME USER LOGNAME TMPDIR SYSTEMROOT SYSTEMDRIVE TEMP TMP USERPROFILE APPDATA LOCALAPPDATA PATHEXT COMSPEC".split()
_CLIENT = {"name": "cwd_server check", "version": "1"}
_OPENING = {"protocolVersion": LEGACY_REVISIONS[-1], "capabilities": {}, "clientInfo": _CLIENT}
_META = {"_meta": {VERSION_KEY: MODERN_REVISIONS[-1], CAPABILITIES_KEY: {}}}
# The requests of each kind of client: (method, params) of the first, then the methods that list and call, and their params
LEGACY = (("initialize", _OPENING), "tools/list", "tools/call", {})
ERAS = [(("ListTools", {}), "ListTools", "CallTool", {}), LEGACY, (("server/discover", _META), "tools/list", "tools/call", _META)]


class Fault(Exception):
    """What is wrong with a server, and what to do about it (str)."""


class Server:
    """A server as a client starts it: from the root directory, without a PATH. All waiting has a limit."""

    def __init__(self, words: List[str], env: Dict[str, str]) -> None:
        environment = dict({name: os.environ[name] for name in KEPT if name in os.environ}, **env)
        self.process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
            cwd=os.path.abspath(os.sep), env=environment, start_new_session=True,
        )  # fmt: skip
        self._lines: "queue.Queue[Any]" = queue.Queue(100)  # a server that floods its stdout has to wait
        self._ids = itertools.count(1)
        self._stderr = b""  # the end of it
        for work in (self._read_lines, self._read_stderr):
            threading.Thread(target=work, daemon=True).start()

    def _read_lines(self) -> None:
        lines, fd = Lines(), self.process.stdout.fileno()  # type: ignore[union-attr]
        for chunk in iter(lambda: os.read(fd, 65536), b""):
            for line in lines.feed(chunk):
                self._lines.put(line)
        self._lines.put(b"")

    def _read_stderr(self) -> None:
        fd = self.process.stderr.fileno()  # type: ignore[union-attr]
        for chunk in iter(lambda: os.read(fd, 65536), b""):
            self._stderr = (self._stderr + chunk)[-1500:]

    def send(self, **message: Any) -> None:
        """Send a message; raise Fault if nobody reads it."""
        try:
            self.process.stdin.write(json.dumps(dict({"jsonrpc": "2.0"}, **message)).encode("ascii") + b"\n")
        except OSError:
            raise self.ended(message["method"])

    def ask(self, method: str, params: Dict[str, Any]) -> Any:
        """Return the result of a request; raise Fault."""
        number, deadline = next(self._ids), time.monotonic() + LIMIT
        self.send(id=number, method=method, params=params)
        while True:
            try:
                line = self._lines.get(timeout=max(0, deadline - time.monotonic()))
            except queue.Empty:
                raise Fault("no answer to %s within %d s" % (method, LIMIT))
    ...
