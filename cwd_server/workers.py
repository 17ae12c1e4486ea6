"""Threads for calls that take their time, so that everything else is answered meanwhile.

Loaded with the first such call: a server whose tools all answer at once never sees a thread.
"""

import os
import queue
import sys
import threading
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from cwd_server.toolkit import Call

THREADS = 32  # calls that run at once; later ones wait in order
WAITING = 1000  # calls that may wait; a client that sends more is told to come back


class Workers:
    """Daemon threads, started as calls need them, that take calls in order."""

    def __init__(self, work: "Callable[[Call], None]") -> None:
        self._work = work
        self._calls: queue.Queue[Call] = queue.Queue(WAITING)
        self._threads = 0
        self._unfinished = 0
        self._changed = threading.Condition()

    def start(self, call: "Call") -> bool:
        """Let a thread make this call as soon as one is free; return False if too many wait already."""
        call.wake = threading.Event()
        with self._changed:
            try:
                self._calls.put_nowait(call)
            except queue.Full:
                return False
            self._unfinished += 1
            if self._unfinished > self._threads < THREADS:
                self._threads += 1
                threading.Thread(target=self._loop, name="call-%d" % self._threads, daemon=True).start()
        return True

    def _loop(self) -> None:
        while True:
            call = self._calls.get()
            if not call.cancelled:
                self._work(call)
            with self._changed:
                self._unfinished -= 1
                self._changed.notify_all()

    def wait(self, seconds: float) -> None:
        """Wait until all calls have been made, but no longer than `seconds`."""
        with self._changed:
            self._changed.wait_for(lambda: not self._unfinished, seconds)

    def leave(self, unfinished: bool, status: int) -> None:
        """End the process whatever its threads do: at once with unfinished calls, else after a short wait."""
        if unfinished:
            _exit(status)
        threading.Thread(target=_exit_later, args=(status,), daemon=True).start()


def _exit_later(status: int) -> None:
    time.sleep(0.4)  # for what tools do at exit; a thread of theirs that goes on would keep the process
    _exit(status)


def _exit(status: int) -> None:
    """End without waiting for threads; what they would flush at exit is flushed here."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            pass  # closed, or nobody reads it
    os._exit(status)
