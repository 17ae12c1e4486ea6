"""Threads for calls that take their time, while everything else is answered; loaded with the first such call."""

import threading

from cwd_server import Callable
from cwd_server.toolkit.call import ToolCall as Call

THREADS = 32  # calls that run at once; later ones wait in order
WAITING = 1000  # calls that may wait; a client that sends more is told to come back


class Workers:
    """Daemon threads that take calls in order, and end when none wait."""

    def __init__(self, work: "Callable[[Call], None]") -> None:
        self._work = work
        self._calls: list[Call] = []  # that wait for a thread
        self._changed = threading.Condition()
        self._threads = 0

    def start(self, call: Call) -> bool:
        """Let a thread make this call as soon as one is free; return False if too many wait already."""
        with self._changed:
            if self._threads < THREADS:
                try:
                    threading.Thread(target=self._loop, daemon=True).start()
                    self._threads += 1
                except RuntimeError:
                    pass  # the system gives no more threads: those that are there have to do
            if not self._threads or len(self._calls) >= WAITING:
                return False
            self._calls.append(call)
            return True

    def _loop(self) -> None:
        while True:
            with self._changed:
                if not self._calls:
                    self._threads -= 1
                    self._changed.notify_all()
                    return
                call = self._calls.pop(0)
            if not call.cancelled:
                self._work(call)

    def wait(self, seconds: float) -> None:
        """Wait until all calls have been made, but no longer than `seconds`."""
        with self._changed:
            self._changed.wait_for(lambda: not self._threads, seconds)
